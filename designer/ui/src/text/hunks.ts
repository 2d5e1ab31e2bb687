/** What differs between two texts, piece by piece, and what may be merged of two persons' pieces. */

export interface Hunk {
  from: number;
  to: number;
  insert: string;
}

const MOST = 250_000;

/** The pieces of `before` that are others in `after`: by lines, each trimmed to the letters that differ. */
export function hunks(before: string, after: string): Hunk[] {
  if (before === after) return [];
  const old = split(before);
  const now = split(after);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  const start = old.slice(0, head).join("").length;
  return pairs(old.slice(head, old.length - tail), now.slice(head, now.length - tail), start);
}

const split = (text: string): string[] => text.split(/(?<=\n)/);

function pairs(old: string[], now: string[], start: number): Hunk[] {
  const found: Hunk[] = [];
  let at = start;
  let removed = "";
  let added = "";
  const close = (): void => {
    if (removed || added) found.push(trimmed(at - removed.length, removed, added));
    removed = added = "";
  };
  for (const [line, other] of aligned(old, now)) {
    if (line !== null && other !== null) {
      close();
      at += line.length;
    } else if (line !== null) {
      removed += line;
      at += line.length;
    } else added += other ?? "";
  }
  close();
  return found.filter((one) => one.from !== one.to || one.insert);
}

/** Lines side by side: equal ones together, others alone. Texts that are too long to compare stand against each other whole. */
function* aligned(old: string[], now: string[]): Generator<[string | null, string | null]> {
  if (old.length * now.length > MOST) {
    for (const line of old) yield [line, null];
    for (const line of now) yield [null, line];
    return;
  }
  const width = now.length + 1;
  const longest = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      longest[i * width + j] = old[i] === now[j] ? (longest[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
    }
  }
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) yield [old[i++] ?? "", now[j++] ?? ""];
    else if (j >= now.length || (i < old.length && (longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0))) yield [old[i++] ?? "", null];
    else yield [null, now[j++] ?? ""];
  }
}

function trimmed(from: number, removed: string, added: string): Hunk {
  let head = 0;
  while (head < removed.length && head < added.length && removed[head] === added[head] && !isHigh(removed, head)) head++;
  let tail = 0;
  while (tail < removed.length - head && tail < added.length - head && removed[removed.length - 1 - tail] === added[added.length - 1 - tail] && !isLow(removed, removed.length - 1 - tail)) tail++;
  return { from: from + head, to: from + removed.length - tail, insert: added.slice(head, added.length - tail) };
}

// A pair of units that is one letter is never cut through.
const isHigh = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xd800;
const isLow = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xdc00;

export function applied(text: string, pieces: readonly Hunk[]): string {
  let result = "";
  let at = 0;
  for (const one of [...pieces].sort((a, b) => a.from - b.from || a.to - b.to)) {
    result += text.slice(at, one.from) + one.insert;
    at = one.to;
  }
  return result + text.slice(at);
}

/** Whether two pieces speak of the same letters, or of the same place. */
export const touch = (one: Hunk, other: Hunk): boolean => one.from <= other.to && other.from <= one.to;

export interface Disagreement {
  base: string;
  mine: string;
  theirs: string;
}

export interface Merged {
  /** Everything of both, and where they disagree what I wrote; and the same with what they wrote. */
  mine: string;
  theirs: string;
  disagreements: Disagreement[];
}

/** Two changes of one text put together. */
export function merged(base: string, mine: string, theirs: string): Merged {
  const own = hunks(base, mine);
  const other = hunks(base, theirs);
  const same = (one: Hunk, two: Hunk): boolean => one.from === two.from && one.to === two.to && one.insert === two.insert;
  const others = other.filter((one) => !own.some((two) => same(one, two)));
  const ownFree = own.filter((one) => !others.some((two) => touch(one, two)));
  const otherFree = others.filter((one) => !own.some((two) => touch(one, two)));
  const contested = others.filter((one) => own.some((two) => touch(one, two)));
  return {
    mine: applied(base, [...own, ...otherFree]),
    theirs: applied(base, [...others, ...ownFree]),
    disagreements: contested.map((one) => told(base, one, own.filter((two) => touch(one, two)))),
  };
}

/** A disagreement in whole lines. */
function told(base: string, theirs: Hunk, mine: Hunk[]): Disagreement {
  const from = base.lastIndexOf("\n", Math.min(theirs.from, ...mine.map((one) => one.from)) - 1) + 1;
  const last = Math.max(theirs.to, ...mine.map((one) => one.to));
  const end = base.indexOf("\n", last);
  const to = end < 0 ? base.length : end;
  const shifted = (pieces: Hunk[]): string => applied(base.slice(from, to), pieces.map((one) => ({ ...one, from: one.from - from, to: one.to - from })));
  return { base: base.slice(from, to), mine: shifted(mine), theirs: shifted([theirs]) };
}
