// The counter-offer as it is typed: sliders, steppers and inputs are one; the packages move with what the server answers.
const WAIT = 120; // Milliseconds of quiet after which the server is asked.

export default function (page, api) {
  const form = page.querySelector("#offer"), told = page.querySelector("[data-told]");
  const parser = new DOMParser(), ends = new AbortController(), signal = ends.signal;
  let asked = null, waiting = 0;
  const number = (text) => Number(text.normalize("NFKC").replace(/[,\s%]/g, ""));
  const slider = (input) => form.querySelector(`[data-slides="${input.id}"]`);

  for (const one of form.querySelectorAll("[data-slide], [data-by]")) one.hidden = false;
  for (const one of form.querySelectorAll("[data-plain]")) one.hidden = true;

  /** Puts a lever to a value; what was typed stays as it was typed. */
  function put(input, value) {
    input.value = value;
    const slide = slider(input);
    if (slide) slide.value = value;
  }

  async function ask() {
    asked?.abort();
    asked = new AbortController();
    const mine = asked, body = new URLSearchParams(new FormData(form));
    body.set("part", "moving");
    page.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal: mine.signal, headers: { accept: "text/html", "x-requested-with": "dougong" }, credentials: "same-origin" });
      const next = parser.parseFromString(await answer.text(), "text/html");
      if (mine.signal.aborted) return;
      if (answer.ok && next.querySelector("[data-moves]")) show(next);
      else api.toast(next.querySelector("main h1, [role=alert]")?.textContent.trim() || form.dataset.failed, { error: true });
    } catch (problem) {
      if (problem.name !== "AbortError") api.toast(form.dataset.failed, { error: true });
    } finally {
      if (asked === mine) page.removeAttribute("aria-busy");
    }
  }

  /** Puts in place what moved; what is unfolded, chosen or scrolled to stays so. */
  function show(next) {
    const open = new Set([...page.querySelectorAll("[data-fold][open]")].map((one) => one.dataset.fold));
    const chosen = page.querySelector("input[name=package]:checked")?.value, cards = page.querySelector("[data-cards]"), left = cards?.scrollLeft;
    const focus = document.activeElement?.id;
    for (const fresh of next.querySelectorAll("[data-moves]")) {
      const old = page.querySelector(`[data-moves="${fresh.dataset.moves}"]`);
      if (old && !old.isEqualNode(fresh)) old.replaceWith(document.adoptNode(fresh));
    }
    for (const one of page.querySelectorAll("[data-fold]")) one.open = open.has(one.dataset.fold);
    const again = chosen && page.querySelector(`input[name=package][value="${chosen}"]`);
    if (again) again.checked = true;
    const moved = page.querySelector("[data-cards]");
    if (moved && left) moved.scrollLeft = left;
    if (focus && document.activeElement?.id !== focus) document.getElementById(focus)?.focus({ preventScroll: true });
    const problems = new Map([...next.querySelectorAll("[data-problem]")].map((one) => [one.dataset.problem, one.textContent]));
    for (const input of form.querySelectorAll("[name^='t.']")) {
      const problem = problems.get(input.name), field = input.closest(".field");
      field.classList.toggle("invalid", Boolean(problem));
      field.querySelector(".error")?.remove();
      if (problem) { input.setAttribute("aria-invalid", "true"); const words = document.createElement("p"); words.className = "error"; words.textContent = problem; field.append(words); } else input.removeAttribute("aria-invalid");
    }
    const words = next.querySelector("[data-says]")?.textContent ?? "";
    if (told.textContent !== words) told.textContent = words;
  }

  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(ask, WAIT);
  }

  form.addEventListener("input", (event) => {
    const one = event.target;
    if (one.dataset.slides) document.getElementById(one.dataset.slides).value = one.value;
    else if (one.id && slider(one) && !Number.isNaN(number(one.value))) slider(one).value = number(one.value);
    later();
  }, { signal });

  form.addEventListener("click", (event) => {
    const step = event.target.closest("[data-by]");
    if (!step) return;
    const lever = step.closest("[data-lever]"), slide = lever.querySelector("[data-slides]"), input = lever.querySelector("[name^='t.']");
    if (step.dataset.by > 0) slide.stepUp(); else slide.stepDown();
    put(input, slide.value);
    later();
  }, { signal });

  page.addEventListener("click", (event) => {
    const from = event.target.closest("[data-terms]");
    if (from) {
      event.preventDefault();
      for (const [key, value] of Object.entries(JSON.parse(from.dataset.terms))) {
        const input = form.elements[`t.${key}`];
        if (input) put(input, value);
      }
      ask();
      form.scrollIntoView({ block: "nearest" });
    }
    const chooses = event.target.closest("label.btn[for]");
    if (chooses) requestAnimationFrame(() => page.querySelector("#decide")?.scrollIntoView({ block: "nearest" }));
  }, { signal });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    ask();
  }, { signal });

  return () => { clearTimeout(waiting); asked?.abort(); ends.abort(); };
}
