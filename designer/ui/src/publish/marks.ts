/** What differs between two drawings of a page: the items that came, went and look otherwise, outlined in both. */

export interface Marked {
  added: number;
  changed: number;
  removed: number;
  total: number;
}

export type Mark = "added" | "changed" | "removed";

/** Which items differ, by id. An item that holds others differs when something of its own does: what is inside is told itself. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Map<string, Mark> {
  const found = new Map<string, Mark>();
  for (const [id, html] of after) if (!before.has(id)) found.set(id, "added");
    else if (before.get(id) !== html) found.set(id, "changed");
  for (const id of before.keys()) if (!after.has(id)) found.set(id, "removed");
  return found;
}

/** Items by id with what they show themselves, what stands inside them left out. */
export function itemsOf(document: Document | null): Map<string, string> {
  const items = new Map<string, string>();
  for (const one of document?.querySelectorAll<HTMLElement>("[data-id]") ?? []) {
    const own = one.cloneNode(true) as HTMLElement;
    delete own.dataset.path;
    delete own.dataset.differs;
    for (const inside of own.querySelectorAll("[data-id]")) inside.replaceWith();
    items.set(one.dataset.id ?? "", own.outerHTML);
  }
  return items;
}

export function markDifferences(before: Document | null, after: Document | null): Marked {
  const found = differences(itemsOf(before), itemsOf(after));
  for (const one of [before, after]) {
    for (const item of one?.querySelectorAll<HTMLElement>("[data-id]") ?? []) {
      const mark = found.get(item.dataset.id ?? "");
      if (mark) item.dataset.differs = mark;
      else delete item.dataset.differs;
    }
  }
  const count = (mark: Mark): number => [...found.values()].filter((one) => one === mark).length;
  return { added: count("added"), changed: count("changed"), removed: count("removed"), total: found.size };
}
