// Keys on lines that wait: j and k walk, x ticks, the letters of the acts do them; Enter opens. Counts what is ticked.
export default function todoList(form, api) {
  const lines = () => [...form.querySelectorAll("[data-line]")];
  const chosen = () => [...form.querySelectorAll("input[name=item]:checked")];
  const all = () => form.querySelector("[data-all]");
  const zh = api.language === "zh";
  const blank = form.querySelector("[data-chosen]")?.textContent;

  function tell() {
    const count = chosen().length, boxes = form.querySelectorAll("input[name=item]").length;
    const words = form.querySelector("[data-chosen]"), every = all();
    if (form.querySelector(".batch")) form.toggleAttribute("data-idle", !count);
    for (const act of form.querySelectorAll("[data-batch]")) act.hidden = count > 0 && !chosen().some((box) => box.closest("[data-line]").querySelector(`[value^="${CSS.escape(act.value)}@"]`));
    if (words) words.textContent = count ? (zh ? `已选 ${count} 件` : `${count} chosen`) : blank;
    if (every) { every.hidden = boxes < 2; every.checked = count === boxes && count > 0; every.indeterminate = count > 0 && count < boxes; }
  }

  function changed(event) {
    if (event.target === all()) for (const box of form.querySelectorAll("input[name=item]")) box.checked = event.target.checked;
    tell();
  }

  function at(line) { line?.querySelector(".inbox-link")?.focus(); line?.scrollIntoView({ block: "nearest" }); }

  function typed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input:not([type=checkbox]), textarea, select")) return;
    const open = document.querySelector("dialog[open], details[open]:is(.menu)");
    if (open || !form.isConnected) return;
    const listed = lines(), line = document.activeElement?.closest?.("[data-line]"), place = listed.indexOf(line);
    if (event.key === "j") at(listed[Math.min(place + 1, listed.length - 1)]);
    else if (event.key === "k") at(listed[Math.max(place - 1, 0)]);
    else if (event.key === "x" && line) line.querySelector("input[name=item]")?.click();
    else if (chosen().length && form.querySelector(`[data-batch="${CSS.escape(event.key)}"]`)) form.querySelector(`[data-batch="${CSS.escape(event.key)}"]`).click();
    else if (line?.querySelector(`[data-letter="${CSS.escape(event.key)}"]`)) line.querySelector(`[data-letter="${CSS.escape(event.key)}"]`).click();
    else return;
    event.preventDefault();
  }

  form.addEventListener("change", changed);
  form.addEventListener("freshened", tell);
  document.addEventListener("keydown", typed);
  tell();
  return () => document.removeEventListener("keydown", typed);
}
