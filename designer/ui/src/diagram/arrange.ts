/**
 * Where the cards of a data model stand: those of an area together in a few columns, areas side by side in rows that fill a screen.
 * Which stands where follows from a search that begins in the order given and takes what shortens lines, uncrosses them and keeps them
 * off other cards. No chance is in it: the same model gives the same drawing.
 */
import type { Point, Size } from "../graph/graph";

export interface Card {
  id: string;
  area: string;
  size: Size;
}

export interface Link {
  from: string;
  to: string;
}

/** Rows of blocks; a block is an area with its columns of cards. */
export interface Block {
  area: string;
  columns: string[][];
}
export type Arrangement = Block[][];

export interface Frame extends Size, Point {
  area: string;
}

export interface Placed {
  positions: Map<string, Point>;
  frames: Frame[];
}

const GAP = { x: 72, y: 30 };
const PAD = 22;
const HEAD = 40;
const BETWEEN = 56;
/** How wide a screen is for its height. */
const SHAPE = 1.55;
const MOST_DEEP = 6;
const MOST_ROUNDS = 4;
/** Pairs of lines and of lines with cards that are looked at in all: the search ends there, about a tenth of a second. */
const MOST_PAIRS = 3_000_000;
const COST = { crossing: 110, behind: 190, rises: 0.25 };

interface Order {
  areas: string[];
  members: Map<string, string[]>;
  deep: number;
  wide: number;
}

export function arrange(cards: readonly Card[], links: readonly Link[]): Arrangement {
  if (!cards.length) return [];
  const sizes = new Map(cards.map((one) => [one.id, one.size]));
  const members = new Map<string, string[]>();
  for (const one of cards) members.set(one.area, [...(members.get(one.area) ?? []), one.id]);
  const order = shaped({ areas: [...members.keys()], members, deep: 1, wide: Infinity }, sizes);
  improve(order, sizes, links.filter((one) => one.from !== one.to && sizes.has(one.from) && sizes.has(one.to)));
  return built(order, sizes);
}

/** How many cards stand below each other, and how wide a row of areas is, so that all of it is seen as large as can be. */
function shaped(order: Order, sizes: ReadonlyMap<string, Size>): Order {
  let best = order;
  let least = Infinity;
  for (let deep = 1; deep <= MOST_DEEP; deep++) {
    const whole = extent(built({ ...order, deep, wide: Infinity }, sizes), sizes);
    for (let rows = 1; rows <= order.areas.length; rows++) {
      const tried = { ...order, deep, wide: whole.width / rows + 60 };
      const size = extent(built(tried, sizes), sizes);
      const cost = Math.max(size.width / SHAPE, size.height);
      if (cost < least - 1) [best, least] = [tried, cost];
    }
  }
  return best;
}

function built(order: Order, sizes: ReadonlyMap<string, Size>): Arrangement {
  const rows: Arrangement = [];
  let width = 0;
  for (const area of order.areas) {
    const ids = order.members.get(area) ?? [];
    const columns: string[][] = [];
    const deep = Math.ceil(ids.length / Math.ceil(ids.length / order.deep));
    for (let at = 0; at < ids.length; at += deep) columns.push(ids.slice(at, at + deep));
    const block = { area, columns };
    const own = blockSize(block, sizes).width + BETWEEN;
    if (!rows.length || width + own > order.wide + BETWEEN) {
      rows.push([]);
      width = 0;
    }
    (rows[rows.length - 1] as Block[]).push(block);
    width += own;
  }
  return rows;
}

const widest = (ids: readonly string[], sizes: ReadonlyMap<string, Size>): number => Math.max(...ids.map((id) => sizes.get(id)?.width ?? 0));
const tall = (ids: readonly string[], sizes: ReadonlyMap<string, Size>): number => ids.reduce((sum, id) => sum + (sizes.get(id)?.height ?? 0) + GAP.y, -GAP.y);

function blockSize(block: Block, sizes: ReadonlyMap<string, Size>): Size {
  return { width: block.columns.reduce((sum, one) => sum + widest(one, sizes) + GAP.x, -GAP.x) + 2 * PAD, height: Math.max(...block.columns.map((one) => tall(one, sizes))) + HEAD + PAD };
}

function extent(rows: Arrangement, sizes: ReadonlyMap<string, Size>): Size {
  let [width, height] = [0, -BETWEEN];
  for (const row of rows) {
    const blocks = row.map((one) => blockSize(one, sizes));
    width = Math.max(width, blocks.reduce((sum, one) => sum + one.width + BETWEEN, -BETWEEN));
    height += Math.max(...blocks.map((one) => one.height)) + BETWEEN;
  }
  return { width, height };
}

/** The places of an arrangement. A card that came since stands below the others of its area, an area that came since below all. */
export function placed(arrangement: Arrangement, cards: readonly Card[]): Placed {
  const sizes = new Map(cards.map((one) => [one.id, one.size]));
  const rows = kept(arrangement, cards);
  const positions = new Map<string, Point>();
  const frames: Frame[] = [];
  let y = 0;
  for (const row of rows) {
    let x = 0;
    let height = 0;
    for (const block of row) {
      const size = blockSize(block, sizes);
      frames.push({ area: block.area, x, y, ...size });
      let left = x + PAD;
      for (const column of block.columns) {
        let top = y + HEAD;
        for (const id of column) {
          positions.set(id, { x: left, y: top });
          top += (sizes.get(id)?.height ?? 0) + GAP.y;
        }
        left += widest(column, sizes) + GAP.x;
      }
      x += size.width + BETWEEN;
      height = Math.max(height, size.height);
    }
    y += height + BETWEEN;
  }
  return { positions, frames };
}

/** An arrangement of the cards that are there now: what is gone leaves its place, what is new finds one. */
export function kept(arrangement: Arrangement, cards: readonly Card[]): Arrangement {
  const left = new Map(cards.map((one) => [one.id, one.area]));
  const rows = arrangement.map((row) => row.map((block) => ({ area: block.area, columns: block.columns.map((ids) => ids.filter((id) => left.get(id) === block.area && left.delete(id))) })));
  for (const [id, area] of left) {
    let block = rows.flat().find((one) => one.area === area);
    if (!block) rows.push([(block = { area, columns: [[]] })]);
    block.columns.toSorted((a, b) => a.length - b.length)[0]?.push(id);
  }
  return rows.map((row) => row.map((one) => ({ ...one, columns: one.columns.filter((ids) => ids.length) })).filter((one) => one.columns.length)).filter((row) => row.length);
}

/** Exchange areas, then cards of an area, as long as it helps. */
function improve(order: Order, sizes: ReadonlyMap<string, Size>, links: readonly Link[]): void {
  const cards = [...sizes].map(([id, size]) => ({ id, size, area: "" }));
  for (const [area, ids] of order.members) for (const id of ids) (cards.find((one) => one.id === id) as Card).area = area;
  const cost = (): number => costOf(placed(built(order, sizes), cards).positions, sizes, links);
  let least = cost();
  let left = Math.floor(MOST_PAIRS / ((links.length * links.length) / 2 + links.length * cards.length + 1));
  const exchange = (list: string[], one: number, other: number): boolean => {
    if (left-- <= 0) return false;
    swap(list, one, other);
    const now = cost();
    if (now < least - 0.5) {
      least = now;
      return true;
    }
    swap(list, one, other);
    return false;
  };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let better = false;
    for (const list of [order.areas, ...order.members.values()]) for (let one = 0; one < list.length; one++) for (let other = one + 1; other < list.length; other++) better = exchange(list, one, other) || better;
    if (!better) return;
  }
}

function swap(list: string[], one: number, other: number): void {
  [list[one], list[other]] = [list[other] as string, list[one] as string];
}

/** What a drawing costs: how long its lines are, how often they cross, and behind how many cards they run. */
export function costOf(positions: ReadonlyMap<string, Point>, sizes: ReadonlyMap<string, Size>, links: readonly Link[]): number {
  const boxes = [...positions].map(([id, at]) => ({ id, ...at, ...(sizes.get(id) as Size) }));
  const middle = new Map(boxes.map((one) => [one.id, { x: one.x + one.width / 2, y: one.y + one.height / 2 }]));
  const lines = links.map((one) => ({ ...one, a: middle.get(one.from) as Point, b: middle.get(one.to) as Point }));
  let cost = 0;
  lines.forEach((one, at) => {
    cost += Math.abs(one.a.x - one.b.x) + Math.abs(one.a.y - one.b.y) + COST.rises * Math.abs(one.a.y - one.b.y);
    for (let next = at + 1; next < lines.length; next++) if (crosses(one, lines[next] as Line)) cost += COST.crossing;
    for (const box of boxes) if (box.id !== one.from && box.id !== one.to && meets(one, box)) cost += COST.behind;
  });
  return cost;
}

interface Line extends Link {
  a: Point;
  b: Point;
}

const turn = (one: Point, two: Point, three: Point): number => (two.x - one.x) * (three.y - one.y) - (two.y - one.y) * (three.x - one.x);

export function crosses(one: Line, other: Line): boolean {
  if (Math.max(one.a.x, one.b.x) < Math.min(other.a.x, other.b.x) || Math.max(other.a.x, other.b.x) < Math.min(one.a.x, one.b.x)) return false;
  if (Math.max(one.a.y, one.b.y) < Math.min(other.a.y, other.b.y) || Math.max(other.a.y, other.b.y) < Math.min(one.a.y, one.b.y)) return false;
  if (one.from === other.from || one.from === other.to || one.to === other.from || one.to === other.to) return false;
  return turn(one.a, one.b, other.a) * turn(one.a, one.b, other.b) < 0 && turn(other.a, other.b, one.a) * turn(other.a, other.b, one.b) < 0;
}

/** Whether a line runs through a card: it reaches it, and has corners of it on both sides. */
function meets(line: Line, box: Point & Size): boolean {
  const { a, b } = line;
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  if (Math.max(a.x, b.x) < box.x || Math.min(a.x, b.x) > right || Math.max(a.y, b.y) < box.y || Math.min(a.y, b.y) > bottom) return false;
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const base = dx * a.y - dy * a.x;
  const one = dx * box.y - dy * box.x - base > 0;
  return one !== dx * box.y - dy * right - base > 0 || one !== dx * bottom - dy * box.x - base > 0 || one !== dx * bottom - dy * right - base > 0;
}
