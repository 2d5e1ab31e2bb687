/** Formulas inside of texts: their words are told apart by colour. */
import { RangeSet, StateEffect, StateField, type EditorState, type Extension, type Range } from "@codemirror/state";
import { Decoration, EditorView, type DecorationSet } from "@codemirror/view";
import type { FormulaPlace } from "./asking";

const TOKEN = /(?<text>\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*"|'[^']*')|(?<number>\d+(?:\.\d+)?)|(?<call>[\p{L}_][\p{L}\p{N}_]*)(?=\s*\()|(?<word>\b(?:and|or|not|in|true|false|empty)\b)|(?<name>[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*)|(?<sign><>|<=|>=|[-+*/=<>&])/gu;

const MARKS = {
  text: Decoration.mark({ class: "f-text" }),
  number: Decoration.mark({ class: "f-number" }),
  call: Decoration.mark({ class: "f-call" }),
  word: Decoration.mark({ class: "f-word" }),
  name: Decoration.mark({ class: "f-name" }),
  sign: Decoration.mark({ class: "f-sign" }),
};
const WHOLE = Decoration.mark({ class: "f-formula" });

export function tokens(text: string): { from: number; to: number; kind: keyof typeof MARKS }[] {
  return [...text.matchAll(TOKEN)].flatMap((found) => {
    const kind = Object.entries(found.groups ?? {}).find(([, value]) => value !== undefined)?.[0];
    return kind ? [{ from: found.index, to: found.index + found[0].length, kind: kind as keyof typeof MARKS }] : [];
  });
}

/** The formula between its quotes: where it begins, and how long it is. */
export function inside(raw: string): { shift: number; text: string } {
  const quoted = raw.length > 1 && (raw[0] === '"' || raw[0] === "'") && raw.at(-1) === raw[0];
  return quoted ? { shift: 1, text: raw.slice(1, -1) } : { shift: 0, text: raw };
}

/** What a formula in a text says: without the quotes and escapes of its file; null for one over several lines. */
export function formulaIn(raw: string): string | null {
  if (/^[|>]/.test(raw)) return null;
  if (raw[0] === "'") return raw.slice(1, -1).replaceAll("''", "'");
  if (raw[0] !== '"') return raw;
  try {
    return JSON.parse(raw) as string;
  } catch {
    return null;
  }
}

export const setFormulas = StateEffect.define<FormulaPlace[]>();

interface Placed {
  places: FormulaPlace[];
  marks: DecorationSet;
}

function drawn(state: EditorState, places: FormulaPlace[]): DecorationSet {
  const marks: Range<Decoration>[] = [];
  for (const one of places) {
    if (one.start >= one.end || one.end > state.doc.length) continue;
    marks.push(WHOLE.range(one.start, one.end));
    const { shift, text } = inside(state.sliceDoc(one.start, one.end));
    for (const token of tokens(text)) marks.push(MARKS[token.kind].range(one.start + shift + token.from, one.start + shift + token.to));
  }
  return RangeSet.of(marks, true);
}

/** The places move with what is typed; they are told anew after a pause. */
export const formulaField = StateField.define<Placed>({
  create: () => ({ places: [], marks: Decoration.none }),
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setFormulas)) return { places: effect.value, marks: drawn(transaction.state, effect.value) };
    if (!transaction.docChanged) return value;
    const places = value.places.map((one) => ({ ...one, start: transaction.changes.mapPos(one.start, -1), end: transaction.changes.mapPos(one.end, 1) }));
    return { places, marks: drawn(transaction.state, places) };
  },
  provide: (field) => EditorView.decorations.from(field, (value) => value.marks),
});

/** The words of a text that is a formula from end to end. */
export const wholeFormula: Extension = [
  EditorView.decorations.compute(["doc"], (state) => RangeSet.of(tokens(state.doc.toString()).map((one) => MARKS[one.kind].range(one.from, one.to)), true)),
];

export const formulaAt = (state: EditorState, at: number): FormulaPlace | undefined => state.field(formulaField, false)?.places.find((one) => one.start <= at && at <= one.end);
