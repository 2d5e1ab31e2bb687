// After an @ in a comment: a list of people who may read the record; the one chosen is written out.
const PAUSE = 150, ASKED = /(?:^|[^A-Za-z0-9._%+-])@([^\s@]{0,30})$/;

export default function comments(form, api) {
  const area = form.querySelector("textarea"), list = document.createElement("div");
  let shown = [], active = -1, turn = 0, timer = 0, start = -1;
  const stop = new AbortController(), on = (name, act) => area.addEventListener(name, act, { signal: stop.signal });

  Object.assign(list, { className: "picker-list", id: `${area.id || api.language}-people`, popover: "manual" });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", api.language === "zh" ? "提到谁" : "Whom to name");
  form.append(list);
  area.setAttribute("aria-autocomplete", "list");

  const opened = () => list.matches(":popover-open");
  function close() {
    turn++;
    clearTimeout(timer);
    if (opened()) list.hidePopover();
    active = -1;
    area.removeAttribute("aria-activedescendant");
  }
  function mark(index) {
    const options = list.children;
    active = (index + options.length) % options.length;
    [...options].forEach((one, at) => one.toggleAttribute("data-active", at === active));
    options[active].scrollIntoView({ block: "nearest" });
    area.setAttribute("aria-activedescendant", options[active].id);
  }
  function choose(index) {
    const text = `@${shown[index].written} `;
    area.setRangeText(text, start, area.selectionStart, "end");
    close();
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function draw(people) {
    shown = people;
    if (!people.length) return close();
    list.replaceChildren(...people.map((one, index) => {
      const option = document.createElement("div");
      Object.assign(option, { id: `${list.id}-${index}`, textContent: one.label });
      option.setAttribute("role", "option");
      option.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(index); });
      return option;
    }));
    if (!opened()) list.showPopover();
    const at = area.getBoundingClientRect(), below = innerHeight - at.bottom > 180 || at.top < 200;
    Object.assign(list.style, { left: `${at.left}px`, width: `${Math.min(at.width, 320)}px`, top: below ? `${at.bottom + 4}px` : "auto", bottom: below ? "auto" : `${innerHeight - at.top + 4}px` });
    mark(0);
  }
  async function find(text) {
    const mine = ++turn;
    const answer = await fetch(`${form.dataset.people}?q=${encodeURIComponent(text)}`, { headers: { accept: "application/json" } }).catch(() => null);
    if (mine !== turn || !answer?.ok) return;
    const found = (await answer.json()).data;
    if (mine === turn) draw(found);
  }

  on("input", () => {
    const before = area.value.slice(0, area.selectionStart), asked = ASKED.exec(before);
    if (!asked) return close();
    start = before.length - asked[1].length - 1;
    clearTimeout(timer);
    timer = setTimeout(() => find(asked[1]), PAUSE);
  });
  on("keydown", (event) => {
    if (!opened() || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); mark(active + step); }
    else if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); choose(active); }
    else if (event.key === "Escape") { event.stopPropagation(); close(); }
  });
  on("blur", close);
  return () => { stop.abort(); list.remove(); };
}
