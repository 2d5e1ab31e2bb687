// One field to find and choose a row: a combobox over the select that carries the value and works without script.
const PAUSE = 150;

export function picker(select, api, listen) {
  if (select.dataset.picker) return;
  select.dataset.picker = "on";
  const words = (zh, en) => (api.language === "zh" ? zh : en);
  const box = document.createElement("div"), input = document.createElement("input"), list = document.createElement("div");
  const first = [...select.options].filter((one) => one.value).map((one) => ({ id: one.value, label: one.text }));
  const making = select.dataset.create ? { made: true } : null;
  let shown = [], active = -1, turn = 0, timer = 0;

  box.className = "picker";
  Object.assign(input, { className: "input", type: "text", id: `${select.id}-find`, autocomplete: "off", spellcheck: false, placeholder: words("输入以搜索", "Type to search") });
  Object.assign(list, { className: "picker-list", id: `${select.id}-list`, popover: "manual" });
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) input.setAttribute(name, value);
  list.setAttribute("role", "listbox");
  for (const name of ["aria-label", "aria-invalid", "aria-describedby", "required"]) if (select.hasAttribute(name)) input.setAttribute(name === "required" ? "aria-required" : name, select.getAttribute(name) || "true");
  const label = document.querySelector(`label[for="${select.id}"]`);
  if (label) { label.htmlFor = input.id; list.setAttribute("aria-label", label.textContent.trim()); }
  else list.setAttribute("aria-label", select.getAttribute("aria-label") || "");
  const held = document.activeElement === select;
  select.hidden = true;
  select.before(box);
  box.append(input, select, list);
  const chosen = () => select.selectedOptions[0];
  const show = () => { input.value = chosen()?.value ? chosen().text : ""; };
  const opened = () => list.matches(":popover-open");

  function open() {
    if (!opened()) list.showPopover();
    const at = input.getBoundingClientRect(), below = innerHeight - at.bottom > 220 || at.top < 240;
    Object.assign(list.style, { left: `${at.left}px`, width: `${Math.max(at.width, Math.min(260, innerWidth - at.left - 12))}px`, top: below ? `${at.bottom + 4}px` : "auto", bottom: below ? "auto" : `${innerHeight - at.top + 4}px` });
    input.setAttribute("aria-expanded", "true");
  }
  function close() {
    if (opened()) list.hidePopover();
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function draw(rows) {
    shown = making ? [...rows, making] : rows;
    active = -1;
    list.replaceChildren(...shown.map((row, index) => {
      const option = document.createElement("div"), typed = looked();
      Object.assign(option, { id: `${select.id}-o${index}`, textContent: row.made ? `+ ${select.dataset.createLabel}${typed && words(`「${typed}」`, ` “${typed}”`)}` : row.label });
      option.classList.toggle("picker-make", row === making);
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", String(row.id === select.value));
      return option;
    }));
    if (!rows.length) { const empty = document.createElement("div"); empty.className = "picker-empty"; empty.textContent = words("没有找到", "Nothing found"); list.prepend(empty); }
    open();
  }
  function mark(index) {
    const options = list.querySelectorAll("[role=option]");
    active = options.length ? (index + options.length) % options.length : -1;
    options.forEach((one, at) => one.toggleAttribute("data-active", at === active));
    if (active >= 0) { options[active].scrollIntoView({ block: "nearest" }); input.setAttribute("aria-activedescendant", options[active].id); }
  }
  /** What is looked for; nothing while the chosen row stands there. */
  const looked = () => (input.value === (chosen()?.value ? chosen().text : "") ? "" : input.value.trim());
  /** What a scanner has typed is looked for at once, and chosen where it is one row. */
  async function scanned() {
    clearTimeout(timer);
    timer = 0;
    await find();
    const rows = shown.filter((row) => !row.made);
    if (rows.length === 1) choose(rows[0]);
  }
  async function make() {
    const text = looked();
    close();
    const { create } = await import("./create.js");
    create(select, { api, text, chosen: choose, back: () => input.focus() });
  }
  function choose(row) {
    if (row?.made) return make();
    if (row && ![...select.options].some((one) => one.value === row.id)) select.add(new Option(row.label, row.id));
    select.value = row ? row.id : "";
    show();
    close();
    for (const name of ["input", "change"]) select.dispatchEvent(new Event(name, { bubbles: true }));
  }
  async function find() {
    timer = 0;
    const text = input.value.trim(), mine = ++turn;
    if (!text) return draw(first);
    const answer = await fetch(`${select.dataset.pick}?q=${encodeURIComponent(text)}`, { headers: { accept: "application/json" } }).catch(() => null);
    if (mine !== turn || !answer?.ok) return;
    draw((await answer.json()).data);
  }

  listen(input, "focus", () => input.select());
  listen(input, "click", () => { if (!opened()) draw(first); });
  listen(input, "input", (event) => { event.stopPropagation(); clearTimeout(timer); timer = setTimeout(find, PAUSE); if (!input.value && select.value) choose(null); });
  listen(input, "change", (event) => event.stopPropagation());
  listen(input, "keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); if (!opened()) draw(first); mark(active < 0 ? (step > 0 ? 0 : -1) : active + step); }
    else if (event.key === "Enter" && timer && looked() && active < 0 && select.closest(".field")?.querySelector("[data-scan]")) { event.preventDefault(); scanned(); }
    else if (event.key === "Enter" && opened()) { event.preventDefault(); if (shown.length) choose(shown[Math.max(active, 0)]); }
    else if (event.key === "Escape" && opened()) { event.preventDefault(); event.stopPropagation(); show(); close(); }
  });
  listen(input, "blur", () => setTimeout(() => { if (!box.contains(document.activeElement)) { show(); close(); } }, 120));
  listen(list, "mousedown", (event) => event.preventDefault());
  listen(list, "click", (event) => { const option = event.target.closest("[role=option]"); if (option) choose(shown[[...list.querySelectorAll("[role=option]")].indexOf(option)]); });
  listen(window, "scroll", (event) => { if (opened() && !list.contains(event.target)) open(); }, { capture: true });
  listen(select, "told", show);
  show();
  if (held) input.focus();
}
