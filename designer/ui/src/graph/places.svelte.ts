/** Where somebody dragged nodes to, kept in this browser: how a drawing lies is nobody else's business and no part of the application. */
import { isTree } from "../lib/document";
import type { Json } from "../lib/types";
import type { Point } from "./graph";

const KEPT = "dougong.designer.places.";

export class Places {
  private kept = $state.raw<ReadonlyMap<string, Point>>(new Map());

  constructor(private readonly name: string | undefined) {
    if (name) this.kept = read(name);
  }

  get any(): boolean {
    return this.kept.size > 0;
  }

  at(id: string): Point | undefined {
    return this.kept.get(id);
  }

  put(id: string, at: Point): void {
    this.kept = new Map(this.kept).set(id, at);
    this.keep();
  }

  clear(): void {
    this.kept = new Map();
    this.keep();
  }

  private keep(): void {
    if (!this.name) return;
    try {
      if (this.kept.size) localStorage.setItem(KEPT + this.name, JSON.stringify(Object.fromEntries(this.kept)));
      else localStorage.removeItem(KEPT + this.name);
    } catch {
      // A browser that keeps nothing draws as laid out next time.
    }
  }
}

function read(name: string): ReadonlyMap<string, Point> {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT + name) ?? "{}") as Json;
    const places = isTree(found) ? Object.entries(found) : [];
    return new Map(places.flatMap(([id, at]) => (isTree(at) && typeof at.x === "number" && typeof at.y === "number" ? [[id, { x: at.x, y: at.y }] as const] : [])));
  } catch {
    return new Map();
  }
}
