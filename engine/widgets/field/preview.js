import { say } from "./entered.js";

// What only the server can tell while one types: formulas over related rows, defaults that follow a choice, conditions.
const PAUSE = 200;

export function preview(form, listen, { sheets, refresh, settle, local }) {
  if (!form.dataset.preview) return;
  const filled = new Map();
  const touched = new Set();
  let turn = 0, timer = 0;
  const ours = (control) => filled.has(control) && filled.get(control) === control.value;
  const soon = () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); };

  /** What was filled in by itself counts as not entered, so that it follows what else is. */
  function body() {
    const given = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && !name.startsWith("@card")) given.append(name, value);
    for (const control of filled.keys()) if (ours(control)) given.set(control.name, "");
    return given;
  }
  async function ask() {
    const mine = ++turn;
    const answer = await fetch(form.dataset.preview, { method: "POST", body: body(), headers: { accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || mine !== turn) return;
    const { alike, computed, defaults, shown, proposed } = await answer.json();
    if (mine !== turn) return;
    for (const place of form.querySelectorAll("[data-alike]")) tellAlike(place, (alike || []).filter((one) => one.field === place.dataset.alike));
    for (const chip of form.querySelectorAll("[data-proposal]")) propose(chip, proposed?.[chip.dataset.proposal]);
    const places = linePlaces();
    for (const [name, value] of Object.entries(defaults)) fill(places(name, "control"), value);
    for (const sheet of sheets) { const lines = [...touched].filter(([one]) => one === sheet).map(([, line]) => line); if (lines.length) settle(sheet, lines); }
    touched.clear();
    refresh();
    for (const [name, text] of Object.entries(computed)) { const place = local(name.replace(/\.\d+\./, ".")) ? null : places(name, "output"); if (place) say(place, text); }
    for (const [name, shows] of Object.entries(shown)) for (const place of form.querySelectorAll(`[data-show="${name}"]`)) place.hidden = !shows;
  }
  // Records that may be of the same thing, with links that leave what is typed where it is.
  function tellAlike(place, found) {
    place.hidden = found.length === 0;
    place.replaceChildren(...found.flatMap((one) => [`${one.words}${document.documentElement.lang.startsWith("zh") ? "：" : ": "}`, ...one.records.flatMap(([url, title], at) => [at ? "、" : "", Object.assign(document.createElement("a"), { href: url, target: "_blank", rel: "noopener", textContent: title })]), one.hidden ? ` ${place.dataset.more.replace("#", one.hidden)}` : "", " "]));
  }
  // What may be meant stands beside the sentence until a choice is made; a tap makes it.
  const chosen = (name) => form.elements[`f.${name}`]?.value || "";
  function propose(chip, found) {
    chip.hidden = !found || chosen(chip.dataset.proposal) !== "";
    if (!found) return;
    chip.textContent = found.words;
    chip.dataset.value = found.value;
    chip.dataset.label = found.label;
  }
  function confirm(chip) {
    const name = `f.${chip.dataset.proposal}`, control = form.elements[name];
    const picked = control?.tagName === "SELECT" ? control : [...form.querySelectorAll(`[name="${name}"]`)].find((one) => one.value === chip.dataset.value);
    if (!picked) return;
    if (picked.options && ![...picked.options].some((one) => one.value === chip.dataset.value)) picked.add(new Option(chip.dataset.label, chip.dataset.value));
    if (picked.type === "radio") picked.checked = true;
    else picked.value = chip.dataset.value;
    picked.dispatchEvent(new Event("change", { bubbles: true }));
    chip.hidden = true;
  }
  // Lines are told by their place among the lines sent; their names carry the number they got when they were added.
  function linePlaces() {
    const numbers = Object.fromEntries(sheets.map((one) => [one.name, one.sent()]));
    for (const control of form.querySelectorAll("[data-facts] [name]")) {
      const found = /^c\.([a-z0-9_]+)\.(\d+)\./.exec(control.name);
      if (found && !(numbers[found[1]] ||= []).includes(Number(found[2]))) numbers[found[1]].push(Number(found[2]));
    }
    return (name, kind) => {
      const [collection, place, field] = name.split(".");
      if (field === undefined) return kind === "control" ? form.elements[`f.${name}`] : form.querySelector(`output[data-formula="${name}"]`);
      const number = numbers[collection]?.[Number(place)], sheet = sheets.find((one) => one.name === collection), line = sheet?.byNumber(number);
      if (line) return kind === "control" ? lineControl(sheet, line, field) : lineOutput(sheet, line, field);
      return kind === "control" ? form.elements[`c.${collection}.${number}.${field}`] : null;
    };
  }
  const lineOutput = (sheet, line, field) => { const cell = line.row.cells[sheet.byName.get(field)?.at]; return cell?.firstElementChild || cell; };
  /** The control of a line's cell; of one that rests what stands for it. */
  function lineControl(sheet, line, field) {
    if (!sheet.rests(line)) return form.elements[`c.${sheet.name}.${line.number}.${field}`];
    const column = sheet.byName.get(field), cells = (line.stand ||= {});
    if (!column?.written || ["select", "picker", "switch"].includes(column.kind)) return null;
    return (cells[field] ||= { name: `c.${sheet.name}.${line.number}.${field}`, get value() { return sheet.rests(line) ? sheet.raw(line, column) : this.control.value; }, set value(text) { sheet.write(line, column, text); }, get control() { return form.elements[this.name]; }, dispatchEvent() { touched.add([sheet, line]); } });
  }
  function fill(control, value) {
    if (!control?.name || value === null || (control.value !== "" && !ours(control))) return;
    if (control.options && ![...control.options].some((one) => one.value === String(value))) return;
    control.value = String(value);
    control.dispatchEvent(new Event("told"));
    filled.set(control, control.value);
    const row = control.closest?.("tr[data-row]"), sheet = row && sheets.find((one) => one.body.contains(row));
    if (sheet) touched.add([sheet, sheet.lineOf(row)]);
  }

  for (const name of (form.dataset.told || "").split(" ").filter(Boolean)) {
    const control = form.elements[`f.${name}`];
    if (control?.value && control.name) filled.set(control, control.value);
  }
  listen(form, "input", soon);
  listen(form, "click", (event) => { const chip = event.target.closest("[data-proposal]"); if (chip) confirm(chip); });
  listen(form, "change", soon);
  ask();
}
