/** Dragging by pointer events: mouse, pen and touch alike. The element that is pressed keeps the pointer, so that no frame gets it. */
import type { WidgetInfo } from "../lib/types";
import { toasts } from "../lib/toasts.svelte";
import { t } from "../lib/words";

export type Load =
  | { kind: "widget"; widget: WidgetInfo; label: string; icon: string }
  | { kind: "items"; ids: string[]; label: string; icon: string }
  | { kind: "field"; entity: string; name: string; label: string; icon: string }
  | { kind: "metric"; name: string; label: string; icon: string }
  | { kind: "person"; membership: string; unit: string; label: string; icon: string }
  | { kind: "unit"; id: string; label: string; icon: string }
  | { kind: "node"; name: string; label: string; icon: string };

/** Where something can be let go. `at` says what a drop at this point of the window would do; null for nothing. */
export interface DropZone {
  element: HTMLElement;
  scroller: HTMLElement;
  at: (x: number, y: number, load: Load) => unknown;
  drop: (landing: unknown, load: Load) => void;
  /** The pointer has left, or the drag has ended. */
  leave: () => void;
}

const THRESHOLD = 5;
const NEAR_EDGE = 40;
const PACE = 14;

class Drag {
  load = $state.raw<Load | null>(null);
  x = $state(0);
  y = $state(0);
  lands = $state(false);
  /** Whether the click that follows belongs to a drag that has just ended. */
  justEnded = false;
  private zones = new Set<DropZone>();
  private over: DropZone | null = null;
  private frame = 0;

  register(zone: DropZone): () => void {
    this.zones.add(zone);
    return () => this.zones.delete(zone);
  }

  /** A press that becomes a drag after a few pixels. `tap` is called when it does not. */
  press(event: PointerEvent, load: () => Load | null, tap: () => void = () => {}): void {
    if (event.button !== 0) return;
    const source = event.currentTarget as HTMLElement;
    const from = { x: event.clientX, y: event.clientY };
    let dragging = false;
    source.setPointerCapture(event.pointerId);
    const moved = (next: PointerEvent): void => {
      if (next.pointerId !== event.pointerId) return;
      if (!dragging && Math.hypot(next.clientX - from.x, next.clientY - from.y) >= THRESHOLD) {
        const begun = load();
        if (!begun) return end();
        dragging = true;
        this.begin(begun);
      }
      if (dragging) this.to(next.clientX, next.clientY);
    };
    const up = (next: PointerEvent): void => {
      if (next.pointerId !== event.pointerId) return;
      if (dragging) this.release(next.clientX, next.clientY);
      else tap();
      end();
    };
    const cancel = (): void => {
      this.stop();
      end();
    };
    const key = (pressed: KeyboardEvent): void => {
      if (pressed.key !== "Escape" || !dragging) return;
      pressed.stopPropagation();
      cancel();
      toasts.announce(t("drag_given_up"));
    };
    const end = (): void => {
      source.removeEventListener("pointermove", moved);
      source.removeEventListener("pointerup", up);
      source.removeEventListener("pointercancel", cancel);
      removeEventListener("keydown", key, true);
    };
    source.addEventListener("pointermove", moved);
    source.addEventListener("pointerup", up);
    source.addEventListener("pointercancel", cancel);
    addEventListener("keydown", key, true);
  }

  private begin(load: Load): void {
    this.load = load;
    document.documentElement.classList.add("dragging");
    const scroll = (): void => {
      this.scroll();
      this.frame = requestAnimationFrame(scroll);
    };
    this.frame = requestAnimationFrame(scroll);
  }

  private to(x: number, y: number): void {
    this.x = x;
    this.y = y;
    this.look();
  }

  /** What is under the pointer now; asked again at the moment of release, so that no pause is needed before it. */
  private look(): unknown {
    const zone = [...this.zones].find((one) => isOver(one.element, this.x, this.y)) ?? null;
    if (zone !== this.over) this.over?.leave();
    this.over = zone;
    const landing = zone && this.load ? zone.at(this.x, this.y, this.load) : null;
    this.lands = landing !== null;
    return landing;
  }

  private release(x: number, y: number): void {
    this.x = x;
    this.y = y;
    const landing = this.look();
    const { over, load } = this;
    this.stop();
    if (over && load && landing !== null) over.drop(landing, load);
    else if (load) toasts.announce(t("lands_nowhere"));
  }

  private stop(): void {
    cancelAnimationFrame(this.frame);
    this.over?.leave();
    this.over = null;
    if (this.load) {
      this.justEnded = true;
      setTimeout(() => (this.justEnded = false));
    }
    this.load = null;
    document.documentElement.classList.remove("dragging");
  }

  private scroll(): void {
    const scroller = this.over?.scroller;
    if (!scroller) return;
    const box = scroller.getBoundingClientRect();
    const down = this.y < box.top + NEAR_EDGE ? -1 : this.y > box.bottom - NEAR_EDGE ? 1 : 0;
    const across = this.x < box.left + NEAR_EDGE ? -1 : this.x > box.right - NEAR_EDGE ? 1 : 0;
    if (!down && !across) return;
    const { scrollTop, scrollLeft } = scroller;
    scroller.scrollBy(across * PACE, down * PACE);
    if (scroller.scrollTop !== scrollTop || scroller.scrollLeft !== scrollLeft) this.look();
  }
}

function isOver(element: HTMLElement, x: number, y: number): boolean {
  if (!element.checkVisibility()) return false;
  const box = element.getBoundingClientRect();
  return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
}

export const drag = new Drag();
