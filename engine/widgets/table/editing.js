// Changing one cell where it stands: the field's own control comes from the server, the row as it was stored goes back.
import field from "../field/island.js";
import { ask, parse, reason, sent } from "../parts/over.js";

/** The controls bring their own style sheet along; a table that nobody changes needs none of it. */
function dress() {
  const href = new URL("../field/style.css", import.meta.url).pathname;
  if (document.querySelector(`link[href="${href}"]`)) return;
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
}

/** Opens the control of a cell; `done` is told how it ended. `typed` tells what was typed before the control was there. */
export function change(cell, { api, url, typed, done }) {
  const box = cell.closest(".table-box").getBoundingClientRect(), toward = cell.getBoundingClientRect().left + 190 > box.right;
  let form = null, first = "", busy = false, over = false, dispose = null;

  function put(made, error) {
    dispose?.();
    form?.remove();
    form = document.adoptNode(made);
    form.classList.toggle("toward", toward);
    cell.append(form);
    cell.classList.add("editing");
    cell.setAttribute("aria-busy", "false");
    field(form, api).then((end) => { dispose = end; });
    if (!error) first = String(sent(form));
    const control = form.querySelector("input:not([type=hidden]), select, textarea, [tabindex]");
    control?.focus();
    const letters = error ? "" : typed();
    if (letters && control?.matches("input[type=text], textarea, input:not([type])")) { control.value = letters; control.dispatchEvent(new Event("input", { bubbles: true })); }
    else if (control?.select && control.matches("input")) control.select();
    form.addEventListener("keydown", keys);
    form.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); save({ next: 0 }, event.submitter); });
    form.addEventListener("focusout", () => setTimeout(() => { if (!over && !busy && form.isConnected && !form.contains(document.activeElement) && document.hasFocus() && !form.querySelector("[role=alert]")) save({}); }, 150));
  }

  function close(how) {
    if (over) return;
    over = true;
    dispose?.();
    form?.remove();
    cell.classList.remove("editing");
    cell.removeAttribute("aria-busy");
    done(how);
  }

  function keys(event) {
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close({}); return; }
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Tab") { event.preventDefault(); save({ next: event.shiftKey ? -1 : 1, goes: true }); }
    else if (event.key === "Enter" && !event.shiftKey && !event.target.closest("button")) { event.preventDefault(); save({ next: 1 }); }
    event.stopPropagation();
  }

  async function save(how, button) {
    if (busy || over) return;
    const body = sent(form, button);
    if (!button && String(body) === first && !form.querySelector("[role=alert]")) { close(how); return; }
    busy = true;
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(form.getAttribute("action"), { method: "POST", body });
      const page = parse(await answer.text()), again = page.querySelector(".cell-form"), row = page.querySelector("tr");
      if (answer.ok) { replace(row, how); for (const one of page.querySelectorAll("[data-warned] li")) api.toast(one.textContent, { error: true }); }
      else if (again) { busy = false; put(again, true); }
      else { api.toast(reason(page), { error: true }); close({}); }
    } catch { api.toast(document.getElementById("toasts").dataset.offline, { error: true }); } finally { busy = false; form?.removeAttribute("aria-busy"); }
  }

  /** The row as it is stored takes the place of the one that was shown; without one its writer may not see it any more. */
  function replace(row, how) {
    over = true;
    dispose?.();
    const old = cell.parentElement, ticked = old.querySelector(".check input")?.checked;
    if (!row) { old.remove(); done({ gone: true }); return; }
    const fresh = document.adoptNode(row);
    if (ticked) { fresh.querySelector(".check input").checked = true; fresh.setAttribute("aria-selected", "true"); }
    fresh.classList.add("saved");
    old.replaceWith(fresh);
    done({ ...how, row: fresh });
  }

  async function open() {
    dress();
    cell.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(url);
      const page = parse(await answer.text()), made = page.querySelector(".cell-form");
      if (over) return;
      if (!made) { api.toast(reason(page), { error: true }); close({}); return; }
      put(made);
    } catch { api.toast(document.getElementById("toasts").dataset.offline, { error: true }); close({}); }
  }

  open();
  return { close: () => close({}) };
}
