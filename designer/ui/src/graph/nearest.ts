/** The node that an arrow key leads to: the nearest one on that side, straight ahead before aside. */
import { sizeOf, type Direction, type GraphNode, type Point } from "./graph";

export type Way = "up" | "down" | "left" | "right";
const SIDEWAYS = 2.2;

export function nearest(from: string, way: Way, placed: ReadonlyMap<string, Point>, nodes: ReadonlyMap<string, GraphNode>, direction: Direction): string {
  const here = middle(from, placed, nodes, direction);
  if (!here) return "";
  let best = "";
  let least = Infinity;
  for (const id of nodes.keys()) {
    const there = id === from ? null : middle(id, placed, nodes, direction);
    if (!there) continue;
    const [ahead, aside] = along(way, there.x - here.x, there.y - here.y);
    const far = ahead + Math.abs(aside) * SIDEWAYS;
    if (ahead > 4 && far < least) [best, least] = [id, far];
  }
  return best;
}

function along(way: Way, x: number, y: number): [number, number] {
  switch (way) {
    case "up":
      return [-y, x];
    case "down":
      return [y, x];
    case "left":
      return [-x, y];
    case "right":
      return [x, y];
  }
}

function middle(id: string, placed: ReadonlyMap<string, Point>, nodes: ReadonlyMap<string, GraphNode>, direction: Direction): Point | null {
  const at = placed.get(id);
  const node = nodes.get(id);
  if (!at || !node) return null;
  const size = sizeOf(node, direction);
  return { x: at.x + size.width / 2, y: at.y + size.height / 2 };
}
