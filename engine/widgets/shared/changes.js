// Changes: a page follows what changes of what it shows, and reads itself anew when it is told of it.
let tools = null, source = null, timer = 0, next = 0, read = performance.timeOrigin, reader = null;

const shown = () => document.querySelector("main[data-live]");

const followed = () => [...document.querySelectorAll(".top-tools[data-live], main[data-live]")].map((one) => one.dataset.live).join(" ");

function end() {
  clearTimeout(timer);
  source?.close();
  source = null;
  delete document.documentElement.dataset.live;
}

/** Something that the page shows has changed, or (`renew`) the page is of definitions that are served no more. */
async function changed(how = "refresh") {
  try {
    reader ??= import("./refreshing.js").then((one) => one.refreshing({ shown, follow, read: (moment) => { read = moment; }, ...tools }));
    (await reader)[how]();
  } catch { reader = null; /* offline: the next change asks again */ }
}

/** Opens the stream. */
function follow(after = 300) {
  end();
  if (document.hidden || !followed()) return;
  timer = setTimeout(() => {
    const words = new URLSearchParams({ on: followed(), age: Math.max(0, Math.round(Date.now() - read)), standing: document.querySelector("main").dataset.standing ?? "" });
    source = new EventSource(`/live?${words}`);
    source.onopen = () => { document.documentElement.dataset.live = ""; };
    source.addEventListener("changed", () => changed());
    source.addEventListener("renewed", () => changed("renew"));
    source.addEventListener("counted", () => { if (shown()?.dataset.live.includes("@me")) changed(); else tools.after(); });
    source.onerror = () => { delete document.documentElement.dataset.live; if (source?.readyState === EventSource.CLOSED) follow(60000); };
  }, after);
}

/** What goes on without a change that could be told of is looked at again after so many seconds. */
function soon() {
  clearTimeout(next);
  const one = document.querySelector("[data-again]");
  if (one) next = setTimeout(async () => { await changed(); soon(); }, 1000 * one.dataset.again);
}

/** Another page is shown, asked for at that moment. */
export function pageRead(moment) {
  read = moment;
  reader?.then((one) => one.forget(), () => {});
  follow();
  soon();
}

/** Begins; `visit` shows the page as a whole, `after` is called when parts of it are fresh. */
export function followChanges(given) {
  tools = given;
  document.addEventListener("visibilitychange", () => { if (document.hidden) end(); else follow(0); });
  addEventListener("pageshow", (event) => { if (event.persisted) follow(0); });
  follow();
  soon();
}
