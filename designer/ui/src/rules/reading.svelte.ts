/** A sentence while it is typed, and what the server made of it: read, asked about, or not known. Nothing is written by reading. */
import { ask, Refused } from "../lib/api";
import type { Command, Words } from "../lib/types";
import { t } from "../lib/words";

export interface Piece {
  kind: string;
  start: number;
  end: number;
}
export interface Case {
  name: "hit" | "miss" | "boundary";
  cells: { name: string; label: string; value: string }[];
  expected: boolean;
  found: boolean;
}
export interface ReadRule {
  standing: "read";
  entity: string;
  restatement: string;
  pieces: Piece[];
  command: Command;
  files: { file: string; text: string; new: boolean }[];
  cases: Case[];
  told: Words[];
  others: string[];
}
export interface Doubt {
  standing: "question" | "unknown" | "unread";
  about: string;
  words: Words;
  start: number;
  end: number;
  choices: { name: string; label: Words; instead: string }[];
}

/** How long nothing is typed before the sentence is read. */
const PAUSE = 300;
/** Characters of a sentence that the server takes. */
export const LONGEST = 400;

export class Reading {
  sentence = $state("");
  pack = $state("");
  entity = $state("");
  busy = $state(false);
  failure = $state("");
  rule = $state.raw<ReadRule | null>(null);
  doubt = $state.raw<Doubt | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private turn = 0;

  /** The sentence was typed in; whose records it is about is asked anew. */
  typed(): void {
    this.entity = "";
    this.later();
  }

  /** Another sentence altogether. */
  say(sentence: string): void {
    this.sentence = sentence;
    this.entity = "";
    void this.read();
  }

  /** One of the answers to a question: the record kind, or other words at its place. */
  answer(choice: Doubt["choices"][number]): void {
    const doubt = this.doubt;
    if (!doubt) return;
    if (doubt.about === "entity" || !choice.instead) this.entity = choice.name;
    else {
      const begin = this.sentence.length - this.sentence.trimStart().length;
      this.sentence = this.sentence.slice(0, begin + doubt.start) + choice.instead + this.sentence.slice(begin + doubt.end);
    }
    void this.read();
  }

  about(entity: string): void {
    this.entity = entity;
    void this.read();
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.read(), PAUSE);
  }

  async read(): Promise<void> {
    clearTimeout(this.timer);
    const turn = ++this.turn;
    if (!this.sentence.trim()) return this.show(null, null, "");
    this.busy = true;
    try {
      const found = await ask<ReadRule | Doubt>("/rules/read", { sentence: this.sentence, pack: this.pack, ...(this.entity ? { entity: this.entity } : {}) });
      if (turn === this.turn) this.show(found.standing === "read" ? found : null, found.standing === "read" ? null : found, "");
    } catch (error) {
      if (turn === this.turn) this.show(null, null, error instanceof Refused ? error.message : t("went_wrong"));
    } finally {
      if (turn === this.turn) this.busy = false;
    }
  }

  private show(rule: ReadRule | null, doubt: Doubt | null, failure: string): void {
    [this.rule, this.doubt, this.failure] = [rule, doubt, failure];
    if (!rule && !doubt) this.busy = false;
  }
}
