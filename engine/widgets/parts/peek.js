// A row of a list in a drawer beside it, on a phone in a sheet over it: arrows lead to the next one, its own page is a tap away.
import { ask, over, parse, reason, rename, sent } from "./over.js";

const LINKS = "main [data-opens] :is(a.row-link, a.card-item)";
const QUIET = "input, select, textarea, summary, [contenteditable], [role=tab], [role=option], .menu-list *";
let box = null, url = "", tools = null, turn = 0, leaving = false;

const shown = () => Boolean(box?.isConnected && box.open);
const at = (one) => one.pathname + one.search;
const words = (zh, en) => (tools.language === "zh" ? zh : en);
const links = () => { const all = [...document.querySelectorAll(LINKS)], list = all.find((one) => at(one) === url)?.closest("[data-opens]"); return list ? all.filter((one) => list.contains(one)) : all; };
const link = () => links().find((one) => at(one) === url);
const written = () => [...box.querySelectorAll("textarea, input:not([type=hidden], [type=checkbox], [type=radio])")].some((one) => one.value !== one.defaultValue);

/** The list was drawn anew: its drawer follows it, unless something is written there. */
export function again() {
  if (!shown()) return;
  mark();
  if (!written()) open(url, tools, false);
}

/** Shows a record; `moves` puts the focus into the drawer. */
export async function open(path, api, moves = true) {
  tools = api;
  api.back = back;
  if (moves && shown() && path !== url && written()) { tools.toast(words("先发送或清空写了一半的内容", "Send or clear first what you began to write"), { error: true }); return; }
  const mine = ++turn, answer = await ask(path).catch(() => null);
  if (!answer) { tools.toast(document.getElementById("toasts").dataset.offline, { error: true }); return; }
  const page = parse(await answer.text());
  if (mine !== turn) return;
  if (!answer.ok) { tools.toast(reason(page), { error: true }); return; }
  url = path;
  await show(page, moves);
}

async function show(page, moves) {
  page.head.append(Object.assign(page.createElement("link"), { rel: "stylesheet", href: new URL("drawer.css", import.meta.url).pathname }));
  await tools.dress(page);
  const title = page.querySelector("h1")?.textContent.trim() ?? "", body = document.adoptNode(page.querySelector(".page-body"));
  if (!shown()) make(title);
  rename(body, `peek${turn}-`);
  box.setAttribute("aria-label", title);
  box.querySelector("h2").textContent = title;
  box.querySelector("[data-whole]").href = url;
  const edit = page.querySelector(".page-actions > a.btn"), old = box.querySelector("[data-edit-it]");
  old.hidden = !edit;
  if (edit) old.href = edit.getAttribute("href");
  box.querySelector(".dialog-body").replaceChildren(body);
  box.querySelector(".dialog-body").scrollTop = 0;
  mark();
  await tools.start();
  if (moves) box.querySelector("h2").focus({ preventScroll: true });
}

function make(title) {
  box = over(title, document.createElement("div"), { name: "drawer peek", close: words("关闭", "Close"), beside: innerWidth >= 1024 });
  const head = box.querySelector("header"), shut = head.querySelector("[data-close]");
  head.querySelector("h2").tabIndex = -1;
  for (const [name, text] of [["data-edit-it", words("编辑", "Edit")], ["data-whole", words("打开整页", "Open the page")]]) {
    const one = Object.assign(document.createElement("a"), { className: "btn small", textContent: text });
    one.setAttribute(name, "");
    shut.before(one);
  }
  for (const [step, text, sign] of [[-1, words("上一条", "The one before"), "↑"], [1, words("下一条", "The next one"), "↓"]]) {
    const one = Object.assign(document.createElement("button"), { type: "button", className: "icon-btn small", textContent: sign, title: text });
    one.setAttribute("aria-label", text);
    one.dataset.step = step;
    shut.before(one);
  }
  const mine = box;
  if (box.matches(":modal")) { history.replaceState({ y: scrollY }, ""); history.pushState({ y: scrollY, sheet: true }, ""); }
  box.addEventListener("close", () => {
    if (history.state?.sheet) { leaving = true; history.back(); }
    for (const one of document.querySelectorAll("main [data-peeked]")) one.removeAttribute("data-peeked");
    mine.remove();
    link()?.focus({ preventScroll: true });
  });
  box.addEventListener("click", (event) => { const one = event.target.closest("[data-step]"); if (one) step(Number(one.dataset.step)); });
  box.addEventListener("submit", answer);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !event.target.closest("details[open]:is(.menu, .chip)")) { event.preventDefault(); event.stopPropagation(); box.close(); }
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.target.closest(QUIET)) return;
    event.preventDefault();
    step(by);
  });
}

/** Over a page the way back leads to the page beneath, which stands there still. */
function back() {
  const mine = leaving || (shown() && box.matches(":modal"));
  if (mine && !leaving) box.close();
  leaving = false;
  return mine;
}

function step(by) {
  const all = links(), next = all[all.indexOf(link()) + by];
  if (next && link()) open(at(next), tools);
}

/** Marks the row whose record is shown, and what of the arrows leads on. */
function mark() {
  const all = links(), place = all.indexOf(link());
  for (const one of document.querySelectorAll("main [data-peeked]")) one.removeAttribute("data-peeked");
  all[place]?.closest("tr, .card-item, li").setAttribute("data-peeked", "");
  all[place]?.scrollIntoView({ block: "nearest" });
  for (const one of box.querySelectorAll("[data-step]")) one.disabled = place < 0 || !all[place + Number(one.dataset.step)];
}

/** A form of the record is sent from the drawer; what comes back about it is shown there, another page as a page. */
async function answer(event) {
  const form = event.target, button = event.submitter;
  if (form.method !== "post" || form.closest("[data-native]")) return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "1";
  button?.setAttribute("aria-busy", "true");
  const files = form.enctype === "multipart/form-data", action = button?.getAttribute("formaction") || form.getAttribute("action");
  try {
    const got = await ask(action, { method: "POST", body: files ? new FormData(form, button) : sent(form, button) });
    const page = parse(await got.text()), there = new URL(got.url);
    if (got.ok && there.pathname !== url.split("?")[0]) { tools.go(there.href); return; }
    for (const one of page.querySelectorAll("[data-warned] li")) tools.toast(one.textContent, { error: true });
    if (page.querySelector(".page-body form, .page-body .record-head")) { turn += 1; await show(page, true); }
    else tools.toast(reason(page), { error: true });
  } catch { tools.toast(document.getElementById("toasts").dataset.offline, { error: true }); } finally { delete form.dataset.sending; button?.removeAttribute("aria-busy"); }
}
