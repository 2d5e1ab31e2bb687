// A board in hand: a card is dragged by mouse, by a long press, or moved from a list by keys; the server decides, and says why not.
import field from "../field/island.js";
import { ask, over, parse, reason, sent } from "../parts/over.js";

const HOLD = 350, START = 6;
export default function (board, api) {
  const ends = new AbortController();
  const listen = (target, name, act, more = {}) => target.addEventListener(name, act, { signal: ends.signal, ...more });
  let held = null;

  const column = (card) => card.closest(".board-col");
  const label = (name) => board.querySelector(`[data-column="${CSS.escape(name)}"] .badge`)?.textContent ?? name;
  const card = (key) => board.querySelector(`.board-card[data-key="${CSS.escape(key)}"]`);

  /** Where a card may go, as the server says: forms by column, with the reason for those that are shut. */
  async function moves(one) {
    const answer = await ask(one.querySelector("[data-move]").href);
    return parse(await answer.text());
  }

  /** Takes a move; the board that comes back takes the place of the one that is shown. */
  async function take(form, key, target, button) {
    const answer = await ask(form.getAttribute("action"), { method: "POST", body: sent(form, button) });
    const page = parse(await answer.text());
    if (answer.ok) {
      show(page);
      api.toast(`${board.dataset.moved} ${label(target)}`);
      for (const one of page.querySelectorAll("[data-warned] li")) api.toast(one.textContent, { error: true });
      (card(key)?.querySelector(".board-link") ?? board).focus({ preventScroll: true });
      return true;
    }
    const more = page.querySelector("main form.form-page");
    if (answer.status === 422 && more?.querySelector(".field")) { fill(more, page, key, target); return false; }
    api.toast(reason(page) || board.dataset.stays, { error: true });
    return false;
  }

  function show(page) {
    const fresh = page.querySelector(".board");
    if (!fresh) return;
    const ours = [...board.querySelectorAll(".board-cards")].map((one) => one.scrollTop);
    board.replaceChildren(...[...fresh.children].map((one) => document.adoptNode(one)));
    board.querySelectorAll(".board-cards").forEach((one, at) => { one.scrollTop = ours[at] ?? 0; });
  }

  /** A dialog over the board; `body` stands in it. */
  function dialog(title, body) {
    const box = over(title, body, { name: "board-dialog", close: board.dataset.close });
    box.addEventListener("close", () => box.remove());
    return box;
  }

  /** What a move asks for is filled in over the board. */
  function fill(form, page, key, target) {
    const made = document.adoptNode(form), box = dialog(page.querySelector("h1")?.textContent.trim() ?? "", made);
    made.querySelector(".actionbar a")?.remove();
    field(made, api);
    made.querySelector("[aria-invalid=true], input:not([type=hidden]), select, textarea")?.focus();
    made.addEventListener("submit", async (event) => { event.preventDefault(); event.stopPropagation(); const done = take(made, key, target, event.submitter); box.close(); await done; });
  }

  /** The list of where a card may go. */
  async function choose(one) {
    const key = one.dataset.key, page = await moves(one), list = page.querySelector(".move-list");
    if (!list) { api.toast(reason(page), { error: true }); return; }
    const box = dialog(`${page.querySelector("h1").textContent.trim()} ${one.querySelector("strong").textContent}`, document.adoptNode(list));
    box.querySelector("button:not([disabled]):not([data-close])")?.focus();
    box.addEventListener("submit", async (event) => {
      const form = event.target.closest("[data-target] form");
      if (!form) return;
      event.preventDefault();
      event.stopPropagation();
      const target = form.closest("[data-target]").dataset.target;
      const done = take(form, key, target, event.submitter);
      box.close();
      await done;
    });
  }

  /** A card is in hand: a copy of it follows the pointer, columns show whether they take it. */
  function lift(event) {
    const one = held.card, box = one.getBoundingClientRect();
    held.lifted = true;
    held.ghost = one.cloneNode(true);
    held.ghost.classList.add("board-ghost");
    held.ghost.setAttribute("aria-hidden", "true");
    held.ghost.style.width = `${box.width}px`;
    held.by = [event.clientX - box.left, event.clientY - box.top];
    document.body.append(held.ghost);
    one.classList.add("held");
    board.setAttribute("aria-busy", "true");
    board.classList.add("dragging");
    const mine = held;
    held.moves = moves(one).then((page) => {
      mine.page = page;
      for (const place of board.querySelectorAll(".board-col")) {
        const found = page.querySelector(`[data-target="${CSS.escape(place.dataset.column)}"]`);
        place.dataset.drop = place.contains(one) ? "home" : found && !found.dataset.reason ? "yes" : "no";
      }
    }, () => {});
    follow(event);
    glide();
  }

  function follow(event) {
    held.ghost.style.transform = `translate(${event.clientX - held.by[0]}px, ${event.clientY - held.by[1]}px)`;
    const over = document.elementsFromPoint(event.clientX, event.clientY).find((one) => one.matches?.(".board-col") && board.contains(one));
    for (const one of board.querySelectorAll(".board-col.over")) if (one !== over) one.classList.remove("over");
    over?.classList.add("over");
    held.over = over;
    const edge = board.getBoundingClientRect();
    held.glide = event.clientX > edge.right - 40 ? 8 : event.clientX < edge.left + 40 ? -8 : 0;
  }

  /** A board wider than the screen scrolls while a card is held at its edge. */
  function glide() {
    if (!held?.lifted) return;
    if (held.glide) board.scrollLeft += held.glide;
    requestAnimationFrame(glide);
  }

  function lay() {
    clearTimeout(held?.timer);
    held?.ghost?.remove();
    held?.card.classList.remove("held");
    for (const one of board.querySelectorAll(".board-col")) { one.classList.remove("over"); delete one.dataset.drop; }
    board.removeAttribute("aria-busy");
    board.classList.remove("dragging");
    held = null;
  }

  async function drop() {
    const { card: one, over } = held, mine = held;
    await mine.moves;
    lay();
    if (!over || over === column(one) || !mine.page) return;
    const target = over.dataset.column, found = mine.page.querySelector(`[data-target="${CSS.escape(target)}"]`);
    if (!found || found.dataset.reason) { api.toast(found?.dataset.reason || mine.page.querySelector(".move-list > .subtle")?.textContent.trim() || board.dataset.stays, { error: true }); return; }
    over.querySelector(".board-cards").prepend(one);
    const stood = await take(found.querySelector("form"), one.dataset.key, target).catch(() => { api.toast(document.getElementById("toasts").dataset.offline, { error: true }); return false; });
    if (!stood) home(one, mine);
  }

  /** A refused card goes back to where it was. */
  function home(one, mine) {
    if (one.isConnected) mine.from.insertBefore(one, mine.before?.parentElement === mine.from ? mine.before : null);
  }

  listen(board, "pointerdown", (event) => {
    const one = event.target.closest(".board-card");
    if (!one || event.button || held || event.target.closest("[data-move]")) return;
    held = { card: one, x: event.clientX, y: event.clientY, id: event.pointerId, touch: event.pointerType !== "mouse", from: one.parentElement, before: one.nextElementSibling };
    if (held.touch) held.timer = setTimeout(() => { if (held && !held.lifted) { navigator.vibrate?.(15); lift(event); } }, HOLD);
  });
  listen(document, "pointermove", (event) => {
    if (!held || event.pointerId !== held.id) return;
    const far = Math.hypot(event.clientX - held.x, event.clientY - held.y);
    if (held.lifted) { event.preventDefault(); follow(event); }
    else if (held.touch && far > 10) lay();
    else if (!held.touch && far > START) lift(event);
  });
  listen(document, "touchmove", (event) => { if (held?.lifted) event.preventDefault(); }, { passive: false });
  listen(document, "pointerup", (event) => { if (held && event.pointerId === held.id) { if (held.lifted) { still(); drop(); } else lay(); } });
  listen(document, "pointercancel", () => { if (held) lay(); });
  listen(document, "keydown", (event) => { if (event.key === "Escape" && held?.lifted) { event.stopPropagation(); lay(); } }, { capture: true });
  listen(board, "dragstart", (event) => event.preventDefault());
  listen(board, "contextmenu", (event) => { if (held?.lifted) event.preventDefault(); });

  /** The click that ends a drag opens nothing. */
  function still() {
    const stop = (event) => { event.preventDefault(); event.stopPropagation(); };
    document.addEventListener("click", stop, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", stop, true), 50);
  }

  listen(board, "click", (event) => {
    const link = event.target.closest("[data-move]");
    if (link) { event.preventDefault(); event.stopPropagation(); choose(link.closest(".board-card")); }
  });
  const STEPS = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };
  listen(board, "keydown", (event) => {
    const one = event.target.closest(".board-card"), step = STEPS[event.key];
    if (!one || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "m") { event.preventDefault(); choose(one); return; }
    if (!step) return;
    const places = [...board.querySelectorAll(".board-cards")], mine = places.indexOf(one.parentElement), at = [...one.parentElement.querySelectorAll(".board-card")].indexOf(one);
    const there = places[mine + step[0]]?.querySelectorAll(".board-card");
    const next = there?.[step[0] ? Math.min(at, there.length - 1) : at + step[1]];
    if (next) { event.preventDefault(); next.querySelector("a").focus(); }
  });
  board.inHand = true;
  return () => { if (held) lay(); ends.abort(); };
}
