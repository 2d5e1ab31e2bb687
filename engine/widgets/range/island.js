// Two days in one control: the end is offered from the beginning on, and how many days there are is told.
const DAY = 86400000;

export default function (box) {
  const [begins, ends] = box.querySelectorAll("input"), place = box.querySelector(".range-days");
  const signal = new AbortController();
  const day = (input) => Date.parse(`${input.value.slice(0, 10)}T00:00:00Z`);
  function follow() {
    ends.min = begins.value;
    const days = (day(ends) - day(begins)) / DAY + 1;
    place.textContent = days >= 1 ? box.dataset.days.replace("#", days) : "";
  }
  box.addEventListener("input", follow, { signal: signal.signal });
  for (const one of [begins, ends]) one.addEventListener("told", follow, { signal: signal.signal });
  follow();
  return () => signal.abort();
}
