// The loader: pages work without it; with it they change without a flash. Islands, toasts, keys.
import { announce, closeMenus, keys, restoreFold } from "./behaviour.js";
import { followChanges, pageRead } from "./changes.js";

const base = new URL("../", import.meta.url);
const parser = new DOMParser();
const live = new Map();
let running = null;

/** Whether the browser should follow this address itself. */
const native = (url, element) =>
  url.origin !== location.origin || /^\/(api|files|export|static)\//.test(url.pathname) || element.closest("[data-native]") || element.hasAttribute("download") ||
  (element.target && element.target !== "_self");

const api = {
  language: document.documentElement.lang.startsWith("zh") ? "zh" : "en",
  toast: announce,
  go: (url, keep = 0) => visit(new URL(url, location.href), { push: true, keep }),
  dress: (page) => dress(page),
  start: startIslands,
  back: () => false, // Takes the way back before the page does, and tells whether it did.
};

/** Starts the islands that are in the page and not yet running; ends those that left it. */
async function startIslands() {
  for (const [element, dispose] of live) {
    if (!element.isConnected) { live.delete(element); if (typeof dispose === "function") dispose(); }
  }
  for (const element of document.querySelectorAll("[data-island]")) {
    if (live.has(element)) continue;
    live.set(element, null);
    const name = element.dataset.island;
    const url = name.startsWith("/") && !name.startsWith("//") ? name : new URL(`${name}/island.js`, base);
    try { live.set(element, (await import(url)).default(element, api)); } catch (problem) { console.error("island", name, problem); }
  }
}

/** Loads the style sheets of a fetched page that the shown one has not, so that it does not stand there bare. */
const dress = (next) => Promise.all([...next.querySelectorAll("link[rel=stylesheet]")].filter((one) => !document.querySelector(`link[href="${one.getAttribute("href")}"]`)).map((one) =>
  new Promise((done) => { one.onload = one.onerror = done; document.head.append(document.adoptNode(one)); })));

const words = (one) => [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join(" ");

/** Puts in place what differs of a part of the shell: what stays is neither styled nor laid out again. */
function align(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  const ours = [...old.children], theirs = [...fresh.children];
  const within = ours.length && ours.length === theirs.length && old.cloneNode().isEqualNode(fresh.cloneNode()) && words(old) === words(fresh);
  if (within) ours.forEach((one, at) => align(one, theirs[at]));
  else old.replaceWith(document.adoptNode(fresh));
}

/** Puts a fetched page in place of the shown one. Whatever is read of the layout is read first: afterwards it would be made twice. */
function show(next, url, { push, keep, began }) {
  const main = next.querySelector("main");
  if (!main || next.querySelector(".app") === null !== (document.querySelector(".app") === null) || next.documentElement.lang !== document.documentElement.lang) {
    location.assign(url); return;
  }
  const sheet = history.state?.sheet; // What lies over a page is left with it: the way back leads to the page beneath.
  if (push && !sheet) history.replaceState({ y: scrollY }, "");
  if (push) history[sheet ? "replaceState" : "pushState"]({ y: 0 }, "", url);
  const top = document.querySelector(".side-nav")?.scrollTop, folded = document.getElementById("nav-fold")?.checked;
  document.title = next.title;
  for (const box of document.querySelectorAll("body > dialog")) box.remove();
  for (const name of ["theme", "figures", "density"]) document.documentElement.dataset[name] = next.documentElement.dataset[name];
  document.querySelector("main").replaceWith(document.adoptNode(main));
  for (const old of document.querySelectorAll("[data-sync][id]")) {
    const fresh = next.getElementById(old.id);
    if (fresh) align(old, fresh);
  }
  const nav = document.querySelector(".side-nav"), fold = document.getElementById("nav-fold"), drawer = document.getElementById("nav-open");
  if (fold && fold.checked !== folded) fold.checked = folded;
  if (nav && top) nav.scrollTop = top;
  if (drawer) drawer.checked = false;
  scrollTo(0, keep ?? 0);
  settle();
  pageRead(began);
}

/** How much waits for the reader, beside the inbox, and what they have not read, beside the bell. */
async function count() {
  const links = document.querySelectorAll("[data-counted]");
  if (!links.length) return;
  try {
    const answer = await fetch("/api/inbox/count", { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const all = await answer.json();
    for (const link of links) {
      const found = all[link.dataset.counted];
      const mark = link.querySelector(".count");
      mark.hidden = !found;
      mark.textContent = found < 100 ? found : "99+";
      if (found) link.setAttribute("aria-label", link.dataset.words.replace("#", found));
    }
  } catch { /* offline: the number stays as it was */ }
}

/** After a page is in place: focus, toast, islands. */
function settle() {
  const main = document.querySelector("main");
  const place = main.querySelector(".conflict") || main.querySelector("[aria-invalid=true]") || main.querySelector("[role=alert]:not(.error)") || main.querySelector("[autofocus]") || main.querySelector("h1") || main;
  if (!place.hasAttribute("tabindex") && !place.matches("input,select,textarea,button,a")) place.tabIndex = -1;
  place.focus({ preventScroll: !place.matches("[aria-invalid=true],[role=alert]") });
  toasts();
  startIslands();
  count();
}

function toasts() {
  for (const note of document.querySelectorAll("template[data-toast]")) {
    announce(note.content.textContent.trim(), { error: note.hasAttribute("data-error"), undo: note.dataset.undoAction ? () => send(note.dataset.undoAction, new FormData()) : null });
    note.remove();
  }
}

async function load(url, options, how) {
  running?.abort();
  running = new AbortController();
  const mine = running, began = Date.now();
  document.documentElement.dataset.busy = "";
  try {
    const answer = await fetch(url, { ...options, signal: mine.signal, headers: { accept: "text/html", "x-requested-with": "dougong", ...options?.headers }, credentials: "same-origin" });
    const type = answer.headers.get("content-type") || "";
    if (!type.includes("text/html")) { location.assign(answer.url); return; }
    const arrived = new URL(answer.url);
    if (answer.redirected && arrived.pathname === "/sign-in" && location.pathname !== "/sign-in") { location.assign(arrived); return; }
    arrived.hash = new URL(url, location.href).hash;
    const next = parser.parseFromString(await answer.text(), "text/html");
    const refused = options?.method === "POST" && (!answer.ok || (!answer.redirected && next.querySelector("[data-stays]"))); // The form came back: its own address stays, so that a reload shows it.
    await dress(next);
    if (!mine.signal.aborted) show(next, arrived, { ...how, began, push: how.push && !refused && (answer.redirected || arrived.href !== location.href) });
  } catch (problem) {
    if (problem.name === "AbortError") return;
    if (options?.method === "POST") announce(document.getElementById("toasts").dataset.offline, { error: true });
    else location.assign(url);
  } finally {
    if (running === mine) delete document.documentElement.dataset.busy;
  }
}

const visit = (url, how = { push: true }) => load(url, undefined, how);
const send = (action, body) => load(action, { method: "POST", body }, { push: true });

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.getAttribute("href").startsWith("#") ? link.href : link.href.baseVal ?? link.href, location.href);
  if (native(url, link) || (url.pathname === location.pathname && url.search === location.search && url.hash)) return;
  event.preventDefault();
  closeMenus();
  visit(url, { push: true, keep: link.closest(".table th, .table-foot, .month-head, .seg, .views, .chips") ? scrollY : 0 });
});

addEventListener("submit", (event) => {
  const form = event.target, button = event.submitter;
  if (event.defaultPrevented || form.method === "dialog") return;
  const action = new URL(button?.getAttribute("formaction") || form.getAttribute("action") || location.href, location.href);
  if (native(action, form) || /^\/(sign-in|sign-out|preferences|view-as)$/.test(action.pathname)) return;
  const values = new FormData(form, button);
  event.preventDefault();
  closeMenus();
  if (form.method === "get") {
    action.search = new URLSearchParams([...values].filter(([, value]) => typeof value === "string" && value !== "")).toString();
    visit(action, { push: true, keep: form.closest(".toolbar") ? scrollY : 0 });
    return;
  }
  if (form.dataset.sending) return;
  form.dataset.sending = "1";
  button?.setAttribute("aria-busy", "true");
  const plain = form.enctype !== "multipart/form-data";
  load(action, { method: "POST", body: plain ? new URLSearchParams(values) : values }, { push: true }).finally(() => { delete form.dataset.sending; button?.removeAttribute("aria-busy"); });
});

addEventListener("popstate", (event) => { if (!api.back() && (!location.hash || event.state)) visit(new URL(location.href), { push: false, keep: event.state?.y }); });
history.scrollRestoration = "manual";
addEventListener("pagehide", () => { history.replaceState({ y: scrollY }, ""); });
if (history.state?.y) scrollTo(0, history.state.y);

restoreFold();
keys();
toasts();
startIslands();
count();
followChanges({ visit: () => visit(new URL(location.href), { push: false, keep: scrollY }), after: () => { startIslands(); count(); } });
