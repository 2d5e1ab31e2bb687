/** The plain data of a file, walked by paths; no data is changed here, the server does that. */
import type { Json, Path, Step, Tree } from "./types";

export function at(data: Json | undefined, path: Path): Json | undefined {
  let found: Json | undefined = data;
  for (const step of path) found = stepInto(found, step);
  return found;
}

function stepInto(value: Json | undefined, step: Step): Json | undefined {
  if (value === null || typeof value !== "object") return undefined;
  if (Array.isArray(value)) {
    if (typeof step === "number") return value[step];
    return typeof step === "object" ? value.find((one) => idOf(one) === step.id) : undefined;
  }
  return typeof step === "string" ? value[step] : undefined;
}

export const idOf = (value: Json | undefined): string =>
  value !== null && typeof value === "object" && !Array.isArray(value) && typeof value.id === "string" ? value.id : "";

export const isTree = (value: Json | undefined): value is Tree => value !== null && typeof value === "object" && !Array.isArray(value);

/** The maps of a list; none of what is no list. */
export const trees = (value: Json | undefined): Tree[] => (Array.isArray(value) ? value.filter(isTree) : []);

/** An item of a page with where it stands. */
export interface Placed {
  item: Tree;
  id: string;
  widget: string;
  path: Path;
  list: Path;
  at: number;
  depth: number;
  parent: Placed | null;
}

/** All items of a page in the order of the document. */
export function placed(data: Json | undefined, list: Path = ["items"], parent: Placed | null = null): Placed[] {
  const items = at(data, list);
  if (!Array.isArray(items)) return [];
  return items.flatMap((item, index) => {
    if (!isTree(item)) return [];
    const id = idOf(item);
    const path: Path = [...list, id ? { id } : index];
    const one: Placed = {
      item,
      id,
      widget: typeof item.widget === "string" ? item.widget : "",
      path,
      list,
      at: index,
      depth: parent ? parent.depth + 1 : 0,
      parent,
    };
    return [one, ...placed(data, [...path, "items"], one)];
  });
}

export const samePath = (one: Path, other: Path): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Whether `inner` is `outer` or lies inside it. */
export const within = (outer: Path, inner: Path): boolean =>
  outer.length <= inner.length && samePath(outer, inner.slice(0, outer.length));

export function ids(data: Json | undefined): Set<string> {
  return new Set(placed(data).map((one) => one.id));
}

/** An id that is not taken yet: `kpi`, `kpi_2`, … */
export function freeId(wish: string, taken: Set<string>): string {
  const start = wish.replace(/[^a-z0-9_]/g, "").slice(0, 40) || "item";
  if (!taken.has(start)) return start;
  for (let number = 2; ; number++) if (!taken.has(`${start}_${number}`)) return `${start}_${number}`;
}

/** A copy of an item with ids of its own, its children too. */
export function renamed(item: Tree, taken: Set<string>): Tree {
  const id = freeId(idOf(item).replace(/_\d+$/, "") || String(item.widget ?? "item"), taken);
  taken.add(id);
  const children = item.items;
  const copy: Tree = { ...item, id };
  if (Array.isArray(children)) copy.items = children.map((one) => (isTree(one) ? renamed(one, taken) : one));
  return copy;
}

export const findPlaced = (items: readonly Placed[], id: string): Placed | undefined => items.find((one) => one.id === id);
