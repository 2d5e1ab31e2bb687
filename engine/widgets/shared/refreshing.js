// Refreshing: the shown page is read anew, part by part, and what is in use is left alone. Loaded when the first change comes.
const PARTS = "main, .page-head, .page-body, .stack, .grid, .split, .columns, .inbox-narrow, .kg-page, .kg-side";
const LINES = "[data-keyed], [data-carry]";
const OPEN = "details:is(.menu, .chip)[open], dialog[open], [aria-busy=true], form[data-sending]";
const parser = new DOMParser();
let page = null, pause = 0, pace = 1000, asked = 0, asking = false, again = false, held = null, left = false, lines = null;

/** Whether an input holds something else than the page came with. */
function typed(input) {
  if (input.type === "checkbox" || input.type === "radio") return input.checked !== input.defaultChecked;
  if (input.localName === "select") return input.value !== (input.querySelector("option[selected]") ?? input.options[0])?.value;
  return input.type !== "hidden" && input.value !== input.defaultValue;
}

function written(part) {
  return part.querySelector(":is(input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]):focus") !== null;
}

/** Whether somebody has a part in hand: types, chooses, marks text, has a menu open. */
function inUse(part) {
  const marked = getSelection();
  return written(part) || part.querySelector(OPEN) !== null || [...part.querySelectorAll("input, textarea, select")].some(typed) ||
    (marked.type === "Range" && part.contains(marked.anchorNode));
}

/** Brings a part up to date; false when something of it is in use and stays as it is. */
function freshen(old, fresh) {
  if (old.isEqualNode(fresh)) return true;
  const ours = [...old.children], theirs = [...fresh.children];
  if (lines && old.matches(LINES) && fresh.matches(LINES)) return lines.freshen(old, fresh, { swap, typed, written });
  if (old.matches(PARTS) && ours.length === theirs.length) return ours.map((one, at) => freshen(one, theirs[at])).every(Boolean);
  if (inUse(old)) { left = true; return false; }
  swap(old, fresh.cloneNode(true));
  return true;
}

/** Puts the fresh part in place: focus, scrolled boxes and what is unfolded stay; entries that came are marked. */
function swap(old, fresh) {
  const keys = new Set([...old.querySelectorAll("[data-key]")].map((one) => one.dataset.key));
  for (const one of fresh.querySelectorAll("[data-key]")) if (keys.size && !keys.has(one.dataset.key)) one.classList.add("arrived");
  const boxes = (part) => [...part.querySelectorAll(".table-box, .board, .board-cards")];
  const places = boxes(old).map((box) => [box.scrollLeft, box.scrollTop]);
  const folds = (part) => [...part.querySelectorAll("details:not(.menu, .chip)")];
  const open = folds(old).map((one) => one.open);
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  boxes(fresh).forEach((box, at) => { if (places[at]) [box.scrollLeft, box.scrollTop] = places[at]; });
  if (folds(fresh).length === open.length) folds(fresh).forEach((one, at) => { one.open = open[at]; });
  if (active) alike(active, fresh)?.focus({ preventScroll: true });
}

function alike(active, fresh) {
  const link = active.getAttribute("href");
  const found = active.id ? fresh.querySelector(`#${CSS.escape(active.id)}`) : link ? fresh.querySelector(`a[href="${CSS.escape(link)}"]`) : fresh.querySelector(active.localName);
  if (found && !found.matches("a, button, input, select, textarea, summary, [tabindex]")) found.tabIndex = -1;
  return found;
}

function apply() {
  const main = page.shown();
  if (!main || !held) return;
  left = false;
  const whole = freshen(main, held);
  if (whole) held = null;
  offer(left);
  for (const one of document.querySelectorAll("[data-island]")) one.dispatchEvent(new Event("freshened"));
  page.after();
}

function offer(wanted) {
  const place = document.getElementById("toasts"), old = place.querySelector(".fresh");
  if (!wanted) { old?.remove(); return; }
  if (old) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "toast fresh";
  button.textContent = place.dataset.fresh;
  button.onclick = () => { offer(false); page.visit(); };
  place.append(button);
}

/** Reads the page anew, less often where the server takes long. */
async function refresh() {
  clearTimeout(pause);
  if (asking) { again = true; return; }
  const main = page.shown(), address = location.href, began = Date.now();
  if (!main || document.hidden) return;
  if (began < asked + pace) { pause = setTimeout(refresh, asked + pace - began); return; }
  asking = true;
  asked = began;
  try {
    const answer = await fetch(address, { headers: { accept: "text/html", "x-requested-with": "dougong" }, credentials: "same-origin" });
    const next = parser.parseFromString(await answer.text(), "text/html").querySelector("main");
    if (page.shown() !== main || location.href !== address) return;
    pace = Math.min(10000, Math.max(1000, 4 * (Date.now() - began)));
    if (!answer.ok || answer.redirected || !next) { offer(true); return; }
    page.read(began);
    held = document.adoptNode(next);
    if (next.dataset.live !== main.dataset.live) { main.dataset.live = next.dataset.live ?? ""; page.follow(); }
    if (!lines && document.querySelector(LINES)) lines = await import("./lines.js");
    apply();
  } catch { /* offline: the stream comes again, and says so */ } finally {
    asking = false;
    if (again) { again = false; pause = setTimeout(refresh, pace); }
  }
}

/** The page is of definitions that are served no more: it is shown anew as a whole, or that is offered where somebody works in it. */
function renew() {
  const main = document.querySelector("main");
  if (main && inUse(main)) offer(true); else page.visit();
}

/** Another page is shown: what is held of the one before is nothing now. */
function forget() {
  held = null;
  again = false;
  clearTimeout(pause);
  offer(false);
}

/** Begins; `given` has `shown` (the followed main), `read` (it was asked for at a moment), `follow`, `visit` and `after`. */
export function refreshing(given) {
  page = given;
  document.addEventListener("focusout", () => { if (held) setTimeout(apply, 300); });
  return { refresh, forget, renew };
}
