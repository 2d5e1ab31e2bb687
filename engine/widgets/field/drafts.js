import { say } from "./entered.js";

// A form half filled in is kept on the server while one types; what has been kept is said beside the button that saves.
const PAUSE = 1500;

export function keepDrafts(form, listen) {
  const said = form.querySelector("[data-draft-state]");
  if (!form.dataset.draft || !said) return;
  let timer = 0, pending = null, ended = false, told = false;

  function body() {
    const given = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && !name.startsWith("@card")) given.append(name, value);
    return given;
  }
  async function keep() {
    timer = 0;
    pending = new AbortController();
    const answer = await fetch(form.dataset.draft, { method: "POST", body: body(), signal: pending.signal, headers: { accept: "application/json" } }).catch(() => null);
    pending = null;
    if (!answer?.ok || ended || !(await answer.json()).kept) return;
    said.hidden = false;
    say(said.lastElementChild, new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
    told = true;
  }
  const soon = (event) => { if (!event.isTrusted && !event.detail?.byHand && !told) return; clearTimeout(timer); timer = setTimeout(keep, PAUSE); };

  listen(form, "input", soon);
  listen(form, "change", soon);
  listen(form, "submit", () => { ended = true; clearTimeout(timer); pending?.abort(); });
  listen(document, "visibilitychange", () => {
    if (document.visibilityState !== "hidden" || !timer || ended) return;
    clearTimeout(timer);
    timer = 0;
    navigator.sendBeacon(form.dataset.draft, body());
  });
}
