/** What is said in passing, and read out by screen readers. */

export interface Toast {
  id: number;
  text: string;
  error: boolean;
  act?: { words: string; run: () => void };
}

let next = 1;
const STAYS = 5000;

class Toasts {
  list = $state<Toast[]>([]);
  /** Said and not shown: where a drag stands, what was chosen. */
  spoken = $state("");

  say(text: string, more: { error?: boolean; act?: Toast["act"] } = {}): void {
    const one: Toast = { id: next++, text, error: more.error ?? false, act: more.act };
    this.list = [...this.list.slice(-2), one];
    setTimeout(() => this.drop(one.id), more.error ? STAYS * 2 : STAYS);
  }

  announce(text: string): void {
    this.spoken = text;
  }

  drop(id: number): void {
    this.list = this.list.filter((one) => one.id !== id);
  }
}

export const toasts = new Toasts();
