// Screen: a dashboard on a wall stays awake, follows changes, turns its sheets, and says when it has lost its server.
const SILENT = 75000, OFTEN = 300000, LEAST = 0.4;
const inHand = matchMedia("(max-width: 700px)");
const parser = new DOMParser();
let source = null, heard = Date.now(), read = performance.timeOrigin, asking = false, again = false, turning = 0, awake = null;

const main = () => document.querySelector("main[data-screen]");

/** How large what stands in a tile may be. */
function largest(tile, most) {
  const inner = tile.firstElementChild;
  let low = LEAST, high = most;
  for (let step = 0; step < 9; step += 1) {
    const middle = (low + high) / 2;
    inner.style.zoom = middle;
    if (inner.offsetHeight * middle <= tile.clientHeight + 1 && inner.scrollWidth <= inner.clientWidth + 1) low = middle; else high = middle;
  }
  return low;
}

/** What stands in a tile is made as large as fits; figures in low rows are all of one size. In a hand all keep their size. */
function fit() {
  if (inHand.matches) { for (const inner of document.querySelectorAll(".screen-fit")) inner.style.zoom = ""; return; }
  const most = 2 * Math.max(0.75, innerHeight / 1080);
  const tiles = [...document.querySelectorAll(".screen-tile:not(:empty)")].map((tile) => ({ tile, low: tile.closest(".low"), zoom: largest(tile, most) }));
  const least = Math.min(...tiles.filter((one) => one.low).map((one) => one.zoom));
  for (const { tile, low, zoom } of tiles) tile.firstElementChild.style.zoom = low ? least : zoom;
}

function lost(yes) {
  const root = document.documentElement, sign = document.querySelector(".screen-lost");
  if (yes === ("screenLost" in root.dataset)) return;
  if (yes) { root.dataset.screenLost = ""; delete root.dataset.screenLive; } else { delete root.dataset.screenLost; root.dataset.screenLive = ""; }
  if (sign) { sign.hidden = !yes; sign.querySelector("time").textContent = document.querySelector(".screen-live time").textContent; }
  requestAnimationFrame(fit);
}

/** Puts the fresh tiles in place of those that differ, so that nothing flickers. */
function place(next) {
  const old = main(), tiles = [...old.querySelectorAll(".screen-tile")], fresh = [...next.querySelectorAll(".screen-tile")];
  const same = tiles.length === fresh.length && tiles.every((one, at) => one.className === fresh[at].className);
  for (const name of ["next", "watched", "turn"]) old.dataset[name] = next.dataset[name];
  old.querySelector(".screen-top .screen-head").replaceWith(next.querySelector(".screen-head"));
  const turn = old.querySelector(".screen-turn"), turned = next.querySelector(".screen-turn");
  if (turn && turned) turn.replaceWith(turned);
  old.querySelector(".screen-live time").textContent = next.querySelector(".screen-live time").textContent;
  if (!same) old.querySelector(".screen-rows").replaceWith(next.querySelector(".screen-rows"));
  else tiles.forEach((one, at) => {
    const zoom = one.firstElementChild.style.zoom;
    one.firstElementChild.removeAttribute("style");
    if (one.isEqualNode(fresh[at])) one.firstElementChild.style.zoom = zoom; else one.replaceChildren(...fresh[at].childNodes);
  });
  fit();
}

async function refresh(address = location.href) {
  if (asking) { again = true; return; }
  asking = true;
  const began = Date.now();
  try {
    const answer = await fetch(address, { headers: { accept: "text/html" }, credentials: "same-origin" });
    const next = parser.parseFromString(await answer.text(), "text/html");
    const fresh = next.querySelector("main[data-screen]");
    if (!answer.ok || answer.redirected || !fresh) { lost(true); return; }
    for (const sheet of next.querySelectorAll("link[rel=stylesheet]")) {
      if (!document.querySelector(`link[href="${CSS.escape(sheet.getAttribute("href"))}"]`)) document.head.append(document.adoptNode(sheet));
    }
    if (address !== location.href) history.replaceState(null, "", address);
    const watched = main().dataset.watched;
    place(document.adoptNode(fresh));
    read = began;
    heard = Date.now();
    lost(false);
    if (main().dataset.watched !== watched && !main().dataset.screen.startsWith("/screen/")) follow();
    else if (main().dataset.screen.startsWith("/screen/") && address !== location.href) follow();
  } catch { lost(true); } finally {
    asking = false;
    if (again) { again = false; setTimeout(refresh, 1000); }
  }
}

function follow() {
  source?.close();
  const { screen, watched } = main().dataset;
  if (!watched) return;
  source = new EventSource(`${screen}?${new URLSearchParams({ on: watched, age: Math.max(0, Math.round(Date.now() - read)) })}`);
  source.onopen = () => { heard = Date.now(); if ("screenLost" in document.documentElement.dataset) refresh(); else document.documentElement.dataset.screenLive = ""; };
  source.addEventListener("changed", () => refresh());
  source.onerror = () => { heard = Math.min(heard, Date.now() - SILENT + 5000); if (source?.readyState === EventSource.CLOSED) setTimeout(follow, 5000); };
}

function watch() {
  if (source?.readyState === EventSource.OPEN) heard = Date.now();
  else if (main().dataset.watched && Date.now() - heard > SILENT) { lost(true); refresh(); }
  if (Date.now() - read > OFTEN) refresh();
}

function turn() {
  clearTimeout(turning);
  const { next, turn: seconds } = main().dataset;
  if (next) turning = setTimeout(async () => { if (!inHand.matches) await refresh(new URL(main().dataset.next, location.href).href); turn(); }, Number(seconds) * 1000);
}

async function stayAwake() {
  try { if (!document.hidden) awake = await navigator.wakeLock?.request("screen"); } catch { awake = null; }
}

document.addEventListener("click", (event) => { if (event.target.closest("[data-whole]")) document.documentElement.requestFullscreen?.().catch(() => {}); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && (!awake || awake.released)) stayAwake(); });
addEventListener("resize", fit);
addEventListener("offline", () => lost(true));
addEventListener("online", () => refresh());
fit();
document.fonts?.ready.then(fit);
follow();
turn();
stayAwake();
setInterval(watch, 5000);
