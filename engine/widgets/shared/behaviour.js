// What a page does under the hands: menus, keys, tables, dialogs, toasts, theme.

/** Shows a toast; `undo` is called when its button is pressed within ten seconds. */
export function announce(text, { error = false, undo = null } = {}) {
  const place = document.getElementById("toasts");
  const toast = document.createElement("div");
  toast.className = error ? "toast error" : "toast";
  toast.append(text);
  if (undo) {
    const button = document.createElement("button");
    button.textContent = place.dataset.undo;
    button.onclick = () => { toast.remove(); undo(); };
    toast.append(button);
  }
  place.append(toast);
  setTimeout(() => toast.remove(), undo ? 10000 : error ? 8000 : 4000);
}

/** Closes every open menu except the one that holds `inside`. */
export function closeMenus(inside = null) {
  for (const menu of document.querySelectorAll("details:is(.menu, .chip)[open]")) if (!menu.contains(inside)) menu.open = false;
}

const remember = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`; };

/** The folded navigation survives the visit. */
export function restoreFold() {
  const box = document.getElementById("nav-fold");
  if (box && document.cookie.includes("dougong_nav=folded")) box.checked = true;
}

/** The rows of a table that keys walk over. */
const rowsOf = (table) => [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => !row.matches(".group-head"));

function walkTable(event) {
  const row = event.target.closest?.(".table tbody tr");
  if (!row || event.target.closest("input:not([type=checkbox]), select, textarea, .menu-list")) return;
  const rows = rowsOf(row.closest("table")), step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    const next = rows[rows.indexOf(row) + step];
    if (next) { event.preventDefault(); next.tabIndex = -1; next.focus(); }
  } else if (event.target === row && event.key === "Enter") {
    row.querySelector("td a[href]")?.click();
  } else if (event.target === row && event.key === " ") {
    const box = row.querySelector(".check input");
    if (box) { event.preventDefault(); box.click(); }
  }
}

function enterTable(event) {
  const box = event.target.closest?.(".table-box");
  if (box !== event.target || event.key !== "ArrowDown") return;
  const first = box.querySelector(".table tbody tr");
  if (first) { event.preventDefault(); first.tabIndex = -1; first.focus(); }
}

/** Counts the chosen rows and shows the bar for them. */
function countChosen(input) {
  const table = input.closest("table");
  if (!table) return;
  const boxes = [...table.querySelectorAll("tbody .check input")], all = table.querySelector("[data-select-all]");
  if (input === all) for (const one of boxes) one.checked = all.checked;
  const chosen = boxes.filter((one) => one.checked);
  for (const one of boxes) one.closest("tr").setAttribute("aria-selected", one.checked);
  if (all) { all.checked = chosen.length === boxes.length && chosen.length > 0; all.indeterminate = chosen.length > 0 && !all.checked; }
  const bar = document.querySelector(`.select-bar[data-for="${CSS.escape(table.id)}"]`);
  if (bar) { bar.hidden = chosen.length === 0; for (const place of bar.querySelectorAll("[data-count]")) place.textContent = chosen.length; }
}

/** Copies the text of an input; where the page is not served over HTTPS, by the older way. */
async function copy(input, said) {
  input.select();
  if (navigator.clipboard) await navigator.clipboard.writeText(input.value);
  else document.execCommand("copy");
  announce(said);
}

function pressed(event) {
  const target = event.target;
  closeMenus(target);
  const theme = target.closest?.("[data-theme-choice]");
  if (theme) {
    event.preventDefault();
    document.documentElement.dataset.theme = theme.dataset.themeChoice;
    remember("dougong_theme", theme.dataset.themeChoice);
    for (const one of theme.parentElement.children) one.setAttribute("aria-pressed", one === theme);
  }
  const opener = target.closest?.("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  if (target.closest?.("[data-close]") || target.matches?.("dialog[open]")) target.closest("dialog")?.close();
  const copier = target.closest?.("[data-copy]");
  if (copier) copy(document.querySelector(copier.dataset.copy), copier.dataset.said);
  if (target.closest?.("[data-print]")) print();
  const filler = target.closest?.("[data-fill]");
  if (filler) {
    const field = document.querySelector(filler.dataset.fill);
    field.value = filler.dataset.value;
    (field.form.querySelector("input[type=password]") || field).focus();
  }
}

function changed(event) {
  const input = event.target;
  if (input.matches(".check input")) countChosen(input);
  if (input.id === "nav-fold") remember("dougong_nav", input.checked ? "folded" : "open");
  if (input.closest("[data-submit-on-change]")) input.form.requestSubmit();
}

function typed(event) {
  const typing = event.target.matches?.("input, select, textarea, [contenteditable]");
  if ((event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing)) {
    const field = document.getElementById("search");
    if (field?.checkVisibility()) { event.preventDefault(); field.focus(); field.select(); }
  } else if (event.key === "Escape") {
    const menu = event.target.closest?.("details[open]:is(.menu, .chip)");
    closeMenus();
    menu?.querySelector("summary").focus();
    const drawer = document.getElementById("nav-open");
    if (drawer) drawer.checked = false;
  } else { walkTable(event); enterTable(event); }
}

/** Listens once for the whole document, so that swapped pages need nothing. */
export function keys() {
  document.addEventListener("click", pressed);
  document.addEventListener("change", changed);
  document.addEventListener("keydown", typed);
}
