// Lines: a list that is brought up to date line by line, and what its reader has ticked and typed. Loaded where a page has one.
/** Brings lines, or a part whose fields are carried over, up to date; false while somebody writes in it. */
export function freshen(old, fresh, tools) {
  if (old.matches("[data-keyed]")) { rekey(old, fresh, tools); return true; }
  if (tools.written(old)) return false;
  const next = fresh.cloneNode(true);
  carry(old, next, tools.typed);
  tools.swap(old, next);
  return true;
}

/** Brings a list of lines up to date: those that stay as they are keep their place, their ticks, and the focus. */
function rekey(old, fresh, { swap, typed }) {
  const ours = new Map([...old.children].map((one) => [one.dataset.key, one])), wanted = [...fresh.children];
  const keys = new Set(wanted.map((one) => one.dataset.key)), gone = [...old.children].filter((one) => !keys.has(one.dataset.key));
  const beside = gone.find((one) => one.contains(document.activeElement))?.nextElementSibling;
  for (const one of gone) one.remove();
  let at = old.firstElementChild;
  for (const one of wanted) {
    const mine = ours.get(one.dataset.key), same = mine?.isEqualNode(one), next = same ? mine : one.cloneNode(true);
    ours.delete(one.dataset.key);
    if (mine && !same) { carry(mine, next, typed); if (at === mine) at = next; swap(mine, next); }
    if (!mine) next.classList.add("arrived");
    if (next === at) at = at.nextElementSibling; else old.insertBefore(next, at);
  }
  while (at) { const rest = at.nextElementSibling; at.remove(); at = rest; }
  if (beside?.isConnected) beside.querySelector("a")?.focus({ preventScroll: true });
}

/** Gives a fresh part what was ticked and typed in the old one. */
function carry(old, fresh, typed) {
  for (const one of [...old.querySelectorAll("input, textarea, select")].filter(typed)) {
    const ticked = one.type === "checkbox" || one.type === "radio";
    const next = [...fresh.querySelectorAll(one.localName)].find((other) => other.name === one.name && (!ticked || other.value === one.value));
    if (next && ticked) next.checked = one.checked;
    else if (next) next.value = one.value;
  }
}
