// Province, city, district: each offers what lies in the one before it. The divisions are read when the first is touched.
let divisions = null;
const read = () => (divisions ||= fetch(new URL("divisions.json", import.meta.url)).then((answer) => answer.json()).catch(() => { divisions = null; return {}; }));

export default function (box) {
  const signal = new AbortController();
  const listen = (target, name, act) => target.addEventListener(name, act, { signal: signal.signal });
  const selects = [...box.querySelectorAll("select")];
  listen(box, "focusin", read);
  listen(box, "change", async (event) => {
    const at = selects.indexOf(event.target);
    if (at < 0 || at === selects.length - 1) return;
    const known = await read();
    for (const [step, select] of selects.entries()) if (step > at) offer(select, step === at + 1 && event.target.value ? known[event.target.value] || [] : []);
    const next = selects[at + 1];
    if (next.options.length === 2) { next.value = next.options[1].value; next.dispatchEvent(new Event("change", { bubbles: true })); }
  });
  return () => signal.abort();
}

function offer(select, found) {
  select.replaceChildren(select.options[0], ...found.map(([code, name]) => new Option(name, code)));
  select.value = "";
  select.toggleAttribute("data-none", found.length === 0);
}

/** What the addresses of a form stand for: the code of the deepest division, and what is written behind it. */
export function addressCells(form) {
  return [...form.querySelectorAll("[data-address]")].map((box) => {
    const code = [...box.querySelectorAll("select")].map((one) => one.value).filter(Boolean).pop() || "";
    return [box.querySelector("select").name.replace(/@province$/, ""), `${code} ${box.querySelector("input").value.trim()}`.trim() || null];
  });
}
