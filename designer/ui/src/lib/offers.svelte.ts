/** What the command palette offers besides files: the shown editor puts its own acts there. */

export interface Offer {
  id: string;
  text: string;
  /** What kind of thing it is, in words. */
  kind: string;
  icon: string;
  /** Another word that finds it: its name in the text. */
  name?: string;
  keys?: string;
  run: () => void;
}

class Offers {
  private sources = $state.raw<Record<string, () => Offer[]>>({});

  provide(name: string, offers: () => Offer[]): () => void {
    this.sources = { ...this.sources, [name]: offers };
    return () => {
      const { [name]: _, ...rest } = this.sources;
      this.sources = rest;
    };
  }

  get all(): Offer[] {
    return Object.values(this.sources).flatMap((one) => one());
  }
}

export const offers = new Offers();
