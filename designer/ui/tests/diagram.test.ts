import { describe, expect, it } from "vitest";
import { arrange, costOf, crosses, kept, placed, type Card, type Link } from "../src/diagram/arrange";
import { between, loop, shares, sidesOf, type Box } from "../src/diagram/lines";
import { cards, fieldsOf, inSight, relations, type EntityLine, type Picture } from "../src/diagram/picture";

const FILES = import.meta.glob("../../../packs/*/entities/*.yaml", { query: "?raw", import: "default", eager: true }) as Record<string, string>;

/** The entities of the shipped packs as far as their drawing needs them: how many fields, and where relations lead. */
function shipped(pack: string, areaOf: (name: string) => string): { cards: Card[]; links: Link[] } {
  const found = Object.entries(FILES).flatMap(([path, text]) => {
    const [, of, name] = /packs\/(\w+)\/entities\/(\w+)\.yaml/.exec(path) ?? [];
    return name && (!pack || of === pack) ? [{ name, lines: text.split("\n").length, to: [...text.matchAll(/type: relation[^}]*?\bto: (\w+)/g)].map((one) => one[1] ?? "") }] : [];
  });
  return { cards: found.map((one) => ({ id: one.name, area: areaOf(one.name), size: { width: 212, height: 66 + (one.lines % 5) * 28 } })), links: found.flatMap((one) => one.to.map((to) => ({ from: one.name, to }))) };
}

const overlapping = (boxes: Box[], gap = 0): number =>
  boxes.reduce((sum, a, at) => sum + boxes.slice(at + 1).filter((b) => a.x < b.x + b.width + gap && b.x < a.x + a.width + gap && a.y < b.y + b.height + gap && b.y < a.y + a.height + gap).length, 0);

const boxesOf = (all: readonly Card[], positions: ReadonlyMap<string, { x: number; y: number }>): Box[] => all.map((one) => ({ ...(positions.get(one.id) as { x: number; y: number }), ...one.size }));

describe.each(["b2b_sales", "store_sales", "organisation", ""])("the shipped model %s", (pack) => {
  it.each([["one area", () => "all"], ["areas by letter", (name: string) => (name[0] ?? "") < "d" ? "a" : (name[0] ?? "") < "q" ? "b" : "c"]] as const)("has no card over another, in %s", (_, areaOf) => {
    const { cards: all, links } = shipped(pack, areaOf);
    expect(all.length).toBeGreaterThan(pack ? 6 : 50);
    const drawn = placed(arrange(all, links), all);
    expect(overlapping(boxesOf(all, drawn.positions), 20)).toBe(0);
    expect(overlapping(drawn.frames)).toBe(0);
    for (const one of all) {
      const frame = drawn.frames.find((each) => each.area === one.area) as Box;
      const at = drawn.positions.get(one.id) as { x: number; y: number };
      expect(at.x >= frame.x && at.y >= frame.y && at.x + one.size.width <= frame.x + frame.width && at.y + one.size.height <= frame.y + frame.height).toBe(true);
    }
  });

  it("is drawn the same again, and better than in the order of names", () => {
    const { cards: all, links } = shipped(pack, (name) => ((name[0] ?? "") < "m" ? "a" : "b"));
    const one = arrange(all, links);
    expect(arrange(all, links)).toEqual(one);
    const sizes = new Map(all.map((each) => [each.id, each.size]));
    const known = links.filter((each) => each.from !== each.to && sizes.has(each.from) && sizes.has(each.to));
    const plain = arrange(all, []);
    expect(costOf(placed(one, all).positions, sizes, known)).toBeLessThanOrEqual(costOf(placed(plain, all).positions, sizes, known));
  });
});

it("leaves what stands where it stands when something comes and goes", () => {
  const { cards: all, links } = shipped("b2b_sales", () => "a");
  const one = arrange(all, links);
  const before = placed(one, all).positions;
  const more = [...all, { id: "visit", area: "a", size: { width: 212, height: 66 } }, { id: "note", area: "new", size: { width: 212, height: 66 } }];
  const after = placed(kept(one, more), more);
  for (const [id, at] of before) expect(after.positions.get(id)).toEqual(at);
  expect(overlapping(boxesOf(more, after.positions), 20)).toBe(0);
  const fewer = all.slice(1);
  expect(placed(kept(one, fewer), fewer).positions.size).toBe(fewer.length);
});

it("tells lines that cross from those that meet at a card", () => {
  const line = (from: string, to: string, ax: number, ay: number, bx: number, by: number) => ({ from, to, a: { x: ax, y: ay }, b: { x: bx, y: by } });
  expect(crosses(line("a", "b", 0, 0, 10, 10), line("c", "d", 0, 10, 10, 0))).toBe(true);
  expect(crosses(line("a", "b", 0, 0, 10, 10), line("a", "d", 0, 10, 10, 0))).toBe(false);
});

describe("lines", () => {
  const box = (x: number, y: number): Box => ({ x, y, width: 200, height: 100 });

  it("leave by the side that looks at the other card", () => {
    expect(sidesOf(box(0, 0), box(400, 0))).toEqual(["right", "left"]);
    expect(sidesOf(box(400, 0), box(0, 300))).toEqual(["left", "right"]);
    expect(sidesOf(box(0, 0), box(0, 130))).toEqual(["bottom", "top"]);
    expect(sidesOf(box(0, 130), box(0, 0))).toEqual(["top", "bottom"]);
    expect(sidesOf(box(0, 0), box(0, 500))).toEqual(["right", "right"]);
  });

  it("share a side evenly and without crossing", () => {
    const boxes = new Map([["a", box(0, 0)], ["b", box(400, 0)], ["c", box(400, 300)]]);
    const shared = shares([{ id: "two", from: "a", to: "c" }, { id: "one", from: "a", to: "b" }, { id: "three", from: "a", to: "b" }], boxes);
    expect(shared.get("one")?.from).toBeLessThan(shared.get("two")?.from as number);
    expect(new Set([...shared.values()].map((one) => one.from)).size).toBe(3);
    expect(shared.get("one")?.to).not.toBe(shared.get("three")?.to);
  });

  it("begin with three toes for many and with a bar for one, and end at the card", () => {
    const drawn = between(box(0, 0), box(400, 0), { from: 0.5, to: 0.5 }, { single: false });
    expect(drawn.path.startsWith("M200,56 L212,50 L200,44")).toBe(true);
    expect(drawn.path.endsWith("L400,50")).toBe(true);
    expect(between(box(0, 0), box(400, 0), { from: 0.5, to: 0.5 }, { single: true }).path.startsWith("M208,")).toBe(true);
    expect(loop(box(0, 0), { single: false }).end).toEqual({ x: 160, y: 0 });
  });
});

describe("what is shown", () => {
  const entity = (name: string, pack: string, more: Partial<EntityLine> = {}): EntityLine => ({ file: `${pack}/entities/${name}.yaml`, name, pack, area: `${pack}/a`, key: [], single: [], fields: [], ...more });
  const picture: Picture = {
    packs: [{ name: "one", label: "One" }, { name: "two", label: "Two" }],
    areas: [{ pack: "one", name: "one/a", label: "A" }],
    entities: [
      entity("order", "one", { title: "name", key: ["code"], single: ["invoice"], fields: [{ name: "customer", type: "relation", to: "customer", required: true }, { name: "invoice", type: "relation", to: "bill" }, { name: "note", type: "long_text" }, { name: "name", type: "text" }, { name: "code", type: "code" }, { name: "state", type: "state" }, { name: "total", type: "money", formula: "1" }] }),
      entity("bill", "one"),
      entity("customer", "two"),
      entity("other", "two"),
    ],
  };
  const sight = { pack: "one", shown: "key" as const, found: null, problems: new Map<string, string>() };

  it("is a pack with what it is joined to in others, which is dimmed", () => {
    const seen = inSight(picture, "one", new Set());
    expect(seen.map((one) => one.name)).toEqual(["bill", "order", "customer"]);
    expect(cards(seen, sight).filter((one) => one.dim).map((one) => one.id)).toEqual(["customer"]);
    expect(inSight(picture, "", new Set()).length).toBe(4);
    expect(inSight(picture, "one", new Set(["one/a"])).length).toBe(0);
  });

  it("is on a card what a record is known by", () => {
    expect(fieldsOf(picture.entities[0] as EntityLine, "key").map((one) => one.name)).toEqual(["name", "code", "state"]);
    expect(fieldsOf(picture.entities[0] as EntityLine, "none")).toEqual([]);
    expect(fieldsOf(picture.entities[0] as EntityLine, "all").length).toBe(7);
  });

  it("says of a relation how many lead to one, and its words beside what is selected", () => {
    const lines = relations(inSight(picture, "one", new Set()), "order", sight);
    expect(lines.map((one) => [one.id, one.single, one.quiet, one.label])).toEqual([["order.customer", false, false, "customer · N:1"], ["order.invoice", true, false, "invoice · 1:1"]]);
    expect(relations(inSight(picture, "one", new Set()), "", sight).every((one) => one.quiet)).toBe(true);
  });
});
