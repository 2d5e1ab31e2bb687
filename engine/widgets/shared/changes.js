// Changes: a page that is told that something it shows has changed reads itself anew, part by part, and leaves alone what is in use.
const PARTS = "main, .page-head, .page-body, .stack, .grid, .split, .columns, .inbox-narrow";
const OPEN = "details:is(.menu, .chip)[open], dialog[open], [aria-busy=true], form[data-sending]";
const parser = new DOMParser();
let tools = null, source = null, timer = 0, pause = 0;
let read = performance.timeOrigin, pace = 1000, asked = 0, asking = false, again = false, held = null, left = false;

const shown = () => document.querySelector("main[data-live]");

/** What the page and the shell around it show, as the stream is asked for it. */
const followed = () => [...document.querySelectorAll(".top-tools[data-live], main[data-live]")].map((one) => one.dataset.live).join(" ");

/** Whether an input holds something else than the page came with. */
function typed(input) {
  if (input.type === "checkbox" || input.type === "radio") return input.checked !== input.defaultChecked;
  if (input.localName === "select") return input.value !== (input.querySelector("option[selected]") ?? input.options[0])?.value;
  return input.type !== "hidden" && input.value !== input.defaultValue;
}

/** Whether somebody is writing in a part. */
function written(part) {
  const active = document.activeElement;
  return part.contains(active) && active.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
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
  if (old.matches("[data-keyed]") && fresh.matches("[data-keyed]")) { rekey(old, fresh); return true; }
  if (old.matches(PARTS) && ours.length === theirs.length) return ours.map((one, at) => freshen(one, theirs[at])).every(Boolean);
  const carried = old.matches("[data-carry]") && fresh.matches("[data-carry]");
  if (carried ? written(old) : inUse(old)) { left ||= !carried; return false; }
  const next = fresh.cloneNode(true);
  if (carried) carry(old, next);
  swap(old, next);
  return true;
}

/** Brings a list of lines up to date: those that stay as they are keep their place, their ticks, and the focus. */
function rekey(old, fresh) {
  const ours = new Map([...old.children].map((one) => [one.dataset.key, one])), wanted = [...fresh.children];
  const keys = new Set(wanted.map((one) => one.dataset.key)), gone = [...old.children].filter((one) => !keys.has(one.dataset.key));
  const beside = gone.find((one) => one.contains(document.activeElement))?.nextElementSibling;
  for (const one of gone) one.remove();
  let at = old.firstElementChild;
  for (const one of wanted) {
    const mine = ours.get(one.dataset.key), same = mine?.isEqualNode(one), next = same ? mine : one.cloneNode(true);
    ours.delete(one.dataset.key);
    if (mine && !same) { carry(mine, next); if (at === mine) at = next; swap(mine, next); }
    if (!mine) next.classList.add("arrived");
    if (next === at) at = at.nextElementSibling; else old.insertBefore(next, at);
  }
  while (at) { const rest = at.nextElementSibling; at.remove(); at = rest; }
  if (beside?.isConnected) beside.querySelector("a")?.focus({ preventScroll: true });
}

/** Gives a fresh part what was ticked and typed in the old one. */
function carry(old, fresh) {
  for (const one of [...old.querySelectorAll("input, textarea, select")].filter(typed)) {
    const ticked = one.type === "checkbox" || one.type === "radio";
    const next = [...fresh.querySelectorAll(one.localName)].find((other) => other.name === one.name && (!ticked || other.value === one.value));
    if (next && ticked) next.checked = one.checked;
    else if (next) next.value = one.value;
  }
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

/** The element of a fresh part that the focus goes to. */
function alike(active, fresh) {
  const link = active.getAttribute("href");
  const found = active.id ? fresh.querySelector(`#${CSS.escape(active.id)}`) : link ? fresh.querySelector(`a[href="${CSS.escape(link)}"]`) : fresh.querySelector(active.localName);
  if (found && !found.matches("a, button, input, select, textarea, summary, [tabindex]")) found.tabIndex = -1;
  return found;
}

/** Shows what is held as far as it may be, and offers the rest. */
function apply() {
  const main = shown();
  if (!main || !held) return;
  left = false;
  const whole = freshen(main, held);
  if (whole) held = null;
  offer(left);
  for (const one of document.querySelectorAll("[data-island]")) one.dispatchEvent(new Event("freshened"));
  tools.after();
}

/** The small button that says that there is more to see. */
function offer(wanted) {
  const place = document.getElementById("toasts"), old = place.querySelector(".fresh");
  if (!wanted) { old?.remove(); return; }
  if (old) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "toast fresh";
  button.textContent = place.dataset.fresh;
  button.onclick = () => { offer(false); tools.visit(); };
  place.append(button);
}

/** Reads the page anew; what takes the server long is asked for less often. */
async function refresh() {
  clearTimeout(pause);
  if (asking) { again = true; return; }
  const main = shown(), address = location.href, began = Date.now();
  if (!main || document.hidden) return;
  if (began < asked + pace) { pause = setTimeout(refresh, asked + pace - began); return; }
  asking = true;
  asked = began;
  try {
    const answer = await fetch(address, { headers: { accept: "text/html", "x-requested-with": "dougong" }, credentials: "same-origin" });
    const next = parser.parseFromString(await answer.text(), "text/html").querySelector("main");
    if (shown() !== main || location.href !== address) return;
    pace = Math.min(10000, Math.max(1000, 4 * (Date.now() - began)));
    if (!answer.ok || answer.redirected || !next) { offer(true); return; }
    read = began;
    held = document.adoptNode(next);
    if (next.dataset.live !== main.dataset.live) { main.dataset.live = next.dataset.live ?? ""; follow(); }
    apply();
  } catch { /* offline: the stream comes again, and says so */ } finally {
    asking = false;
    if (again) { again = false; pause = setTimeout(refresh, pace); }
  }
}

function end() {
  clearTimeout(timer);
  source?.close();
  source = null;
  delete document.documentElement.dataset.live;
}

/** Opens the stream of the page that is shown, while somebody looks at it. */
function follow(after = 300) {
  end();
  if (document.hidden || !followed()) return;
  timer = setTimeout(() => {
    const words = new URLSearchParams({ on: followed(), age: Math.max(0, Math.round(Date.now() - read)) });
    source = new EventSource(`/live?${words}`);
    source.onopen = () => { document.documentElement.dataset.live = ""; };
    source.addEventListener("changed", refresh);
    source.addEventListener("counted", () => { if (shown()?.dataset.live.includes("@me")) refresh(); else tools.count(); });
    source.onerror = () => { delete document.documentElement.dataset.live; if (source?.readyState === EventSource.CLOSED) follow(60000); };
  }, after);
}

/** Another page is shown, asked for at that moment. */
export function pageRead(moment) {
  read = moment;
  held = null;
  again = false;
  clearTimeout(pause);
  offer(false);
  follow();
}

/** Begins; `visit` shows the page as a whole, `after` is called when parts of it are fresh. */
export function followChanges(given) {
  tools = given;
  document.addEventListener("visibilitychange", () => { if (document.hidden) end(); else follow(0); });
  addEventListener("pageshow", (event) => { if (event.persisted) follow(0); });
  document.addEventListener("focusout", () => { if (held) setTimeout(apply, 300); });
  follow();
}
