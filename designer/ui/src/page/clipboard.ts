/** Copied items: kept by the browser, so that they are pasted on another page and in another window. */
import { isTree } from "../lib/document";
import type { Json, Tree } from "../lib/types";

const KEPT = "dougong.designer.copied";

export const clipboard = {
  put(items: Tree[]): void {
    localStorage.setItem(KEPT, JSON.stringify(items));
  },
  take(): Tree[] {
    try {
      const kept: Json = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
      return Array.isArray(kept) ? kept.filter(isTree) : [];
    } catch {
      return [];
    }
  },
};
