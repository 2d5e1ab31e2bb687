/** A formula at its place, as the server judges it: type, unit, problems; its value on a row that is there. */
import { ask, Refused } from "../lib/api";
import type { Json, Path, Words } from "../lib/types";

export interface FormulaProblem {
  code: string;
  offset: number;
  message: Words;
  hint: Words | null;
}

export interface Checked {
  entity: string | null;
  type: Words | null;
  unit: (Words & { symbols: string }) | null;
  reads: string[];
  problems: FormulaProblem[];
}

export interface ValueTree {
  text: string;
  label?: string;
  value: Json;
  shown: string;
  place?: string;
  parts: ValueTree[];
}

export interface Worked {
  shown: string | null;
  unit: Words | null;
  notes: Words[];
  tree?: ValueTree | null;
}

export interface Proposed {
  text: string;
  sort: "name" | "function";
  words: Words;
  start: number;
  end: number;
}

/** The rows on which formulas are tried, by entity: chosen once, for every formula of it. */
const rows = $state<Record<string, string>>({});
export const trialRows = rows;

export class FormulaTrial {
  checked = $state.raw<Checked | null>(null);
  worked = $state.raw<Worked | null>(null);
  /** Why there is no judgement, or no value. */
  refusal = $state("");
  private asked = 0;
  private tried = 0;

  async check(file: string, path: Path, formula: string): Promise<void> {
    const mine = ++this.asked;
    try {
      const found = await ask<Checked>("/formula/check", { file, path, formula });
      if (mine !== this.asked) return;
      this.checked = found;
      this.refusal = "";
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (mine !== this.asked) return;
      this.checked = null;
      this.refusal = error.message;
    }
  }

  /** The value on a row, with the value of every part where `whole`. */
  async work(file: string, path: Path, formula: string, record: string, whole: boolean): Promise<void> {
    const mine = ++this.tried;
    try {
      const found = await ask<Worked>(whole ? "/formula/explain" : "/formula/evaluate", { file, path, formula, record });
      if (mine === this.tried) this.worked = found;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (mine === this.tried) this.worked = { shown: null, unit: null, notes: [{ zh: error.message, en: error.message }] };
    }
  }

  forget(): void {
    this.tried++;
    this.worked = null;
  }
}
