/** The panel on the left: the files of the application, and what the shown editor puts beside them. */
import type { Snippet } from "svelte";
import type { Key } from "./i18n/zh";

export interface SidePart {
  id: string;
  title: Key;
  content: Snippet;
}

class Side {
  parts = $state.raw<readonly SidePart[]>([]);
  chosen = $state("files");
  /** Whether it lies over the page, where there is no room beside it. */
  open = $state(false);
  /** The same for the panel on the right. */
  panel = $state(false);

  /** What the shown editor offers; the first of it is chosen unless one that is offered is. */
  provide(parts: readonly SidePart[]): void {
    this.parts = parts;
    if (this.chosen !== "files" && !parts.some((one) => one.id === this.chosen)) this.chosen = parts[0]?.id ?? "files";
  }

  choose(id: string): void {
    this.chosen = id;
  }
}

export const side = new Side();
