/** Finding by words and by initials of pinyin: `kh` finds 客户. The letters come from the server's own table, read when first needed. */
import { boot } from "./boot";

/** What was typed before they were there is looked for again when they are. */
let letters = $state.raw<Map<string, string> | null>(null);
let reading: Promise<void> | null = null;

export function readLetters(): Promise<void> {
  reading ??= (boot.initials ? fetch(boot.initials).then((answer) => answer.text()) : Promise.resolve("")).then((text) => {
    letters = parseLetters(text);
  });
  return reading;
}

export function parseLetters(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (!line || line.startsWith("#")) continue;
    const letter = line[0] ?? "";
    for (const character of line.slice(2)) found.set(character, (found.get(character) ?? "") + letter);
  }
  return found;
}

/** The usual initials of a text; what is no Chinese character stands for itself. */
export function initials(text: string, table: Map<string, string> | null = letters): string {
  return [...text.toLowerCase()].map((one) => table?.get(one)?.[0] ?? one).join("");
}

/** Whether a text, its name or its initials contain what was typed; smaller is better, -1 is no. */
export function match(query: string, text: string, name = "", table: Map<string, string> | null = letters): number {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return 0;
  const shown = text.toLowerCase();
  if (shown.startsWith(wanted)) return 1;
  const short = initials(text, table);
  if (short.startsWith(wanted)) return 2;
  if (shown.includes(wanted)) return 3;
  if (name.includes(wanted)) return 4;
  return short.includes(wanted) ? 5 : -1;
}

export function found<Item>(query: string, items: readonly Item[], text: (one: Item) => string, name: (one: Item) => string): Item[] {
  return items
    .map((one, at) => ({ one, at, rank: match(query, text(one), name(one)) }))
    .filter((one) => one.rank >= 0)
    .sort((a, b) => a.rank - b.rank || a.at - b.at)
    .map((one) => one.one);
}
