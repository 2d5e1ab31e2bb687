// A knowledge graph under the hands: found as one types, seen on hover, moved, joined. What stands in it is the server's.
const WIDTH = 142, BULGE = 32, FAR = 4, ZOOMS = [0.5, 0.65, 0.8, 1, 1.25, 1.5];
const places = new Map();

/** The curve between two boxes, as the server draws it. */
function course(a, b) {
  const one = a.y + a.h / 2, other = b.y + b.h / 2;
  let start = a.x + WIDTH, end = b.x + WIDTH;
  if (b.x >= a.x + WIDTH) end = b.x;
  else if (b.x + WIDTH <= a.x) start = a.x;
  else {
    const out = Math.max(start, end) + BULGE;
    return `M${start} ${one}C${out} ${one} ${out} ${other} ${end} ${other}`;
  }
  const half = (start + end) / 2;
  return `M${start} ${one}C${half} ${one} ${half} ${other} ${end} ${other}`;
}

export default function knowledge(root, api) {
  const svg = root.querySelector(".kg-drawing"), scroll = root.querySelector("[data-scroll]"), name = root.dataset.graph;
  const [nothing, notFound, offline] = root.dataset.words.split("|");
  const nodes = new Map([...svg.querySelectorAll("[data-node]")].map((one) => [one.dataset.node, one]));
  const edges = [...svg.querySelectorAll(".kg-edge")];
  const edits = "edit" in root.dataset, ends = edits ? JSON.parse(root.dataset.ends) : {};
  const kept = places.get(name) ?? { zoom: 3, left: null, top: 0 };
  places.set(name, kept);
  let held = null;

  const scale = () => ZOOMS[kept.zoom];
  const box = (node) => {
    const { e, f } = node.transform.baseVal.consolidate().matrix;
    return { x: e, y: f, h: Number(node.querySelector(".kg-box").getAttribute("height")) };
  };

  function zoom(step) {
    const { width, height } = svg.viewBox.baseVal;
    kept.zoom = Math.max(0, Math.min(ZOOMS.length - 1, kept.zoom + step));
    svg.setAttribute("width", width * scale());
    svg.setAttribute("height", height * scale());
    for (const button of root.querySelectorAll("[data-zoom]")) button.disabled = kept.zoom === (button.dataset.zoom > 0 ? ZOOMS.length - 1 : 0);
  }

  /** Where the drawing was looked at last; a chosen node comes into sight. */
  function back() {
    const chosen = svg.querySelector(".chosen");
    if (kept.left !== null) { scroll.scrollLeft = kept.left; scroll.scrollTop = kept.top; }
    if (chosen) show(chosen);
  }

  function show(node) {
    const { x, y, h } = box(node), at = { left: x * scale(), top: y * scale() };
    if (at.top < scroll.scrollTop || at.top + h * scale() > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = at.top - scroll.clientHeight / 3;
    if (at.left < scroll.scrollLeft || at.left + WIDTH * scale() > scroll.scrollLeft + scroll.clientWidth) scroll.scrollLeft = at.left - scroll.clientWidth / 3;
  }

  function look(event) {
    if (held) return;
    const node = event.target.closest?.("[data-node]");
    for (const edge of edges) edge.classList.toggle("lit", Boolean(node && [edge.dataset.from, edge.dataset.to].includes(node.dataset.node)) || chosenEdge(edge));
  }

  function chosenEdge(edge) {
    const chosen = svg.querySelector(".chosen")?.dataset.node;
    return Boolean(chosen) && [edge.dataset.from, edge.dataset.to].includes(chosen);
  }

  /** Finds what is typed, in the list and in the drawing, by the same words as the server. */
  function find(input) {
    const asked = input.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0, first = null;
    for (const item of root.querySelectorAll("[data-item]")) {
      const found = asked.every((word) => item.dataset.findIn.includes(word));
      item.hidden = !found;
      const node = nodes.get(item.dataset.item);
      node?.classList.toggle("hit", found && asked.length > 0);
      if (found) { count += 1; first ??= node; }
    }
    for (const group of root.querySelectorAll("[data-group]")) {
      const any = group.querySelector("[data-item]:not([hidden])") !== null;
      group.hidden = !any;
      if (asked.length && any) group.open = true;
    }
    svg.classList.toggle("finding", asked.length > 0);
    const told = root.querySelector("[data-told]");
    told.textContent = !asked.length ? "" : count ? (api.language === "zh" ? `找到 ${count} 个` : `${count} found`) : notFound;
    if (asked.length && first) show(first);
  }

  const point = (event) => {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return { x, y };
  };

  function begin(event) {
    const node = event.target.closest?.("[data-node]");
    if (!node || event.button || (event.pointerType === "touch" && !event.isPrimary)) return;
    const pulls = event.target.closest(".kg-handle") !== null;
    held = { node, pulls, from: point(event), start: box(node), id: event.pointerId, moved: false };
    svg.setAttribute("aria-busy", "true"); // What is in hand is not refreshed.
    if (pulls) event.preventDefault();
  }

  function move(event) {
    if (!held || event.pointerId !== held.id) return;
    const at = point(event), dx = at.x - held.from.x, dy = at.y - held.from.y;
    if (!held.moved && Math.hypot(dx, dy) * scale() < FAR) return;
    if (!held.moved) { held.moved = true; svg.setPointerCapture(held.id); svg.classList.add("dragging"); if (held.pulls) offer(); }
    event.preventDefault();
    if (held.pulls) pull(at, event);
    else put(Math.max(0, Math.round(held.start.x + dx)), Math.max(0, Math.round(held.start.y + dy)));
  }

  function put(x, y) {
    held.node.setAttribute("transform", `translate(${x} ${y})`);
    const own = held.node.dataset.node;
    for (const edge of edges) if ([edge.dataset.from, edge.dataset.to].includes(own)) edge.setAttribute("d", course(box(nodes.get(edge.dataset.from)), box(nodes.get(edge.dataset.to))));
  }

  const kinds = (target) => ends[`${held.node.dataset.kind} ${target.dataset.kind}`] ?? [];

  /** Marks the nodes that an edge may lead to. */
  function offer() {
    svg.classList.add("linking");
    held.node.classList.add("from");
    for (const node of nodes.values()) node.classList.toggle("may", node !== held.node && kinds(node).length > 0);
    held.line = document.createElementNS(svg.namespaceURI, "path");
    held.line.setAttribute("class", "kg-edge lit pulled");
    svg.append(held.line);
  }

  const under = (event) => document.elementsFromPoint(event.clientX, event.clientY).map((one) => one.closest("[data-node]")).find((one) => one && one !== held.node) ?? null;

  function pull(at, event) {
    const target = under(event);
    for (const node of nodes.values()) node.classList.toggle("over", node === target && node.classList.contains("may"));
    const { x, y, h } = held.start;
    held.line.setAttribute("d", `M${x + WIDTH} ${y + h / 2}L${at.x} ${at.y}`);
  }

  function end(event) {
    if (!held || event.pointerId !== held.id) return;
    const done = held, target = held.moved && held.pulls && event.type === "pointerup" ? under(event) : null;
    const possible = target ? kinds(target) : [];
    letGo();
    if (!done.moved) return;
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50);
    if (event.type === "pointercancel") { held = done; put(done.start.x, done.start.y); held = null; return; }
    if (!done.pulls) place(done.node, done.start);
    else if (target && possible.length === 1) link(done.node, target, possible[0]);
    else if (target && possible.length) pick(done.node, target, possible);
    else if (target) api.toast(nothing, { error: true });
  }

  function letGo() {
    held?.line?.remove();
    svg.classList.remove("dragging", "linking");
    svg.removeAttribute("aria-busy");
    for (const node of nodes.values()) node.classList.remove("may", "over", "from");
    held = null;
  }

  const swallow = (event) => { event.preventDefault(); event.stopPropagation(); };

  /** Tells the server where a node was put; back it goes when that is not taken. */
  async function place(node, start) {
    const { x, y } = box(node), version = Number(node.dataset.version);
    const undone = () => { held = { node }; put(start.x, start.y); held = null; };
    try {
      const answer = await fetch(`/api/knowledge/${name}`, { method: "POST", headers: { "content-type": "application/json" }, credentials: "same-origin", body: JSON.stringify({ act: "place", item: node.dataset.node, version, x, y }) });
      const told = await answer.json();
      if (answer.ok) node.dataset.version = told.data.version;
      else { undone(); api.toast(told.error.message, { error: true }); }
    } catch { undone(); api.toast(offline, { error: true }); }
  }

  function link(source, target, kind) {
    const form = root.querySelector("[data-linking]");
    form.elements.from.value = source.dataset.node;
    form.elements.to.value = target.dataset.node;
    form.elements.kind.value = kind;
    form.elements.node.value = source.dataset.node;
    form.requestSubmit();
  }

  /** Several kinds of edges may stand between the two: which is it? */
  function pick(source, target, possible) {
    const dialog = root.querySelector("[data-picking]");
    for (const button of dialog.querySelectorAll("[data-kind]")) {
      button.hidden = !possible.includes(button.dataset.kind);
      button.onclick = () => { dialog.close(); link(source, target, button.dataset.kind); };
    }
    dialog.showModal();
  }

  const remember = () => { kept.left = scroll.scrollLeft; kept.top = scroll.scrollTop; };
  const wheel = (event) => { if (event.ctrlKey) { event.preventDefault(); zoom(event.deltaY < 0 ? 1 : -1); } };
  const input = root.querySelector("[data-find]");

  svg.addEventListener("pointerover", look);
  svg.addEventListener("pointerleave", look);
  scroll.addEventListener("scroll", remember, { passive: true });
  scroll.addEventListener("wheel", wheel, { passive: false });
  input.addEventListener("input", () => find(input));
  root.querySelector("[data-zooming]").hidden = false;
  for (const button of root.querySelectorAll("[data-zoom]")) button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
  if (edits) {
    root.dataset.ready = "";
    svg.addEventListener("pointerdown", begin);
    document.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, end);
    svg.addEventListener("dragstart", (event) => event.preventDefault());
  }
  zoom(0);
  back();
  if (input.value) find(input);
  return () => {
    document.removeEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) document.removeEventListener(name, end);
  };
}
