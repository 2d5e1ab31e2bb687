/**
 * Layers: every edge leads from one layer to a later one, those that go back aside. Long edges get places of their own in the layers
 * that they cross, so that no line runs through a node. The same graph gives the same drawing.
 */
import { sizeOf, type Direction, type GraphEdge, type GraphNode, type Point, type Size } from "./graph";

export interface Layout {
  positions: Map<string, Point>;
  /** The points between its ends that an edge passes. */
  routes: Map<string, Point[]>;
  /** Edges that lead back. */
  back: Set<string>;
}

interface Cell {
  key: string;
  layer: number;
  /** Across the layers and along them. */
  breadth: number;
  depth: number;
  at: number;
  before: Cell[];
  after: Cell[];
}

const GAP_BREADTH = 36;
const GAP_LINE = 26;
const SWEEPS = 8;

export function layOut(nodes: readonly GraphNode[], edges: readonly GraphEdge[], direction: Direction): Layout {
  const sizes = new Map(nodes.map((one) => [one.id, sizeOf(one, direction)]));
  const known = edges.filter((one) => sizes.has(one.from) && sizes.has(one.to) && one.from !== one.to);
  const back = leadingBack(nodes, known);
  const way = (one: GraphEdge): [string, string] => (back.has(one.id) ? [one.to, one.from] : [one.from, one.to]);
  const layer = layers(nodes, known.map(way));
  const cells = new Map<string, Cell>();
  for (const one of nodes) cells.set(one.id, cellOf(one.id, layer.get(one.id) ?? 0, sizes.get(one.id) as Size, direction));
  const chains = new Map<string, Cell[]>();
  for (const edge of known) chains.set(edge.id, chain(edge.id, ...way(edge), cells));
  const rows = inLayers(cells);
  order(rows);
  spread(rows);
  return { ...placed(nodes, rows, sizes, direction, gapOf(known, direction)), routes: routed(chains, back, rows, direction, gapOf(known, direction)), back };
}

/** Room for the longest label between two layers. */
const gapOf = (edges: readonly GraphEdge[], direction: Direction): number =>
  direction === "down" ? (edges.some((one) => one.label) ? 88 : 64) : 76 + Math.min(110, Math.max(0, ...edges.map((one) => wide(one.label ?? "") + (one.badges?.length ?? 0) * 22)));
const wide = (text: string): number => [...text].reduce((sum, one) => sum + (one > "⺀" ? 13 : 7), 0);

function cellOf(key: string, layer: number, size: Size, direction: Direction): Cell {
  const [breadth, depth] = direction === "right" ? [size.height, size.width] : [size.width, size.height];
  return { key, layer, breadth, depth, at: 0, before: [], after: [] };
}

/** The edges by which a walk in the order of the nodes comes back to where it is. */
function leadingBack(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Set<string> {
  const out = new Map<string, GraphEdge[]>();
  for (const one of edges) out.set(one.from, [...(out.get(one.from) ?? []), one]);
  const found = new Set<string>();
  const state = new Map<string, "open" | "done">();
  const walk = (id: string): void => {
    state.set(id, "open");
    for (const edge of out.get(id) ?? []) {
      if (state.get(edge.to) === "open") found.add(edge.id);
      else if (!state.has(edge.to)) walk(edge.to);
    }
    state.set(id, "done");
  };
  const entered = new Set(edges.map((one) => one.to));
  for (const one of [...nodes.filter((one) => !entered.has(one.id)), ...nodes]) if (!state.has(one.id)) walk(one.id);
  return found;
}

/** The longest way that leads to a node; what nothing leads to stands just before what it leads to. */
function layers(nodes: readonly GraphNode[], edges: readonly [string, string][]): Map<string, number> {
  const found = new Map<string, number>();
  const into = new Map<string, string[]>();
  const out = new Map<string, string[]>();
  for (const [from, to] of edges) {
    into.set(to, [...(into.get(to) ?? []), from]);
    out.set(from, [...(out.get(from) ?? []), to]);
  }
  const depth = (id: string): number => {
    const known = found.get(id);
    if (known !== undefined) return known;
    found.set(id, 0);
    const deep = Math.max(-1, ...(into.get(id) ?? []).map(depth)) + 1;
    found.set(id, deep);
    return deep;
  };
  nodes.forEach((one) => depth(one.id));
  for (const one of nodes) {
    const ahead = (out.get(one.id) ?? []).map((id) => found.get(id) ?? 0);
    if (!into.has(one.id) && ahead.length) found.set(one.id, Math.max(0, Math.min(...ahead) - 1));
  }
  return found;
}

/** The cells that an edge passes, its ends with them. */
function chain(edge: string, from: string, to: string, cells: Map<string, Cell>): Cell[] {
  const first = cells.get(from) as Cell;
  const last = cells.get(to) as Cell;
  const found = [first];
  for (let layer = first.layer + 1; layer < last.layer; layer++) {
    const between: Cell = { key: `${edge}\n${layer}`, layer, breadth: 6, depth: 0, at: 0, before: [], after: [] };
    cells.set(between.key, between);
    found.push(between);
  }
  found.push(last);
  for (let at = 1; at < found.length; at++) {
    (found[at - 1] as Cell).after.push(found[at] as Cell);
    (found[at] as Cell).before.push(found[at - 1] as Cell);
  }
  return found;
}

function inLayers(cells: Map<string, Cell>): Cell[][] {
  const rows: Cell[][] = [];
  for (const one of cells.values()) (rows[one.layer] ??= []).push(one);
  return Array.from(rows, (row) => row ?? []);
}

/** Fewer crossings: each layer in the order of the middle of what its cells are joined to, forwards and backwards. */
function order(rows: Cell[][]): void {
  rows.forEach((row) => row.forEach((one, at) => (one.at = at)));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const forward = sweep % 2 === 0;
    const ordered = forward ? rows : [...rows].reverse();
    for (const row of ordered) {
      const middle = new Map(row.map((one, at) => [one, mean(forward ? one.before : one.after, at)]));
      row.sort((a, b) => (middle.get(a) as number) - (middle.get(b) as number) || a.at - b.at);
      row.forEach((one, at) => (one.at = at));
    }
  }
}

const mean = (cells: readonly Cell[], otherwise: number): number => (cells.length ? cells.reduce((sum, one) => sum + one.at, 0) / cells.length : otherwise);
const gapBetween = (one: Cell, next: Cell): number => (one.depth && next.depth ? GAP_BREADTH : GAP_LINE) + (one.breadth + next.breadth) / 2;

/** Cells of a layer beside each other, near to what they are joined to. `at` becomes the middle. */
function spread(rows: Cell[][]): void {
  for (const row of rows) {
    let here = 0;
    row.forEach((one, at) => (one.at = here = at ? here + gapBetween(row[at - 1] as Cell, one) : 0));
  }
  for (let sweep = 0; sweep < SWEEPS * 2; sweep++) {
    const ordered = sweep % 2 ? [...rows].reverse() : rows;
    for (const row of ordered) settle(row, sweep % 2 ? "after" : "before");
  }
}

/** Each cell goes where it wants to be; where two want the same room, both give way by half. */
function settle(row: Cell[], side: "before" | "after"): void {
  const wishes = row.map((one) => mean(one[side].length ? one[side] : [], one.at));
  const blocks: { first: number; count: number; sum: number }[] = [];
  const offset: number[] = [];
  row.forEach((one, at) => offset.push(at ? (offset[at - 1] as number) + gapBetween(row[at - 1] as Cell, one) : 0));
  row.forEach((_, at) => {
    blocks.push({ first: at, count: 1, sum: (wishes[at] as number) - (offset[at] as number) });
    for (let last = blocks.length - 1; last > 0; last--) {
      const [mine, other] = [blocks[last], blocks[last - 1]] as [{ first: number; count: number; sum: number }, { first: number; count: number; sum: number }];
      if (other.sum / other.count <= mine.sum / mine.count) break;
      blocks.splice(last - 1, 2, { first: other.first, count: other.count + mine.count, sum: other.sum + mine.sum });
    }
  });
  for (const block of blocks) for (let at = block.first; at < block.first + block.count; at++) (row[at] as Cell).at = block.sum / block.count + (offset[at] as number);
}

/** Where each layer begins, along the direction of the graph. */
function starts(rows: Cell[][], gap: number): number[] {
  const found: number[] = [];
  let here = 0;
  for (const row of rows) {
    found.push(here);
    here += Math.max(0, ...row.map((one) => one.depth)) + gap;
  }
  return found;
}

function placed(nodes: readonly GraphNode[], rows: Cell[][], sizes: Map<string, Size>, direction: Direction, gap: number): { positions: Map<string, Point> } {
  const positions = new Map<string, Point>();
  const start = starts(rows, gap);
  const deepest = rows.map((row) => Math.max(0, ...row.map((one) => one.depth)));
  const ids = new Set(nodes.map((one) => one.id));
  rows.forEach((row, layer) =>
    row.forEach((one) => {
      if (!ids.has(one.key)) return;
      const size = sizes.get(one.key) as Size;
      const along = (start[layer] as number) + (direction === "right" ? 0 : ((deepest[layer] as number) - size.height) / 2);
      const across = one.at - one.breadth / 2;
      positions.set(one.key, direction === "right" ? { x: Math.round(along), y: Math.round(across) } : { x: Math.round(across), y: Math.round(along) });
    }),
  );
  return { positions };
}

function routed(chains: Map<string, Cell[]>, back: Set<string>, rows: Cell[][], direction: Direction, gap: number): Map<string, Point[]> {
  const start = starts(rows, gap);
  const deepest = rows.map((row) => Math.max(0, ...row.map((one) => one.depth)));
  const routes = new Map<string, Point[]>();
  for (const [edge, cells] of chains) {
    const points = cells.slice(1, -1).map((one) => {
      const along = (start[one.layer] as number) + (deepest[one.layer] as number) / 2;
      return direction === "right" ? { x: along, y: one.at } : { x: one.at, y: along };
    });
    if (points.length) routes.set(edge, back.has(edge) ? points.reverse() : points);
  }
  return routes;
}
