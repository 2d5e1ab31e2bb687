// Live formulas: of what one types, only that is worked out again which reads it; a line works out its own, and then the
// formulas of the whole that read lines.
import { addressCells } from "./address.js";
import { placeCells } from "./place.js";
import { say, shown, take } from "./entered.js";

const CONDITIONS = new Set(["visible", "required"]);
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

function moment() {
  const now = new Date(), local = new Date(now.getTime() - now.getTimezoneOffset() * 60000);
  return { today: local.toISOString().slice(0, 10), now: now.toISOString(), zone, variables: {} };
}

export function computing(form, module, sheets) {
  const cells = {}, whole = [], ofLines = new Map(sheets.map((one) => [one.name, []]));
  let entered = {};
  for (const [key, reads] of Object.entries(module.reads || {})) {
    const [first, field] = key.split("."), formula = module.formulas[key], lines = field && !CONDITIONS.has(field) && ofLines.get(first);
    if (lines) lines.push({ field, formula, reads });
    else whole.push({ key, formula, reads, places: [...form.querySelectorAll(`output[data-formula="${key}"]`)], items: [...form.querySelectorAll(`[data-show="${key}"]`)] });
  }

  /** Reads what is entered beside the lines; the names of what is another value than before. */
  function readWhole() {
    const found = {};
    for (const one of form.querySelectorAll("[data-given]")) found[one.dataset.given] = one.dataset.value;
    for (const control of form.elements) if (control.name?.startsWith("f.") && !control.disabled && !control.name.includes("@")) take(found, control.name.slice(2), control);
    for (const [name, value] of [...addressCells(form), ...placeCells(form)]) if (name.startsWith("f.")) found[name.slice(2)] = value;
    const changed = new Set();
    for (const name of new Set([...Object.keys(found), ...Object.keys(entered)])) if (String(found[name]) !== String(entered[name])) { changed.add(name); cells[name] = found[name]; }
    entered = found;
    return changed;
  }
  /** Works out what reads one of the changed names, all of it when there is no telling; what comes out otherwise is changed too. */
  function work(changed) {
    const at = moment();
    for (const { key, formula, reads, places, items } of whole) {
      if (changed && !reads.some((name) => changed.has(name))) continue;
      const value = formula(cells, at);
      if (cells[key] === value) continue;
      cells[key] = value;
      changed?.add(key);
      for (const place of places) say(place, shown(value, place.dataset));
      for (const item of items) if (item.hidden !== (value !== true)) item.hidden = value !== true;
    }
  }
  /** Works out a line's own formulas; the changed names are those of its fields. */
  function workLine(sheet, line, changed, at) {
    for (const { field, formula, reads } of ofLines.get(sheet.name)) {
      if (changed && !reads.some((name) => changed.has(name))) continue;
      const value = formula(line.cells, at);
      if (line.cells[field] === value) continue;
      line.cells[field] = value;
      changed?.add(field);
      sheet.tell(line, field, value);
    }
  }
  function ofWhole(sheet, changed) {
    cells[sheet.name] = sheet.standing();
    work(new Set([sheet.name, ...[...changed].map((name) => `${sheet.name}.${name}`)]));
    sheet.sum();
  }

  return {
    /** Everything, as a form is opened. */
    all() {
      const at = moment();
      readWhole();
      for (const sheet of sheets) {
        for (const line of sheet.lines()) { sheet.read(line); workLine(sheet, line, null, at); }
        cells[sheet.name] = sheet.standing();
        sheet.sum();
      }
      work(null);
    },
    whole() {
      const changed = readWhole();
      if (changed.size) work(changed);
    },
    /** A line in which somebody types. */
    line(sheet, line) {
      const changed = sheet.read(line);
      if (!changed.size) return;
      workLine(sheet, line, changed, moment());
      ofWhole(sheet, changed);
    },
    /** Lines that came, went, or were written in all at once. */
    lines(sheet, lines) {
      const at = moment(), changed = new Set(sheet.columns.map((one) => one.name));
      for (const line of lines) { sheet.read(line); workLine(sheet, line, null, at); }
      ofWhole(sheet, changed);
      sheet.count();
    },
  };
}
