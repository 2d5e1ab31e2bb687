/** Words and problems of properties. */
import { samePath, within } from "../lib/document";
import type { Path, Problem, Schema } from "../lib/types";
import { boot } from "../lib/boot";
import { en } from "../lib/i18n/en";
import { zh, type Key } from "../lib/i18n/zh";

/** A property's name as people read it: the schema's own where it has one in the language, else a word made of the key. */
export function titleOf(schema: Schema, name: string): string {
  const titles = schema["x-titles"] as Record<string, string> | undefined;
  if (titles?.[boot.language]) return titles[boot.language] ?? name;
  const known = `p_${name}` as Key;
  if (boot.language === "zh" && typeof schema.title === "string") return schema.title;
  if (known in zh) return boot.language === "zh" ? zh[known] : en[known];
  return boot.language === "en" ? capital(name.replaceAll("_", " ")) : (schema.title ?? name);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export function helpOf(schema: Schema): string {
  const chinese = schema["x-zh"];
  if (boot.language === "zh") return typeof chinese === "string" ? chinese : "";
  return schema.description ?? "";
}

export interface Sorted {
  whole: Problem[];
  by: Record<string, Problem[]>;
}

/** The problems of one item: those of a property beside it, the rest of the whole; those of its children are theirs. */
export function problemsOf(problems: readonly Problem[], path: Path): Sorted {
  const sorted: Sorted = { whole: [], by: {} };
  for (const one of problems) {
    if (!one.path || !within(path, one.path)) continue;
    const next = one.path[path.length];
    if (typeof next === "string" && next !== "items") (sorted.by[next] ??= []).push(one);
    else if (samePath(path, one.path)) sorted.whole.push(one);
  }
  return sorted;
}
