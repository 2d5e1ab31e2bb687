// A sub-table under the hands: keys and arrows as in a sheet, blocks pasted from one, lines copied, moved, dropped and
// taken back, one line open at a time on a phone.
import { blockOf, entered, found } from "./pasted.js";

const PHONE = matchMedia("(max-width: 639px)");
const TEXTS = /^(text|tel|email|url|search)$/;

export function handle(sheet, { api, listen, settle }) {
  const { body, box } = sheet;
  const words = (zh, en) => (api.language === "zh" ? zh : en);
  const visible = () => sheet.seen();
  const cellIndex = (target) => target.closest("td")?.cellIndex ?? 1;
  /** Tells the form that something was entered by hand, past its controls. */
  const told = () => box.dispatchEvent(new CustomEvent("input", { bubbles: true, detail: { byHand: true } }));

  function focus(line, at, { select = true } = {}) {
    sheet.open(line);
    if (PHONE.matches) for (const one of sheet.lines()) if (one !== line) sheet.rest(one);
    const cell = line.row.cells[at], control = (cell && controlIn(cell)) || [...line.row.cells].map(controlIn).find(Boolean);
    control?.focus();
    if (select && TEXTS.test(control?.type)) control.select();
  }
  const controlIn = (cell) => cell.querySelector("input:not([type=hidden], .sr-only, [hidden]), select:not([hidden]), textarea");

  // ── walking ──

  function step(line, at, by) {
    const lines = visible(), next = lines[lines.indexOf(line) + by];
    if (next) focus(next, at);
    else if (by > 0 && box.querySelector(".lines-add")) grow(at);
  }
  function grow(at) {
    const line = sheet.add();
    settle([line]);
    focus(line, at ?? 1);
  }
  function sideways(event, by) {
    const { target } = event, cells = [...target.closest("tr").cells];
    const edge = TEXTS.test(target.type) && target.selectionStart === target.selectionEnd && target.selectionStart === (by < 0 ? 0 : target.value.length);
    const next = edge && cells.slice(by < 0 ? 0 : cellIndex(target) + 1, by < 0 ? cellIndex(target) : undefined).filter((one) => !one.matches(".tools, .at")).map(controlIn).filter(Boolean).at(by < 0 ? -1 : 0);
    if (!next) return;
    event.preventDefault();
    next.focus();
    if (TEXTS.test(next.type)) next.select();
  }
  function pressed(event) {
    const line = sheet.lineAt(event.target), at = line && cellIndex(event.target), { key } = event;
    if (!line || event.defaultPrevented || event.isComposing) return;
    if (event.target === line.row) { if (key === "Enter" || key === "F2") { event.preventDefault(); focus(line, 1); } return; }
    if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === "d") { event.preventDefault(); double(line, at); return; }
    if (event.ctrlKey || event.metaKey) return;
    const by = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (by && event.altKey) { if (sheet.order) { event.preventDefault(); move(line, by, at); } return; }
    if (!event.target.matches("input:not(.sr-only), select, textarea") || event.altKey) return;
    const input = TEXTS.test(event.target.type) && event.target.getAttribute("role") !== "combobox";
    if (key === "Enter" && !event.target.matches("textarea")) { event.preventDefault(); step(line, at, event.shiftKey ? -1 : 1); }
    else if (by && input) { event.preventDefault(); step(line, at, by); }
    else if (TEXTS.test(event.target.type) && !event.shiftKey && (key === "ArrowLeft" || key === "ArrowRight")) sideways(event, key === "ArrowLeft" ? -1 : 1);
  }

  // ── a line at rest is entered by a click, or by the focus that walks onto it ──

  function entering(event) {
    const line = sheet.lineAt(event.target);
    if (!line || !sheet.rests(line) || event.button) return;
    const cell = event.target.closest("td"), at = cell && !cell.matches(".tools, .at") ? cell.cellIndex : 1;
    event.preventDefault();
    focus(line, at);
  }
  function walkedOnto(event) {
    const line = sheet.lineAt(event.target);
    if (!line || event.target !== line.row || !sheet.rests(line) || PHONE.matches) return;
    const back = event.relatedTarget && line.row.compareDocumentPosition(event.relatedTarget) & Node.DOCUMENT_POSITION_FOLLOWING;
    const written = sheet.columns.filter((one) => one.written);
    if (written.length) focus(line, written.at(back ? -1 : 0).at);
  }

  // ── copying, dropping, moving ──

  function double(line, at = 1) {
    const texts = sheet.columns.filter((one) => one.written).map((one) => [one, sheet.raw(line, one), sheet.words(line, one)]);
    const fresh = sheet.add({ after: sheet.order ? line : null });
    for (const [column, raw, label] of texts) sheet.write(fresh, column, raw, label);
    settle([fresh]);
    told();
    focus(fresh, at);
  }
  function dropped(event) {
    if (!event.target.name?.endsWith(".@delete")) return;
    const line = sheet.lineAt(event.target), lines = visible(), at = lines.indexOf(line), number = at + 1;
    if (!event.target.checked) return;
    sheet.drop(line, true);
    settle([]);
    const next = lines[at + 1] || lines[at - 1];
    if (next && !PHONE.matches) focus(next, 1, { select: false });
    api.toast(words(`已删除第 ${number} 行`, `Line ${number} is removed`), { undo: () => { sheet.drop(line, false); settle([line]); told(); if (line.row.isConnected) focus(line, 1); } });
  }
  function move(line, by, at) {
    const lines = visible(), other = lines[lines.indexOf(line) + by];
    if (!other) return;
    if (by > 0) other.row.after(line.row); else other.row.before(line.row);
    moved(line);
    focus(line, at, { select: false });
  }
  function moved(line) {
    sheet.kept = null;
    sheet.renumber();
    settle([line]);
    told();
  }
  function grip(event) {
    const handle = event.target.closest(".line-grip"), line = handle && sheet.lineAt(handle);
    if (!line || event.button) return;
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    line.row.classList.add("carried");
    const over = (moving) => {
      const row = document.elementFromPoint(handle.getBoundingClientRect().left + 4, moving.clientY)?.closest("tr[data-row]");
      if (!row || row === line.row || row.parentElement !== body) return;
      // The others make way: a row that is taken out of the page loses the pointer that carries it.
      const up = row.compareDocumentPosition(line.row) & Node.DOCUMENT_POSITION_FOLLOWING;
      for (let other = null; other !== row; ) { other = up ? line.row.previousElementSibling : line.row.nextElementSibling; if (up) line.row.after(other); else line.row.before(other); }
      row.scrollIntoView({ block: "nearest" });
    };
    const end = () => { handle.removeEventListener("pointermove", over); line.row.classList.remove("carried"); moved(line); };
    handle.addEventListener("pointermove", over);
    handle.addEventListener("lostpointercapture", end, { once: true });
  }

  // ── pasting ──

  async function pasted(event) {
    const line = sheet.lineAt(event.target), block = line && blockOf(event.clipboardData?.getData("text/plain") || "");
    if (!block || (event.target.matches("textarea") && block.every((one) => one.length === 1))) return;
    event.preventDefault();
    const first = cellIndex(event.target) - 1, lines = visible(), from = lines.indexOf(line), before = [], added = [], missing = [];
    const touched = block.map((texts, down) => {
      const one = lines[from + down] || sheet.add({ rest: true });
      if (!lines[from + down]) added.push(one);
      for (const [across, text] of texts.entries()) {
        const column = sheet.columns[first + across];
        if (!column?.written) continue;
        before.push([one, column, sheet.raw(one, column), sheet.words(one, column)]);
        const [raw, label] = entered(sheet, column, text.trim());
        sheet.write(one, column, raw, label);
        if (column.kind === "picker" && text.trim() && !raw) missing.push([one, column, text.trim()]);
      }
      return one;
    });
    const back = () => {
      for (const [one, column, raw, label] of before) if (one.row.isConnected) sheet.write(one, column, raw, label);
      for (const one of added) sheet.drop(one, true);
      settle(touched);
      told();
    };
    settle(touched);
    told();
    api.toast(words(`已粘贴 ${block.length} 行`, `${block.length} lines are pasted`), { undo: back });
    const unknown = missing.length ? await found(sheet, missing) : [];
    if (!missing.length) return;
    settle(touched);
    told();
    if (unknown.length) api.toast(words(`没有找到：${unknown.slice(0, 3).join("、")}`, `Not found: ${unknown.slice(0, 3).join(", ")}`) + (unknown.length > 3 ? "…" : ""), { error: true });
  }

  listen(body, "keydown", pressed);
  listen(body, "mousedown", entering);
  listen(body, "focusin", walkedOnto);
  listen(body, "change", dropped);
  listen(body, "pointerdown", grip);
  listen(body, "paste", pasted);
  listen(body, "click", (event) => { const copy = event.target.closest(".line-copy"); if (copy) double(sheet.lineAt(copy)); });
  listen(box, "click", (event) => { if (event.target.closest("button[name='@add']")) { event.preventDefault(); grow(); } });
  if (PHONE.matches && sheet.lines().length > 1) for (const line of sheet.lines()) sheet.rest(line);
}
