/** Where something lands: pure geometry over the boxes of the canvas. All lengths in pixels of the frame. */
import type { Path } from "../lib/types";

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** One item as it stands in the frame. `list` is where its children are listed; `takesChildren` when it has a place for them. */
export interface Box {
  id: string;
  widget: string;
  path: Path;
  list: Path;
  rect: Rect;
  takesChildren: boolean;
  children: Box[];
}

/** A place between two items of a list: after which one (null: first), drawn as a bar. */
export interface Place {
  list: Path;
  parent: Box;
  after: string | null;
  index: number;
  bar: Rect;
  upright: boolean;
}

export const EDGE = 12;
const THICK = 4;

export const right = (one: Rect): number => one.x + one.width;
export const bottom = (one: Rect): number => one.y + one.height;
export const holds = (one: Rect, x: number, y: number, inset = 0): boolean =>
  x >= one.x + inset && x <= right(one) - inset && y >= one.y + inset && y <= bottom(one) - inset;

const seen = (one: Box): boolean => one.rect.width > 0 && one.rect.height > 0;

/** The deepest container whose rectangle holds the point; its rim of EDGE pixels still means what is around it. */
export function containerAt(root: Box, x: number, y: number, takes: (parent: Box) => boolean, moved: ReadonlySet<string>): Box {
  let found = root;
  for (;;) {
    const inner = found.children.find((one) => one.takesChildren && seen(one) && !moved.has(one.id) && holds(one.rect, x, y, rim(one.rect)) && reaches(one, takes));
    if (!inner) break;
    found = inner;
  }
  return takes(found) ? found : nearestTaking(root, found, takes);
}

/** A low container keeps at least a third of itself for its inside. */
const rim = (one: Rect): number => Math.min(EDGE, one.height / 3);

const reaches = (one: Box, takes: (parent: Box) => boolean): boolean => takes(one) || one.children.some((child) => child.takesChildren && reaches(child, takes));

function nearestTaking(root: Box, inner: Box, takes: (parent: Box) => boolean): Box {
  const line = lineage(root, inner.id) ?? [root];
  return [...line].reverse().find(takes) ?? root;
}

export function lineage(root: Box, id: string): Box[] | null {
  if (root.id === id) return [root];
  for (const child of root.children) {
    const below = lineage(child, id);
    if (below) return [root, ...below];
  }
  return null;
}

/** The place where something dropped at this point would stand; null where nothing takes it. */
export function placeAt(root: Box, x: number, y: number, takes: (parent: Box) => boolean, moved: ReadonlySet<string> = new Set()): Place | null {
  const parent = containerAt(root, x, y, takes, moved);
  if (!takes(parent)) return null;
  const siblings = parent.children.filter((one) => !moved.has(one.id));
  const shown = siblings.filter(seen);
  const nearest = closest(shown, x, y);
  if (!nearest) return placeOf(parent, siblings, siblings.length, inside(parent.rect), false);
  const row = rowOf(shown, nearest);
  return besides(parent, siblings, nearest, row, x, y);
}

function besides(parent: Box, siblings: Box[], nearest: Box, row: Box[], x: number, y: number): Place {
  const first = row[0] ?? nearest;
  const last = row[row.length - 1] ?? nearest;
  const top = Math.min(...row.map((one) => one.rect.y));
  const end = Math.max(...row.map((one) => bottom(one.rect)));
  const beside = row.length > 1 ? y >= top && y <= end : y >= nearest.rect.y && y <= bottom(nearest.rect) && (x < nearest.rect.x || x > right(nearest.rect));
  if (beside) {
    const before = x < nearest.rect.x + nearest.rect.width / 2;
    const line = before ? nearest.rect.x - THICK * 2 : right(nearest.rect) + THICK;
    return placeOf(parent, siblings, siblings.indexOf(nearest) + (before ? 0 : 1), { x: line, y: nearest.rect.y, width: THICK, height: nearest.rect.height }, true);
  }
  const above = y < (top + end) / 2;
  const line = above ? top - THICK * 2 : end + THICK;
  const index = above ? siblings.indexOf(first) : siblings.indexOf(last) + 1;
  return placeOf(parent, siblings, index, { x: first.rect.x, y: line, width: Math.max(right(last.rect) - first.rect.x, row.length > 1 ? 0 : nearest.rect.width), height: THICK }, false);
}

function placeOf(parent: Box, siblings: Box[], index: number, bar: Rect, upright: boolean): Place {
  return { list: parent.list, parent, after: siblings[index - 1]?.id ?? null, index, bar, upright };
}

const inside = (one: Rect): Rect => ({ x: one.x + 8, y: one.y + one.height / 2 - THICK / 2, width: Math.max(0, one.width - 16), height: THICK });

function closest(boxes: Box[], x: number, y: number): Box | null {
  let best: Box | null = null;
  let least = Infinity;
  for (const one of boxes) {
    const away = distance(one.rect, x, y);
    if (away < least) [best, least] = [one, away];
  }
  return best;
}

function distance(one: Rect, x: number, y: number): number {
  const across = Math.max(one.x - x, 0, x - right(one));
  const down = Math.max(one.y - y, 0, y - bottom(one));
  return Math.hypot(across, down);
}

/** The neighbours of a box that stand beside it: those before and after it in the document, as far as they overlap in height. */
function rowOf(boxes: Box[], one: Box): Box[] {
  const at = boxes.indexOf(one);
  let from = at;
  let to = at;
  while (from > 0 && sideBySide(boxes[from - 1], boxes[from])) from--;
  while (to < boxes.length - 1 && sideBySide(boxes[to], boxes[to + 1])) to++;
  return boxes.slice(from, to + 1);
}

function sideBySide(one: Box | undefined, other: Box | undefined): boolean {
  if (!one || !other) return false;
  const shared = Math.min(bottom(one.rect), bottom(other.rect)) - Math.max(one.rect.y, other.rect.y);
  return shared > Math.min(one.rect.height, other.rect.height) / 2 && other.rect.x >= right(one.rect) - 1;
}

/** The deepest item that holds a point; null on empty ground. */
export function boxAt(root: Box, x: number, y: number): Box | null {
  for (const child of [...root.children].reverse()) {
    if (!seen(child)) continue;
    const inner = boxAt(child, x, y);
    if (inner) return inner;
    if (holds(child.rect, x, y)) return child;
  }
  return null;
}

export function* walk(box: Box): Generator<Box> {
  for (const child of box.children) {
    yield child;
    yield* walk(child);
  }
}

export const findBox = (root: Box, id: string): Box | undefined => {
  for (const one of walk(root)) if (one.id === id) return one;
  return undefined;
};

/** How many of twelve columns a width is, in a list of a given width; `least` at least. */
export function spanOf(width: number, whole: number, least = 1, gap = 16): number {
  const column = (whole + gap) / 12;
  return Math.max(least, Math.min(12, Math.round((width + gap) / column)));
}
