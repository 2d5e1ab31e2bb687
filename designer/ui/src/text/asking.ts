/** What the text view asks the server; places are the editor's own on this side. */
import { ask } from "../lib/api";
import type { Path, Words } from "../lib/types";
import { Lines } from "./lines";

export interface Place {
  file: string;
  line: number;
  column: number;
  start: number;
  end: number;
  excerpt: string;
}

export interface Proposal {
  text: string;
  sort: "key" | "value" | "name" | "function";
  words: Words | null;
  start: number;
  end: number;
}

export interface Fix {
  words: Words;
  sure: boolean;
  edits: { start: number; end: number; text: string }[];
}

export interface TextProblem {
  code: string;
  severity: string;
  start: number;
  end: number;
  message: Words;
  hint: Words | null;
  fixes: Fix[];
}

export interface Part {
  name: string;
  words: Words;
  sort: string;
  start: number;
  end: number;
  named: [number, number];
  path: Path;
  parts: Part[];
}

export interface FormulaPlace {
  start: number;
  end: number;
  path: Path;
}

export interface Look {
  problems: TextProblem[];
  formulas: FormulaPlace[];
  parts: Part[];
}

export interface Meaning {
  words: Words;
  start: number;
  end: number;
  declared: Place | null;
}

export async function proposals(file: string, text: string, at: number): Promise<Proposal[]> {
  const lines = new Lines(text);
  const found = await ask<{ items: Proposal[] }>("/text/completion", { file, text, offset: lines.point(at) });
  return found.items.map((one) => ({ ...one, start: lines.offset(one.start), end: lines.offset(one.end) }));
}

export async function meaning(file: string, text: string, at: number): Promise<Meaning | null> {
  const lines = new Lines(text);
  const found = await ask<Meaning | null>("/text/hover", { file, text, offset: lines.point(at) });
  return found && { ...found, start: lines.offset(found.start), end: lines.offset(found.end) };
}

export const definition = (file: string, text: string, at: number): Promise<Place | null> => ask("/text/definition", { file, text, offset: new Lines(text).point(at) });

export const references = (file: string, text: string, at: number): Promise<{ declared: Place | null; places: Place[]; more: boolean }> => ask("/text/references", { file, text, offset: new Lines(text).point(at) });

export const search = (query: string, more: { case: boolean; whole: boolean }): Promise<{ places: Place[]; more: boolean }> => ask("/text/search", { query, ...more });

/** What is wrong with a text, where its formulas are, and its parts. */
export async function look(file: string, text: string): Promise<Look> {
  const lines = new Lines(text);
  const found = await ask<Look>("/text/diagnostics", { file, text });
  const part = (one: Part): Part => ({ ...one, start: lines.offset(one.start), end: lines.offset(one.end), named: [lines.offset(one.named[0]), lines.offset(one.named[1])], parts: one.parts.map(part) });
  const placed = <Kind extends { start: number; end: number }>(one: Kind): Kind => ({ ...one, start: lines.offset(one.start), end: lines.offset(one.end) });
  return {
    problems: found.problems.map((one) => ({ ...placed(one), fixes: one.fixes.map((fix) => ({ ...fix, edits: fix.edits.map(placed) })) })),
    formulas: found.formulas.map(placed),
    parts: found.parts.map(part),
  };
}

/** The edits to the canonical form, in the editor's places. */
export async function form(file: string, text: string): Promise<{ from: number; to: number; insert: string }[]> {
  const lines = new Lines(text);
  const found = await ask<{ edits: { start: number; end: number; text: string }[] }>("/text/form", { file, text });
  return found.edits.map((one) => ({ from: lines.offset(one.start), to: lines.offset(one.end), insert: one.text }));
}
