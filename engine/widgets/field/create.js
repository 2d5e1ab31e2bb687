// A row that is not there yet is made over the form: what is saved is chosen, what is beneath stays as it was.
import { ask, over, parse, reason, rename, sent } from "../parts/over.js";

const aside = new WeakMap();
let number = 0;

/** Opens the form of what `select` is chosen from; with what was typed into it when it was only put aside. */
export async function create(select, { api, text, chosen, back }) {
  const words = (zh, en) => (api.language === "zh" ? zh : en);
  const offline = () => api.toast(document.getElementById("toasts").dataset.offline, { error: true });
  const address = select.dataset.create, before = aside.get(select);
  if (before?.isConnected) { before.showModal(); return; }
  const page = await ask(address.endsWith("=") ? address + encodeURIComponent(text) : address).then(async (answer) => parse(await answer.text())).catch(() => null);
  if (!page) { offline(); back(); return; }
  const first = page.querySelector("form.form-page");
  if (!first) { api.toast(reason(page), { error: true }); back(); return; }
  await api.dress(page);
  let touched = false, busy = false;
  const box = over(select.dataset.createLabel, document.adoptNode(first), { name: "create-dialog", close: words("收起", "Put aside") });
  aside.set(select, box);
  box.addEventListener("close", () => { if (!touched) box.remove(); back(); });
  box.addEventListener("input", () => { touched = true; });
  box.addEventListener("submit", (event) => { event.preventDefault(); save(event.target, event.submitter); });
  box.addEventListener("click", (event) => {
    const found = event.target.closest("[data-choose]"), away = event.target.closest("[data-away]");
    if (found) end({ id: found.dataset.choose.split("/").pop(), label: found.parentElement.querySelector("a").textContent.trim() });
    else if (away) end();
  });
  await settle(first);

  function end(row) {
    touched = false;
    box.close();
    if (row) chosen(row);
  }

  /** Makes a form at home in the dialog: ids of its own, a way out instead of another page, the first open field at hand. */
  async function settle(form) {
    rename(form, `over${++number}-`);
    const cancel = form.querySelector(".actionbar a");
    if (cancel) cancel.replaceWith(Object.assign(document.createElement("button"), { type: "button", className: cancel.className, textContent: cancel.textContent }));
    form.querySelector(".actionbar button[type=button]")?.setAttribute("data-away", "");
    await api.start();
    const controls = [...form.querySelectorAll("input:not([type=hidden]), select:not([hidden]), textarea")];
    (form.querySelector("[role=alert]:not(.error) [data-choose], [aria-invalid=true]:not([hidden])") || controls.find((one) => !one.value && (one.required || one.ariaRequired === "true")) || controls[0])?.focus();
  }

  async function save(form, button) {
    if (busy) return;
    busy = touched = true;
    button?.setAttribute("aria-busy", "true");
    try {
      const answer = await ask(form.getAttribute("action"), { method: "POST", body: sent(form, button) });
      if (answer.status === 201) return made(await answer.json());
      const next = parse(await answer.text()), again = next.querySelector("form.form-page");
      if (!again) return api.toast(reason(next), { error: true });
      await api.dress(next);
      form.replaceWith(document.adoptNode(again));
      await settle(again);
    } catch { offline(); } finally { busy = false; button?.removeAttribute("aria-busy"); }
  }

  function made(row) {
    for (const one of row.warnings) api.toast(one, { error: true });
    if (!row.label) api.toast(words("已保存，但你看不到这条记录，不能选用", "Saved; you may not read it, so it cannot be chosen"), { error: true });
    end(row.label ? row : null);
  }
}
