/** Where the text view is to go: a place of a file that is perhaps not open yet. */
import { tabs } from "../lib/tabs.svelte";
import type { Place } from "./asking";

class Jump {
  wanted = $state.raw<Place | null>(null);

  to(place: Place): void {
    this.wanted = place;
    tabs.open(place.file, "text");
  }

  /** The place, once, for whoever shows its file. */
  take(file: string): Place | null {
    const place = this.wanted;
    if (place?.file !== file) return null;
    this.wanted = null;
    return place;
  }
}

export const jump = new Jump();
