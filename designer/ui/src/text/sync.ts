/** What the server knows of a text, what was sent to it, and what is typed since: kept so that nothing of it is lost. */
import { ChangeSet, Text } from "@codemirror/state";
import { hunks, merged, touch, type Disagreement, type Hunk } from "./hunks";
import { Lines } from "./lines";

export interface Edit {
  start: number;
  end: number;
  text: string;
}

const MARK = "\ufeff";

export class Sync {
  /** The newest text of the server that is known, as an editor has it. */
  private known: string;
  private lines: Lines;
  private shift: number;
  private sent: ChangeSet | null = null;
  private typed: ChangeSet;

  constructor(
    text: string,
    private hash: string,
  ) {
    this.shift = text.startsWith(MARK) ? 1 : 0;
    this.lines = new Lines(text.slice(this.shift));
    this.known = this.lines.document;
    this.typed = ChangeSet.empty(this.known.length);
  }

  get document(): string {
    return this.known;
  }

  get waits(): boolean {
    return this.sent !== null;
  }

  /** Whether the server has everything that was typed. */
  get clean(): boolean {
    return this.sent === null && this.typed.empty;
  }

  /** Whether this text of the server is the one that is known. */
  knows(text: string): boolean {
    return new Lines(text.startsWith(MARK) ? text.slice(1) : text).document === this.known;
  }

  type(changes: ChangeSet): void {
    this.typed = this.typed.compose(changes);
  }

  /** What is to be sent now; null while an answer is awaited and when there is nothing. */
  take(): { edits: Edit[]; hash: string } | null {
    if (this.sent || this.typed.empty) return null;
    const edits: Edit[] = [];
    this.typed.iterChanges((from, to, _from, _to, inserted) => {
      edits.push({ start: this.lines.point(from) + this.shift, end: this.lines.point(to) + this.shift, text: inserted.toString().replaceAll("\n", this.lines.ends) });
    });
    this.sent = this.typed;
    this.typed = ChangeSet.empty(this.sent.newLength);
    return { edits, hash: this.hash };
  }

  /** A text of the server that holds what was sent: what the editor has to change to hold what others did. Null where others
   * wrote where I am writing: that is contested, and nothing is learnt yet. */
  arrived(text: string, hash: string): ChangeSet | null {
    const before = this.taken();
    const theirs = hunks(before, new Lines(text.startsWith(MARK) ? text.slice(1) : text).document);
    const own: Hunk[] = [];
    this.typed.iterChanges((from, to, _from, _to, inserted) => own.push({ from, to, insert: inserted.toString() }));
    if (own.some((one) => theirs.some((two) => touch(one, two)))) return null;
    this.sent = null;
    this.learn(text, hash);
    const others = ChangeSet.of(theirs, before.length);
    const mine = this.typed;
    this.typed = mine.map(others);
    return others.map(mine, true);
  }

  /** The server has another text than what I am writing on, which has all that was sent if it was `taken`: both put together.
   * Where they disagree, mine stays until it is chosen. */
  contested(document: string, text: string, hash: string, taken = false): { text: string; theirs: string; disagreements: Disagreement[] } {
    const base = taken ? this.taken() : this.known;
    this.sent = null;
    this.learn(text, hash);
    const both = merged(base, document, this.known);
    this.typed = ChangeSet.of(hunks(this.known, document), this.known.length);
    return { text: both.mine, theirs: both.theirs, disagreements: both.disagreements };
  }

  /** What was sent did not reach the server: it is sent again with what is typed next. */
  lost(): void {
    if (!this.sent) return;
    this.typed = this.sent.compose(this.typed);
    this.sent = null;
  }

  /** The text with what was sent. */
  private taken(): string {
    return this.sent ? this.sent.apply(textOf(this.known)).toString() : this.known;
  }

  private learn(text: string, hash: string): void {
    this.shift = text.startsWith(MARK) ? 1 : 0;
    this.lines = new Lines(text.slice(this.shift));
    this.known = this.lines.document;
    this.hash = hash;
  }
}

const textOf = (text: string): Text => Text.of(text.split("\n"));
