// Rows of a list open in a drawer beside it, on a phone in a sheet over it. What shows them comes with the first one.
let peek = null;

const begin = () => (peek ??= import("./peek.js"));

export default function (list, api) {
  const signal = new AbortController();
  list.addEventListener("click", async (event) => {
    const found = event.target.closest("a.row-link, a.card-item");
    if (!found || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    try { (await begin()).open(found.pathname + found.search, api); } catch { peek = null; api.go(found.href); }
  }, { signal: signal.signal });
  peek?.then((one) => one.again());
  return () => signal.abort();
}
