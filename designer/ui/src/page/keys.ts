/** What the keys do with the selected items; the same on the canvas and in the outline. Whether one was taken. */
import { withControl } from "../lib/keys";
import { draft } from "../lib/draft.svelte";
import { toasts } from "../lib/toasts.svelte";
import { t } from "../lib/words";
import { widgets } from "../lib/widgets.svelte";
import type { PageState } from "./page.svelte";

export function pageKey(event: KeyboardEvent, page: PageState): boolean {
  const act = withControl(event) ? controlled(event, page) : event.altKey ? moved(event, page) : plain(event, page);
  if (!act) return false;
  event.preventDefault();
  event.stopPropagation();
  void act();
  return true;
}

type Act = (() => unknown) | undefined;

function controlled(event: KeyboardEvent, page: PageState): Act {
  switch (event.key.toLowerCase()) {
    case "c":
      return () => page.copy();
    case "x":
      return () => (page.copy(), page.remove());
    case "v":
      return () => page.paste();
    case "d":
      return () => page.duplicate();
    case "a":
      return () => {
        const parent = page.one?.parent?.id ?? "";
        page.selection = page.items.filter((one) => (one.parent?.id ?? "") === parent).map((one) => one.id);
      };
    case "z":
      return () => (event.shiftKey ? draft.redo() : draft.undo());
    case "y":
      return () => draft.redo();
  }
  return undefined;
}

function moved(event: KeyboardEvent, page: PageState): Act {
  if (!page.selection.length) return undefined;
  if (event.shiftKey) {
    if (event.key === "ArrowLeft") return () => resize(page, -1);
    if (event.key === "ArrowRight") return () => resize(page, 1);
  }
  switch (event.key) {
    case "ArrowUp":
      return () => page.step(-1);
    case "ArrowDown":
      return () => page.step(1);
    case "ArrowRight":
      return () => page.nest();
    case "ArrowLeft":
      return () => out(page);
  }
  return undefined;
}

function out(page: PageState): unknown {
  const first = page.outermost[0];
  if (!first?.parent) return toasts.announce(t("is_outermost"));
  return page.move(page.outermost, first.parent.list, { id: first.parent.id });
}

export function resize(page: PageState, by: number): unknown {
  const one = page.one;
  if (!one) return undefined;
  const now = typeof one.item.span === "number" ? one.item.span : 12;
  const span = Math.max(widgets.find(one.widget)?.min_span ?? 1, Math.min(12, now + by));
  toasts.announce(t("span_of", { span }));
  return page.set(one, "span", span);
}

function plain(event: KeyboardEvent, page: PageState): Act {
  switch (event.key) {
    case "Delete":
    case "Backspace":
      return page.selection.length ? () => page.remove() : undefined;
    case "ArrowDown":
    case "ArrowRight":
      return () => go(page, 1, event.shiftKey);
    case "ArrowUp":
    case "ArrowLeft":
      return () => go(page, -1, event.shiftKey);
    case "Home":
      return () => page.select(page.items[0]?.id ?? "");
    case "End":
      return () => page.select(page.items[page.items.length - 1]?.id ?? "");
    case "Escape":
      return page.selection.length ? () => page.select(page.one?.parent?.id ?? "") : undefined;
  }
  return undefined;
}

function go(page: PageState, way: -1 | 1, more: boolean): void {
  const last = page.selection[page.selection.length - 1];
  const at = page.items.findIndex((one) => one.id === last);
  const next = at < 0 ? page.items[way > 0 ? 0 : page.items.length - 1] : page.items[at + way];
  if (!next) return;
  page.select(next.id, more);
  toasts.announce(page.nameOf(next));
}
