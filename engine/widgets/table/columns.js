// Columns put in order within their menu: by its arrows, by dragging, and from the keyboard; nothing is sent before "apply".
export function order(form) {
  if (form.dataset.orders) return;
  form.dataset.orders = "1";
  const list = form.querySelector(".pick-list");
  const arrows = (item) => item.querySelectorAll("button");
  let held = null;

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=raise], button[name=lower]");
    if (!button) return;
    event.preventDefault();
    const item = button.closest("li"), other = button.name === "raise" ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (button.name === "raise") other.before(item); else other.after(item);
    (getComputedStyle(button).visibility === "hidden" ? [...arrows(item)].find((one) => one !== button) : button)?.focus();
  });
  list.addEventListener("change", (event) => {
    const item = event.target.closest("li");
    item.toggleAttribute("data-shown", event.target.checked);
    if (!event.target.checked || arrows(item).length) return;
    const last = [...list.querySelectorAll("[data-shown]")].findLast((one) => one !== item);
    const sample = [...arrows(list.querySelector("li[data-shown]"))].map((one) => one.cloneNode(true));
    for (const one of sample) { one.value = event.target.value; item.append(one); }
    last?.after(item);
  });
  list.addEventListener("pointerdown", (event) => {
    const item = event.target.closest("li[data-shown]");
    if (!item || event.target.closest("button, input") || event.button) return;
    held = { item, y: event.clientY, moved: false };
  });
  list.addEventListener("pointermove", (event) => {
    if (!held || (!held.moved && Math.abs(event.clientY - held.y) < 5)) return;
    if (!held.moved) { held.moved = true; held.item.classList.add("held"); list.setPointerCapture(event.pointerId); }
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest(".pick-list li");
    if (over && over !== held.item) { if (over.offsetTop < held.item.offsetTop) over.before(held.item); else over.after(held.item); }
  });
  const drop = (event) => {
    if (held?.moved) { held.item.classList.remove("held"); const still = (click) => click.preventDefault(); list.addEventListener("click", still, { once: true, capture: true }); setTimeout(() => list.removeEventListener("click", still, true), 0); }
    held = null;
    event?.target.releasePointerCapture?.(event.pointerId);
  };
  list.addEventListener("pointerup", drop);
  list.addEventListener("pointercancel", drop);
}
