/** The parts of a sentence as they were understood, in its order: what stands between them is left as it is. */
import type { Doubt, Piece } from "./reading.svelte";

export type Tone = "name" | "amount" | "act" | "link" | "doubt" | "";
export interface Part {
  text: string;
  tone: Tone;
}

const NAMES = ["name", "people"];
const AMOUNTS = ["number", "percent", "span", "multiple", "rebate", "date", "period", "edge", "text", "recent", "negative"];
const ACTS = ["warn", "refuse", "forbid", "required", "must", "fill", "approve", "notify", "task", "set", "setto", "assign", "assigns", "by", "thenby", "modeall", "modeany"];

function toneOf(kind: string): Tone {
  if (NAMES.includes(kind)) return "name";
  if (AMOUNTS.includes(kind)) return "amount";
  return ACTS.includes(kind) ? "act" : "link";
}

/** Places count from the first character that is no blank, as the server reads it. */
export function partsOf(sentence: string, pieces: readonly Piece[], doubt: Doubt | null): Part[] {
  const begin = sentence.length - sentence.trimStart().length;
  const marks = doubt ? (doubt.end > doubt.start ? [{ start: doubt.start, end: doubt.end, tone: "doubt" as Tone }] : []) : pieces.map((one) => ({ start: one.start, end: one.end, tone: toneOf(one.kind) }));
  const parts: Part[] = [];
  let at = 0;
  for (const mark of marks) {
    const [start, end] = [begin + mark.start, Math.min(begin + mark.end, sentence.length)];
    if (start < at || end <= start) continue;
    if (start > at) parts.push({ text: sentence.slice(at, start), tone: "" });
    parts.push({ text: sentence.slice(start, end), tone: mark.tone });
    at = end;
  }
  if (at < sentence.length) parts.push({ text: sentence.slice(at), tone: "" });
  return parts;
}
