/** The boxes of a frame's document: which item stands where, as the server marked it. */
import type { Path } from "../lib/types";
import type { Box, Rect } from "./geometry";

const ITEM = "[data-path]";

export function readBoxes(page: Document, holds: (widget: string) => boolean): Box {
  const main = page.querySelector<HTMLElement>("main");
  const root: Box = { id: "", widget: "", path: [], list: ["items"], rect: rectOf(main ?? page.body), takesChildren: true, children: [] };
  const known = new Map<Element, Box>();
  for (const element of page.querySelectorAll<HTMLElement>(ITEM)) {
    const path = pathOf(element);
    const widget = element.dataset.widget ?? "";
    const box: Box = { id: element.dataset.id ?? "", widget, path, list: [...path, "items"], rect: rectOf(element), takesChildren: holds(widget), children: [] };
    known.set(element, box);
    const around = element.parentElement?.closest(ITEM);
    ((around && known.get(around)) || root).children.push(box);
  }
  return root;
}

function pathOf(element: HTMLElement): Path {
  try {
    const path: unknown = JSON.parse(element.dataset.path ?? "[]");
    return Array.isArray(path) ? (path as Path) : [];
  } catch {
    return [];
  }
}

export function rectOf(element: Element): Rect {
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x, y, width, height };
}

export const elementOf = (page: Document, id: string): HTMLElement | null => page.querySelector(`${ITEM}[data-id="${CSS.escape(id)}"]`);
