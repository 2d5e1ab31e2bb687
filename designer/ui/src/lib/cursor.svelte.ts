/** What part of a file is looked at, told between the views that show it side by side. */
import type { Path } from "./types";

export type View = "canvas" | "text";

class Cursor {
  place = $state.raw<{ file: string; path: Path; from: View } | null>(null);

  tell(file: string, path: Path, from: View): void {
    const now = this.place;
    if (now?.file === file && JSON.stringify(now.path) === JSON.stringify(path)) return;
    this.place = { file, path, from };
  }

  /** The path that the other view told of this file. */
  heard(file: string, by: View): Path | null {
    return this.place?.file === file && this.place.from !== by ? this.place.path : null;
  }
}

export const cursor = new Cursor();
