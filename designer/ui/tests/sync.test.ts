import { ChangeSet, Text } from "@codemirror/state";
import { expect, it } from "vitest";
import { applied, hunks, merged } from "../src/text/hunks";
import { Lines } from "../src/text/lines";
import { Sync } from "../src/text/sync";
import { formulaIn, tokens } from "../src/text/formulas";
import { words } from "../src/text/yaml";

const WORDS = ["a: 1\n", "b: 甲😀\n", "c: x\n", "d: y\n", "  - {id: k}\n", "\n"];
/** The same numbers every time. */
function* numbers(seed: number): Generator<number, number> {
  for (let now = seed; ; ) yield (now = (now * 1103515245 + 12345) % 2147483648);
}
const changedBy = (text: string, pick: () => number): string => {
  const lines = text.split(/(?<=\n)/);
  const at = pick() % (lines.length + 1);
  lines.splice(at, pick() % 2, WORDS[pick() % WORDS.length] ?? "");
  return lines.join("");
};

it("counts code points for the server and units for the editor, line ends as they are", () => {
  const lines = new Lines("甲😀: 1\r\nb: 2\rc");
  expect(lines.document).toBe("甲😀: 1\nb: 2\nc");
  expect(lines.point(3)).toBe(2);
  expect(lines.offset(2)).toBe(3);
  expect(lines.point(7)).toBe(7);
  for (let offset = 0; offset <= lines.document.length; offset++) if (offset !== 2) expect(lines.offset(lines.point(offset))).toBe(offset);
});

it("makes one text of the other, whatever differs", () => {
  const random = numbers(7);
  const pick = (): number => random.next().value;
  for (let round = 0; round < 500; round++) {
    let base = "";
    for (let n = 0; n < 6; n++) base += WORDS[pick() % WORDS.length];
    let other = base;
    for (let n = 0; n < pick() % 4; n++) other = changedBy(other, pick);
    expect(applied(base, hunks(base, other))).toBe(other);
  }
  expect(hunks("a😀b\n", "a😁b\n")).toEqual([{ from: 1, to: 3, insert: "😁" }]);
});

it("loses nothing of two who type at once, in a thousand random pairs", () => {
  const random = numbers(11);
  const pick = (): number => random.next().value;
  for (let round = 0; round < 1000; round++) {
    const base = Array.from({ length: 12 }, (_, at) => `key_${at}: ${pick() % 9}\n`).join("");
    const one = pick() % 12;
    const two = pick() % 12;
    const mine = base.replace(`key_${one}: `, `key_${one}: m`);
    const theirs = base.replace(`key_${two}: `, `key_${two}: t`);
    const both = merged(base, mine, theirs);
    if (one !== two) {
      expect(both.disagreements).toEqual([]);
      expect(both.mine).toContain(`key_${one}: m`);
      expect(both.mine).toContain(`key_${two}: t`);
      expect(both.theirs).toBe(both.mine);
    } else {
      expect(both.disagreements).toHaveLength(1);
      expect(both.mine).toBe(mine);
      expect(both.theirs).toBe(theirs);
      expect(both.disagreements[0]?.base).toBe(`key_${one}: ${base.split("\n")[one]?.split(": ")[1]}`);
    }
  }
});

it("keeps what is typed while an answer is awaited, and takes what others did with it", () => {
  const sync = new Sync("a: 1\r\nb: 😀\r\n", "h0");
  let document = Text.of(sync.document.split("\n"));
  const type = (from: number, to: number, insert: string): void => {
    const changes = ChangeSet.of({ from, to, insert }, document.length);
    document = changes.apply(document);
    sync.type(changes);
  };
  type(3, 4, "2\nz: 9");
  expect(sync.take()).toEqual({ edits: [{ start: 3, end: 4, text: "2\r\nz: 9" }], hash: "h0" });
  type(document.length, document.length, "c: 3\n");
  expect(sync.take()).toBeNull();
  const others = sync.arrived("# by others\r\na: 2\r\nz: 9\r\nb: 😀\r\n", "h2");
  if (!others) throw new Error("contested");
  document = others.apply(document);
  expect(document.toString()).toBe("# by others\na: 2\nz: 9\nb: 😀\nc: 3\n");
  expect(sync.take()).toEqual({ edits: [{ start: 31, end: 31, text: "c: 3\r\n" }], hash: "h2" });
  expect(sync.arrived("# by others\r\na: 2\r\nz: 9\r\nb: 😀\r\nc: 3\r\n", "h3")?.empty).toBe(true);
  expect(sync.clean).toBe(true);
});

it("lets nobody write over what I am writing: what others wrote in the same place is contested", () => {
  for (const sent of [false, true]) {
    const sync = new Sync("a: 1\nb: 2\n", "h0");
    if (sent) {
      sync.type(ChangeSet.of({ from: 8, to: 9, insert: "3" }, 10));
      sync.take();
    }
    sync.type(ChangeSet.of({ from: 3, to: 4, insert: "mine" }, 10));
    const mine = sent ? "a: mine\nb: 3\n" : "a: mine\nb: 2\n";
    const others = sent ? "a: theirs\nb: 3\n" : "a: theirs\nb: 2\n";
    expect(sync.arrived(others, "h1")).toBeNull();
    const both = sync.contested(mine, others, "h1", true);
    expect(both.disagreements).toEqual([{ base: "a: 1", mine: "a: mine", theirs: "a: theirs" }]);
    expect([both.text, both.theirs]).toEqual([mine, others]);
  }
});

it("sends again what did not arrive", () => {
  const sync = new Sync("\ufeffa: 1\n", "h0");
  sync.type(ChangeSet.of({ from: 3, to: 4, insert: "2" }, 5));
  expect(sync.take()?.edits).toEqual([{ start: 4, end: 5, text: "2" }]);
  sync.lost();
  sync.type(ChangeSet.of({ from: 4, to: 4, insert: "0" }, 5));
  expect(sync.take()?.edits).toEqual([{ start: 4, end: 5, text: "20" }]);
});

it("tells the words of formulas and of definitions apart", () => {
  expect(tokens('round(amount * 0.5, 2) and 名称 = "甲"').map((one) => one.kind)).toEqual(["call", "name", "sign", "number", "number", "word", "name", "sign", "text"]);
  expect(formulaIn("'a = ''b'''")).toBe("a = 'b'");
  expect(formulaIn('"a = \\"b\\""')).toBe('a = "b"');
  expect(formulaIn("|-\n a")).toBeNull();
  expect(words('  - {id: k, label: "a: b"}  # words').map((one) => one.kind)).toEqual(["sign", "sign", "key", "sign", "key", "string", "sign", "comment"]);
});
