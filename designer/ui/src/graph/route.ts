/** The line of an edge as an SVG path, and where its label lies. */
import type { Direction, Point, Size } from "./graph";

export interface Line {
  path: string;
  label: Point;
}

const SPAN = 40;

/** A soft line through points; it leaves and arrives along the direction of the graph. */
export function through(points: readonly Point[], direction: Direction): Line {
  const first = points[0] as Point;
  let path = `M${first.x},${first.y}`;
  for (let at = 1; at < points.length; at++) path += bend(points[at - 1] as Point, points[at] as Point, direction);
  const half = Math.floor((points.length - 1) / 2);
  const [one, two] = [points[half] as Point, points[half + 1] as Point];
  return { path, label: { x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 } };
}

function bend(one: Point, two: Point, direction: Direction): string {
  if (direction === "right") {
    const reach = Math.max(SPAN / 2, Math.abs(two.x - one.x) / 2) * Math.sign(two.x - one.x || 1);
    return ` C${one.x + reach},${one.y} ${two.x - reach},${two.y} ${two.x},${two.y}`;
  }
  const reach = Math.max(SPAN / 2, Math.abs(two.y - one.y) / 2) * Math.sign(two.y - one.y || 1);
  return ` C${one.x},${one.y + reach} ${two.x},${two.y - reach} ${two.x},${two.y}`;
}

/** A line that leads back: out of one side of the node, along a lane of its own, into the same side of the other. */
export function backwards(source: Point, from: Size, target: Point, to: Size, points: readonly Point[], direction: Direction, lane: number): Line {
  const lift = 30 + lane * 16;
  if (direction === "right") {
    const below = points.length ? points.some((one) => one.y > Math.max(source.y, target.y)) || points.every((one) => one.y >= Math.min(source.y, target.y)) : true;
    const side = below ? 1 : -1;
    const start = { x: source.x - from.width * 0.4, y: source.y + (side * from.height) / 2 };
    const end = { x: target.x + to.width * 0.6, y: target.y + (side * to.height) / 2 };
    const far = points.map((one) => one.y);
    const y = below ? Math.max(start.y, end.y, ...far) + (far.length ? 0 : lift) : Math.min(start.y, end.y, ...far) - (far.length ? 0 : lift);
    return squared([start, { x: start.x, y }, { x: end.x, y }, end]);
  }
  const right = points.length ? points.every((one) => one.x >= Math.min(source.x, target.x)) : true;
  const side = right ? 1 : -1;
  const start = { x: source.x + (side * from.width) / 2, y: source.y - from.height * 0.4 };
  const end = { x: target.x + (side * to.width) / 2, y: target.y + to.height * 0.6 };
  const far = points.map((one) => one.x);
  const x = right ? Math.max(start.x, end.x, ...far) + (far.length ? 0 : lift) : Math.min(start.x, end.x, ...far) - (far.length ? 0 : lift);
  return squared([start, { x, y: start.y }, { x, y: end.y }, end]);
}

/** From a node to itself: a loop at its corner. */
export function around(source: Point, size: Size): Line {
  const top = source.y - size.height / 2;
  const { x, y } = source;
  return { path: `M${x},${y} C${x + 56},${y} ${x + 56},${top - 40} ${x - 24},${top - 40} S${x - 64},${top - 4} ${x - 64},${top}`, label: { x: x + 4, y: top - 34 } };
}

/** Straight pieces with round corners. */
function squared(points: readonly Point[]): Line {
  const [start, one, two, end] = points as [Point, Point, Point, Point];
  const corner = (from: Point, at: Point, to: Point): string => {
    const size = Math.min(10, distance(from, at) / 2, distance(at, to) / 2);
    const before = towards(at, from, size);
    const after = towards(at, to, size);
    return ` L${before.x},${before.y} Q${at.x},${at.y} ${after.x},${after.y}`;
  };
  return { path: `M${start.x},${start.y}${corner(start, one, two)}${corner(one, two, end)} L${end.x},${end.y}`, label: { x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 } };
}

const distance = (one: Point, two: Point): number => Math.abs(one.x - two.x) + Math.abs(one.y - two.y);
const towards = (from: Point, to: Point, size: number): Point => {
  const long = distance(from, to) || 1;
  return { x: from.x + ((to.x - from.x) / long) * size, y: from.y + ((to.y - from.y) / long) * size };
};
