/** What was looked for in all files, and where it was found; stays while one goes from file to file. */
import { Refused } from "../lib/api";
import { search, type Place } from "./asking";

class Found {
  query = $state("");
  exact = $state(false);
  whole = $state(false);
  places = $state.raw<Place[]>([]);
  more = $state(false);
  /** What the places are: those of a search, or of a word that is used. */
  what = $state("");
  failure = $state("");
  private asked = 0;

  async look(): Promise<void> {
    const mine = ++this.asked;
    const query = this.query.trim();
    this.what = "";
    this.failure = "";
    if (!query) return this.show("", [], false);
    try {
      const found = await search(query, { case: this.exact, whole: this.whole });
      if (mine === this.asked) this.show(query, found.places, found.more);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.failure = error.message;
    }
  }

  show(what: string, places: Place[], more: boolean): void {
    this.what = what;
    this.places = places;
    this.more = more;
  }
}

export const found = new Found();
