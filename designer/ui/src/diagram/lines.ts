/** The line of a relation between two cards, wherever they stand: which sides it leaves and enters, and the marks at its ends. */
import type { Point, Size } from "../graph/graph";

export type Box = Point & Size;
export type Side = "left" | "right" | "top" | "bottom";

export interface Drawn {
  path: string;
  label: Point;
  end: Point;
}

const APART = 28;
const FOOT = 12;
const SPREAD = 6;
const BULGE = 44;
const CLEAR = 16;

const OUT: Record<Side, Point> = { left: { x: -1, y: 0 }, right: { x: 1, y: 0 }, top: { x: 0, y: -1 }, bottom: { x: 0, y: 1 } };

/** The sides by which a line leaves one card and enters the other. */
export function sidesOf(from: Box, to: Box): [Side, Side] {
  if (to.x - (from.x + from.width) >= APART) return ["right", "left"];
  if (from.x - (to.x + to.width) >= APART) return ["left", "right"];
  const below = to.y >= from.y + from.height;
  const gap = below ? to.y - from.y - from.height : from.y - to.y - to.height;
  if (gap >= 0 && gap <= 96) return below ? ["bottom", "top"] : ["top", "bottom"];
  return below ? ["right", "right"] : ["left", "left"];
}

export interface Ends {
  from: string;
  to: string;
  id: string;
}

/** Lines that meet a side of a card share it evenly, in the order of where they come from: shares from 0 to 1 by line. */
export function shares(edges: readonly Ends[], boxes: ReadonlyMap<string, Box>): Map<string, { from: number; to: number }> {
  const sides = new Map<string, { edge: string; end: "from" | "to"; along: number }[]>();
  for (const one of edges) {
    const [from, to] = [boxes.get(one.from), boxes.get(one.to)];
    if (!from || !to || one.from === one.to) continue;
    const [leaves, enters] = sidesOf(from, to);
    const put = (card: string, side: Side, end: "from" | "to", other: Box): void => {
      const along = side === "left" || side === "right" ? other.y + other.height / 2 : other.x + other.width / 2;
      const key = `${card}\n${side}`;
      sides.set(key, [...(sides.get(key) ?? []), { edge: one.id, end, along }]);
    };
    put(one.from, leaves, "from", to);
    put(one.to, enters, "to", from);
  }
  const found = new Map(edges.map((one) => [one.id, { from: 0.5, to: 0.5 }]));
  for (const listed of sides.values()) {
    listed.sort((a, b) => a.along - b.along || a.edge.localeCompare(b.edge));
    listed.forEach((one, at) => ((found.get(one.edge) as { from: number; to: number })[one.end] = (at + 1) / (listed.length + 1)));
  }
  return found;
}

function meeting(box: Box, side: Side, share: number): Point {
  const [along, across] = [CLEAR + (box.height - 2 * CLEAR) * share, CLEAR + (box.width - 2 * CLEAR) * share];
  if (side === "left" || side === "right") return { x: side === "left" ? box.x : box.x + box.width, y: box.y + along };
  return { x: box.x + across, y: side === "top" ? box.y : box.y + box.height };
}

const moved = (at: Point, way: Point, by: number): Point => ({ x: at.x + way.x * by, y: at.y + way.y * by });
const text = (at: Point): string => `${Math.round(at.x * 10) / 10},${Math.round(at.y * 10) / 10}`;

export interface Marks {
  /** One row at most at the beginning, so that no foot is drawn there. */
  single: boolean;
}

export function between(from: Box, to: Box, share: { from: number; to: number }, marks: Marks): Drawn {
  const [leaves, enters] = sidesOf(from, to);
  return joined({ at: meeting(from, leaves, share.from), way: OUT[leaves] }, { at: meeting(to, enters, share.to), way: OUT[enters] }, leaves === enters, marks);
}

/** From a card to itself: out of its right side and into its top. */
export function loop(box: Box, marks: Marks): Drawn {
  return joined({ at: { x: box.x + box.width, y: box.y + 20 }, way: OUT.right }, { at: { x: box.x + box.width - 40, y: box.y }, way: OUT.top }, true, marks);
}

interface End {
  at: Point;
  way: Point;
}

function joined(one: End, other: End, bracket: boolean, marks: Marks): Drawn {
  const [start, end] = [moved(one.at, one.way, FOOT), moved(other.at, other.way, FOOT)];
  const far = Math.abs(end.x - start.x) * Math.abs(one.way.x) + Math.abs(end.y - start.y) * Math.abs(one.way.y);
  const reach = bracket ? BULGE : Math.max(20, far / 2);
  const [bend, back] = [moved(start, one.way, reach), moved(end, other.way, reach)];
  const label = { x: (start.x + 3 * bend.x + 3 * back.x + end.x) / 8, y: (start.y + 3 * bend.y + 3 * back.y + end.y) / 8 };
  return { path: `${foot(one, start, marks.single)}${bar(other)}M${text(one.at)} L${text(start)} C${text(bend)} ${text(back)} ${text(end)} L${text(other.at)}`, label, end: other.at };
}

/** Many: three toes. One: a bar. */
function foot(one: End, start: Point, single: boolean): string {
  if (single) return bar(one);
  const aside = { x: one.way.y, y: one.way.x };
  return `M${text(moved(one.at, aside, SPREAD))} L${text(start)} L${text(moved(one.at, aside, -SPREAD))} `;
}

function bar(one: End): string {
  const aside = { x: one.way.y, y: one.way.x };
  const at = moved(one.at, one.way, FOOT - 4);
  return `M${text(moved(at, aside, SPREAD))} L${text(moved(at, aside, -SPREAD))} `;
}
