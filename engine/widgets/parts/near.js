import { whereIAm } from "./here.js";

// A list narrowed to what is near: within metres of the point that is written, or of where the device is.
export default function (form, api) {
  const signal = new AbortController(), point = form.querySelector("[data-near-point]");
  for (const button of form.querySelectorAll("[data-metres]")) button.hidden = false;
  form.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-metres]");
    if (!button) return;
    const written = point.value.replace(/~\s*[\d.]*\s*$/, "").trim();
    button.setAttribute("aria-busy", "true");
    try {
      point.value = `${written || (await whereIAm(api)).point}~${button.dataset.metres}`;
      form.requestSubmit();
    } catch (error) {
      api.toast(error.message, { error: true });
      point.focus();
    }
    button.removeAttribute("aria-busy");
  }, { signal: signal.signal });
  return () => signal.abort();
}
