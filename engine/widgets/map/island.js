// A map by hand: the wheel and two fingers zoom, a drag moves, what comes in sight is asked of the server when the hand rests.
const REST = 350, CLICK = 6, NEAREST = 0.05, FARTHEST = 20;
const upright = (lat) => Math.asinh(Math.tan((lat * Math.PI) / 180)), latitude = (y) => (Math.atan(Math.sinh(y)) * 180) / Math.PI;

export default function (view, api) {
  const signal = new AbortController(), sheet = view.querySelector(".map-plane"), moves = sheet.querySelector("[data-moves]");
  const listen = (target, name, act, more) => target.addEventListener(name, act, { signal: signal.signal, ...more });
  const hands = new Map();
  let scale = 1, left = 0, top = 0, far = 0, rest = 0;

  /** Draws the sheet moved and scaled as the hand has it. */
  function show() {
    moves.style.transformOrigin = "0 0";
    moves.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
    clearTimeout(rest);
    rest = setTimeout(settle, REST);
  }
  function zoom(factor, x, y) {
    const next = Math.min(Math.max(scale * factor, NEAREST), FARTHEST);
    left = x - ((x - left) * next) / scale;
    top = y - ((y - top) * next) / scale;
    scale = next;
    show();
  }
  /** The box in sight, as the server draws boxes. */
  function settle() {
    if (hands.size || (scale === 1 && !left && !top)) return;
    const { width, height } = sheet.getBoundingClientRect(), [south, west, north, east] = view.dataset.box.split(",").map(Number);
    const across = (x) => west + ((east - west) * (x - left)) / scale / width;
    const down = (y) => latitude(upright(north) - ((upright(north) - upright(south)) * (y - top)) / scale / height);
    const box = [Math.max(down(height), -85), Math.max(across(0), -180), Math.min(down(0), 85), Math.min(across(width), 180)];
    api.go(view.dataset.boxUrl.replace("BOX", box.map((edge) => edge.toFixed(5)).join(",")), scrollY);
  }
  const at = (event) => { const box = sheet.getBoundingClientRect(); return { x: event.clientX - box.left, y: event.clientY - box.top }; };

  listen(sheet, "wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && document.activeElement?.closest(".map-view") !== view) return;
    event.preventDefault();
    const { x, y } = at(event);
    zoom(Math.exp(-event.deltaY / 400), x, y);
  }, { passive: false });
  listen(sheet, "pointerdown", (event) => {
    if (event.button || (event.pointerType !== "mouse" && hands.size > 1)) return;
    hands.set(event.pointerId, at(event));
    far = 0;
  });
  listen(sheet, "pointermove", (event) => {
    const before = hands.get(event.pointerId), now = at(event);
    if (!before || (event.pointerType !== "mouse" && hands.size < 2)) return;
    far += Math.hypot(now.x - before.x, now.y - before.y);
    if (far > CLICK && !sheet.hasPointerCapture(event.pointerId)) sheet.setPointerCapture(event.pointerId);
    const other = [...hands].find(([id]) => id !== event.pointerId)?.[1];
    if (other) zoom(Math.hypot(now.x - other.x, now.y - other.y) / (Math.hypot(before.x - other.x, before.y - other.y) || 1), (now.x + other.x) / 2, (now.y + other.y) / 2);
    else if (far > CLICK) { left += now.x - before.x; top += now.y - before.y; show(); }
    hands.set(event.pointerId, now);
  });
  for (const name of ["pointerup", "pointercancel"]) listen(sheet, name, (event) => { hands.delete(event.pointerId); if (far > CLICK) show(); });
  listen(sheet, "dragstart", (event) => event.preventDefault());
  listen(sheet, "click", (event) => {
    const mark = event.target.closest("a");
    if (far > CLICK) { event.preventDefault(); far = 0; return; }
    if (!mark || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const url = mark.getAttribute("href");
    if (mark.classList.contains("many")) { event.preventDefault(); api.go(url, scrollY); return; }
    const row = view.dataset.drawer !== undefined && view.querySelector(`a.row-link[href="${CSS.escape(url)}"]`);
    if (row) { event.preventDefault(); row.click(); }
  });
  return () => { clearTimeout(rest); signal.abort(); };
}
