// A list in hand: cells walked over by arrows and changed in place, columns that stay in sight, columns put in order.
const TEXT = "input:not([type=checkbox]), select, textarea, [contenteditable]";

export default function (root, api) {
  const ends = new AbortController();
  const listen = (target, name, act, more = {}) => target.addEventListener(name, act, { signal: ends.signal, ...more });
  let at = null, editor = null, letters = "";

  const table = () => root.querySelector("table[data-keys]");
  const wide = () => table() && getComputedStyle(table()).display === "table";
  const rows = () => [...table().querySelectorAll("tr[data-key]")];
  const place = (cell) => ({ key: cell.parentElement.dataset.key, at: cell.cellIndex });
  const find = (one) => one && table() && rows().find((row) => row.dataset.key === one.key)?.cells[one.at];

  /** Columns beyond the first one that stay in sight stand behind those before them. */
  function freeze() {
    if (!wide()) return;
    const heads = [...table().tHead.rows[0].cells];
    let from = 0;
    heads.forEach((head, index) => {
      if (!head.matches(".check, .lead, .frozen")) return;
      for (const row of [table().tHead.rows[0], ...rows()]) row.cells[index].style.left = `${from}px`;
      if (!head.matches(".loose")) from += head.offsetWidth;
    });
  }

  /** Makes a cell the one that the keys are about. */
  function stand(cell, scroll = true) {
    if (!cell) return;
    for (const old of root.querySelectorAll("td[tabindex='0']")) old.tabIndex = -1;
    cell.tabIndex = 0;
    at = place(cell);
    cell.focus({ preventScroll: !scroll });
  }

  function ready() {
    if (!table()) return;
    freeze();
    table().tHead.querySelectorAll("[data-edit]").forEach((head) => { for (const row of rows()) row.cells[head.cellIndex].dataset.edit = head.dataset.edit; });
    if (!wide()) return;
    table().setAttribute("role", "grid");
    const cells = [...(rows()[0]?.querySelectorAll("td:not(.check)") ?? [])];
    const first = find(at) ?? cells.find((one) => !one.querySelector("a, button")) ?? cells[0];
    if (first && !root.querySelector("td[tabindex='0']")) first.tabIndex = 0;
  }

  /** Opens a cell; it is in hand at once, so that no newer page is put in its place, and what is typed meanwhile is kept. */
  async function edit(cell, typed = "") {
    if (!cell?.dataset.edit || editor) return;
    stand(cell);
    letters = typed;
    editor = { close() {} };
    cell.setAttribute("aria-busy", "true");
    try {
      const { change } = await import("./editing.js");
      editor = change(cell, { api, url: `/r/${table().dataset.entity}/${cell.parentElement.dataset.key}/cell/${cell.dataset.edit}?${root.dataset.list}`, typed: () => letters, done: closed });
    } catch {
      api.toast(document.getElementById("toasts").dataset.offline, { error: true });
      cell.removeAttribute("aria-busy");
      editor = null;
    }
  }

  /** An editor has closed; `next` is how far to go on, and whether to change what stands there. */
  function closed({ row, next = 0, goes = false, gone = false }) {
    editor = null;
    if (gone) { at = null; ready(); return; }
    if (row) ready();
    const cell = find(at);
    if (!cell) return;
    let to = cell;
    if (goes) {
      const cells = rows().flatMap((one) => [...one.cells]).filter((one) => one.dataset.edit);
      to = cells[cells.indexOf(cell) + next] ?? cell;
    } else if (next) to = rows()[rows().indexOf(cell.parentElement) + next]?.cells[cell.cellIndex] ?? cell;
    stand(to);
    if (goes && to !== cell) edit(to);
  }

  const STEPS = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };

  function pressed(event) {
    const cell = event.target.closest("td");
    if (!wide() || event.target.matches(TEXT) || event.target.closest(".cell-form, .menu-list") || event.altKey || event.metaKey) return;
    if (event.target.matches(".table-box") && event.key === "ArrowDown") { handled(event); stand(find(at) ?? rows()[0]?.querySelector("td:not(.check)")); return; }
    if (!cell || !table().contains(cell)) return;
    const step = STEPS[event.key], letter = event.key.length === 1 && !event.ctrlKey && cell.dataset.edit && event.target === cell;
    if (editor && letter) { handled(event); letters += event.key; } else if (step) {
      const lines = rows(), row = lines[lines.indexOf(cell.parentElement) + step[0]];
      const next = row?.cells[cell.cellIndex + step[1]];
      if (next) { handled(event); stand(next); }
    } else if (event.key === "Home" || event.key === "End") {
      const cells = cell.parentElement.cells;
      handled(event);
      stand(event.key === "Home" ? cells[0] : cells[cells.length - 1]);
    } else if (event.target !== cell) return;
    else if (cell.dataset.edit && (event.key === "F2" || (event.key === "Enter" && !cell.matches(".lead")))) { handled(event); edit(cell); }
    else if (event.key === "Enter") { handled(event); cell.parentElement.querySelector("td a[href]")?.click(); }
    else if (event.key === " ") { const box = cell.parentElement.querySelector(".check input"); if (box) { handled(event); box.click(); } }
    else if (letter) { handled(event); edit(cell, event.key); }
  }

  function handled(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  listen(root, "keydown", pressed);
  listen(root, "click", (event) => { const cell = event.target.closest("tbody td"); if (cell && wide() && !editor && !event.target.closest("a, input, button, label")) stand(cell, false); });
  listen(root, "dblclick", (event) => { const cell = event.target.closest("tbody td"); if (cell && wide() && !event.target.closest(".cell-form")) { event.preventDefault(); edit(cell); } });
  listen(root, "freshened", () => {
    const lost = document.activeElement === document.body || (root.contains(document.activeElement) && document.activeElement.matches("td"));
    ready();
    if (lost && at && !editor) stand(find(at), false);
  });
  listen(window, "resize", freeze);
  listen(root, "toggle", (event) => { if (event.target.matches(".columns-menu[open]")) import("./columns.js").then((one) => one.order(event.target.querySelector("form"), api)); }, { capture: true });
  ready();
  return () => { ends.abort(); editor?.close(); };
}
