// The lines of a sub-table: which there are, what they say, those that rest as text and those that stand as controls.
import { grouped, say, shown, storedText, sumOf, take } from "./entered.js";
import { picker } from "./picker.js";

const COMPUTED = new Set(["output", "read"]);
const CONTROL = "input:not([type=hidden], .sr-only, [hidden]), select:not([hidden]), textarea";

export class Sheet {
  constructor(box, { api, listen }) {
    Object.assign(this, { box, api, listen, name: box.dataset.lines, order: box.dataset.order || "", body: box.querySelector("tbody") });
    const [fresh, resting] = [...box.querySelectorAll(":scope > template")].map((one) => one.content.firstElementChild);
    Object.assign(this, { fresh, resting, known: new WeakMap(), kept: null, sums: [...box.querySelectorAll("[data-total]")] });
    this.columns = [...box.querySelectorAll("thead th[data-name]")].map((one, at) => ({ name: one.dataset.name, kind: one.dataset.kind, numeric: one.classList.contains("num"), label: one.firstChild.data.trim(), at: at + 1, percent: one.dataset.percent, least: one.dataset.least, written: !COMPUTED.has(one.dataset.kind) }));
    this.byName = new Map(this.columns.map((one) => [one.name, one]));
    for (const row of this.body.rows) this.lineOf(row);
    this.next = Math.max(-1, ...[...this.body.rows].map((row) => Number(row.dataset.row))) + 1;
  }

  // ── lines ──

  lineOf(row) {
    let line = this.known.get(row);
    if (!line) {
      line = { row, number: Number(row.dataset.row), cells: {}, entered: false };
      this.known.set(row, line);
      if ("rest" in row.dataset) this.unpack(line);
    }
    return line;
  }
  lines() { return [...this.body.rows].map((row) => this.lineOf(row)); }
  /** Those that can be seen and walked over. */
  seen() { return this.lines().filter((line) => !line.row.hidden); }
  lineAt(target) { const row = target.closest?.("tr[data-row]"); return row && this.body.contains(row) ? this.lineOf(row) : null; }
  rests(line) { return "rest" in line.row.dataset; }
  isGone(line) { return this.rests(line) ? "gone" in line.row.dataset : Boolean(line.row.querySelector("[name$='.@delete']")?.checked); }
  stored(line) { return this.rests(line) ? "id" in line.row.dataset : Boolean(line.row.querySelector("[name$='.@id']")); }

  /** A resting line that was entered came with its inputs; from now on they are made when the form is sent. */
  unpack(line) {
    const inputs = line.row.cells[0].querySelectorAll("input");
    line.entered = inputs.length > 0;
    for (const one of inputs) one.remove();
    line.row.tabIndex = 0;
  }

  /** The cells of the lines that would be saved, as formulas read them. */
  standing() { return (this.kept ||= this.lines().filter((line) => this.stands(line)).map((line) => line.cells)); }
  stands(line) {
    if (this.isGone(line)) return false;
    return this.stored(line) || this.columns.some(({ name, written }) => written && line.cells[name] !== null && line.cells[name] !== undefined && line.cells[name] !== "false");
  }

  /** Reads what a line says; the names of what is another value than before. */
  read(line) {
    const found = {}, stood = line.stands, changed = new Set();
    if (this.rests(line)) for (const column of this.columns) { if (column.written) found[column.name] = storedText(this.raw(line, column), column.kind === "percent"); }
    else for (const control of line.row.querySelectorAll("[name]")) { const key = control.name.split(".")[3]; if (!key.startsWith("@")) take(found, key, control); }
    for (const [name, value] of Object.entries(found)) if (String(line.cells[name]) !== String(value)) { line.cells[name] = value; changed.add(name); }
    line.stands = this.stands(line);
    if (line.stands !== stood) this.kept = null;
    return changed;
  }
  /** What a formula found, in its cell. */
  tell(line, field, value) {
    const column = this.byName.get(field), text = column && shown(value, column);
    if (!column) return;
    const cell = line.row.cells[column.at];
    say(cell.firstElementChild || cell, text);
  }
  sum() {
    for (const place of this.sums) {
      const name = place.dataset.total, scale = Number(place.dataset.scale);
      say(place, grouped(sumOf(this.standing().map((cells) => cells[name]), scale)));
    }
  }

  // ── texts of cells ──

  control(line, column) { return line.row.cells[column.at]?.querySelector(CONTROL); }
  /** A cell as its control holds it. */
  raw(line, column) {
    if (this.rests(line)) {
      const place = line.row.cells[column.at];
      return place.dataset.value ?? (column.numeric ? place.textContent.replace(/,|\s*%$/g, "") : place.textContent);
    }
    const control = line.row.cells[column.at].querySelector("[name]:not([type=hidden])");
    return column.kind === "switch" ? String(control.checked) : control.value;
  }
  /** How a cell reads. */
  words(line, column) {
    if (this.rests(line)) return line.row.cells[column.at].textContent;
    const control = line.row.cells[column.at].querySelector("[name]:not([type=hidden])");
    return control.selectedOptions ? (control.value && control.selectedOptions[0]?.text) || "" : this.inWords(column, this.raw(line, column));
  }
  inWords(column, raw) {
    if (raw === "") return "";
    if (column.kind === "switch") return raw === "true" ? (this.api.language === "zh" ? "是" : "Yes") : "";
    if (column.kind === "select") return this.options(column).find((one) => one.value === raw)?.text ?? raw;
    if (column.kind === "instant") return raw.replace("T", " ");
    return column.numeric ? grouped(raw) + (column.kind === "percent" ? "%" : "") : raw;
  }
  options(column) { return [...this.fresh.cells[column.at].querySelectorAll("option")].filter((one) => one.value); }
  /** Writes a cell as its control would hold it; `label` names what was chosen. */
  write(line, column, raw, label = this.inWords(column, raw)) {
    if (this.rests(line)) {
      const place = line.row.cells[column.at], apart = ["select", "picker", "switch", "instant"].includes(column.kind);
      place.textContent = label;
      if (apart && raw !== "") place.dataset.value = raw; else delete place.dataset.value;
      line.entered = true;
      return;
    }
    const control = line.row.cells[column.at].querySelector("[name]:not([type=hidden])");
    if (!control) return;
    if (column.kind === "switch") control.checked = raw === "true";
    if (control.options && raw && ![...control.options].some((one) => one.value === raw)) control.add(new Option(label, raw));
    if (column.kind !== "switch") control.value = raw;
    control.dispatchEvent(new Event("told"));
  }

  /** The place of a line among the others, where a field holds it. */
  place(line) {
    if (this.rests(line)) return line.row.dataset.place || "";
    return line.row.querySelector(`[name="c.${this.name}.${line.number}.${this.order}"]`)?.value || "";
  }
  setPlace(line, value) {
    if (this.place(line) === value) return;
    if (this.rests(line)) { line.row.dataset.place = value; line.entered = true; }
    else { const input = line.row.querySelector(`[name="c.${this.name}.${line.number}.${this.order}"]`); if (input) input.value = value; }
  }
  /** Counts the lines that can be seen, and says in each where it stands. */
  count() {
    let at = 0;
    for (const row of this.body.rows) {
      if (row.hidden) continue;
      say(row.cells[0].firstElementChild, String(++at));
    }
  }
  renumber() {
    if (!this.order) return;
    for (const [at, line] of this.lines().filter((one) => !this.isGone(one)).entries()) this.setPlace(line, String(at + 1));
  }

  // ── rest and controls ──

  /** Makes controls of a line that rests. */
  open(line) {
    if (!this.rests(line)) return line;
    const { row } = line, gone = this.isGone(line), place = this.place(line), { id, version } = row.dataset, number = row.cells[0].textContent;
    const texts = this.columns.map((column) => [column, column.written ? this.raw(line, column) : "", row.cells[column.at].textContent]);
    row.replaceChildren(...this.fresh.cloneNode(true).children);
    for (const name of ["rest", "gone", "place", "id", "version"]) delete row.dataset[name];
    row.removeAttribute("tabindex");
    this.number(row, line.number);
    row.cells[0].firstElementChild.textContent = number;
    for (const [column, raw, label] of texts) {
      if (column.written) this.write(line, column, raw, label);
      else row.cells[column.at].firstElementChild.textContent = label;
    }
    if (id) for (const [name, value] of [["@version", version], ["@id", id]]) row.lastElementChild.prepend(Object.assign(document.createElement("input"), { type: "hidden", name: `c.${this.name}.${line.number}.${name}`, value }));
    if (this.order) this.setPlace(line, place);
    if (gone) row.querySelector("[name$='.@delete']").checked = true;
    this.wake(row);
    return line;
  }
  /** Puts a line to rest as text, unless something is wrong in it. */
  rest(line) {
    if (!this.resting || this.rests(line) || line.row.querySelector("[aria-invalid]")) return;
    const { row } = line, gone = this.isGone(line), place = this.place(line), number = row.cells[0].firstElementChild.textContent;
    const value = (name) => row.querySelector(`[name="c.${this.name}.${line.number}.${name}"]`)?.value;
    const id = value("@id"), version = value("@version"), texts = this.columns.map((column) => (column.written ? [column, this.raw(line, column), this.words(line, column)] : [column, "", row.cells[column.at].textContent]));
    row.replaceChildren(...this.resting.cloneNode(true).children);
    row.dataset.rest = "";
    row.cells[0].firstElementChild.textContent = number;
    if (id) Object.assign(row.dataset, { id, version });
    if (gone) row.dataset.gone = "";
    if (place) row.dataset.place = place;
    row.tabIndex = 0;
    for (const [column, raw, label] of texts) { if (column.written) this.write(line, column, raw, label); else row.cells[column.at].textContent = label; }
    line.entered = true;
  }
  /** Names and ids of a line's inputs carry its number. */
  number(row, number) {
    row.dataset.row = number;
    for (const part of row.querySelectorAll("[name], [id]")) { if (part.name) part.name = part.name.replace(".new.", `.${number}.`); if (part.id) part.id = part.id.replace("-new-", `-${number}-`); }
  }
  wake(row) {
    for (const select of row.querySelectorAll("select[data-pick]")) picker(select, this.api, this.listen);
    for (const button of row.querySelectorAll(".line-copy")) button.hidden = false;
    if (row.querySelector("[data-island]")) this.api.start();
  }

  /** A new line, behind another one or at the end; it rests when it may and `rest` asks for it. */
  add({ after = null, rest = false } = {}) {
    const row = (rest && this.resting ? this.resting : this.fresh).cloneNode(true);
    this.number(row, this.next++);
    if (after) after.row.after(row); else this.body.append(row);
    const line = this.lineOf(row);
    line.entered = true;
    if (!this.rests(line)) this.wake(row);
    if (this.order && after) this.renumber();
    else if (this.order) this.setPlace(line, String(Math.max(0, ...this.lines().map((one) => Number(this.place(one)) || 0)) + 1));
    this.kept = null;
    return line;
  }
  /** Drops a line, or takes it back. */
  drop(line, gone) {
    if (this.rests(line)) { if (gone) line.row.dataset.gone = ""; else delete line.row.dataset.gone; line.entered = true; }
    else line.row.querySelector("[name$='.@delete']").checked = gone;
    line.row.hidden = gone;
    this.kept = null;
  }

  // ── sending ──

  /** The numbers of the lines that travel with the form. */
  sent() { return this.lines().filter((line) => !this.rests(line) || line.entered).map((line) => line.number).sort((a, b) => a - b); }
  byNumber(number) { return this.lines().find((line) => line.number === number); }
  /** The inputs of the lines that rest and were entered. */
  * inputs() {
    for (const line of this.lines()) {
      if (!this.rests(line) || !line.entered) continue;
      const prefix = `c.${this.name}.${line.number}.`;
      if (line.row.dataset.id) yield* [[`${prefix}@id`, line.row.dataset.id], [`${prefix}@version`, line.row.dataset.version]];
      for (const column of this.columns) if (column.written) yield [prefix + column.name, this.raw(line, column)];
      if (this.order && !this.byName.has(this.order)) yield [prefix + this.order, this.place(line)];
      if (this.isGone(line)) yield [`${prefix}@delete`, "1"];
    }
  }
}
