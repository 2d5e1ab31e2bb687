import { describe, expect, it } from "vitest";
import { boxAt, placeAt, spanOf, type Box } from "../src/page/geometry";

/** Boxes by id: [x, y, width, height, children?]. */
type Drawn = { [id: string]: [number, number, number, number, Drawn?] };

function boxes(drawn: Drawn, around: Box["path"] = []): Box[] {
  return Object.entries(drawn).map(([id, [x, y, width, height, inside]]) => {
    const path = [...around, "items", { id }];
    return { id, widget: inside ? "section" : "kpi", path, list: [...path, "items"], rect: { x, y, width, height }, takesChildren: inside !== undefined, children: boxes(inside ?? {}, path) };
  });
}

const page = (drawn: Drawn): Box => ({ id: "", widget: "", path: [], list: ["items"], rect: { x: 0, y: 0, width: 1200, height: 1000 }, takesChildren: true, children: boxes(drawn) });
const anything = (): boolean => true;

const FIGURES = page({ a: [0, 0, 285, 100], b: [305, 0, 285, 100], c: [610, 0, 285, 100], d: [915, 0, 285, 100], wide: [0, 120, 1200, 300] });

describe("where a drop lands", () => {
  it("stands before or after the one it is over, in a row", () => {
    expect(placeAt(FIGURES, 340, 50, anything)).toMatchObject({ after: "a", upright: true });
    expect(placeAt(FIGURES, 560, 50, anything)).toMatchObject({ after: "b", upright: true });
    expect(placeAt(FIGURES, 10, 50, anything)).toMatchObject({ after: null, index: 0 });
  });

  it("stands above or below what fills its row", () => {
    expect(placeAt(FIGURES, 600, 150, anything)).toMatchObject({ after: "d", upright: false });
    expect(placeAt(FIGURES, 600, 400, anything)).toMatchObject({ after: "wide" });
    expect(placeAt(FIGURES, 600, 900, anything)).toMatchObject({ after: "wide" });
  });

  it("stands between two rows by the nearer one", () => {
    expect(placeAt(FIGURES, 100, 104, anything)).toMatchObject({ after: "d", upright: false });
  });

  it("goes first into an empty page", () => {
    expect(placeAt(page({}), 300, 300, anything)).toMatchObject({ list: ["items"], after: null, index: 0 });
  });

  it("keeps what lies side by side in two columns apart", () => {
    const record = page({ head: [0, 0, 1200, 100], main: [0, 120, 780, 600], one: [800, 120, 400, 200], two: [800, 340, 400, 200] });
    expect(placeAt(record, 1000, 500, anything)).toMatchObject({ after: "two", upright: false });
    expect(placeAt(record, 1000, 350, anything)).toMatchObject({ after: "one", upright: false });
  });
});

describe("containers", () => {
  const NESTED = page({ top: [0, 0, 1200, 50], box: [0, 60, 1200, 400, { x: [20, 100, 500, 100], y: [540, 100, 500, 100], inner: [20, 220, 1100, 200, { deep: [40, 260, 400, 60] }] }] });

  it("takes the deepest that holds the point", () => {
    expect(placeAt(NESTED, 100, 290, anything)).toMatchObject({ list: ["items", { id: "box" }, "items", { id: "inner" }, "items"] });
  });

  it("means the parent on a rim of 12 pixels", () => {
    expect(placeAt(NESTED, 600, 455, anything)).toMatchObject({ list: ["items"], after: "box" });
    expect(placeAt(NESTED, 600, 440, anything)).toMatchObject({ list: ["items", { id: "box" }, "items"], after: "inner" });
  });

  it("passes over those that do not take it", () => {
    const notInner = (parent: Box): boolean => parent.id !== "inner";
    expect(placeAt(NESTED, 100, 290, notInner)).toMatchObject({ list: ["items", { id: "box" }, "items"] });
    expect(placeAt(NESTED, 100, 290, () => false)).toBeNull();
  });

  it("never goes into itself", () => {
    expect(placeAt(NESTED, 100, 290, anything, new Set(["box"]))).toMatchObject({ list: ["items"], after: "top" });
  });

  it("does not count what is moved", () => {
    expect(placeAt(FIGURES, 560, 50, anything, new Set(["a"]))).toMatchObject({ after: "b", index: 1 });
  });
});

it("finds the deepest item under a point", () => {
  const one = page({ box: [0, 0, 400, 400, { child: [10, 10, 100, 100] }] });
  expect(boxAt(one, 50, 50)?.id).toBe("child");
  expect(boxAt(one, 300, 300)?.id).toBe("box");
  expect(boxAt(one, 900, 900)).toBeNull();
});

it("counts columns", () => {
  expect([spanOf(285, 1200), spanOf(1200, 1200), spanOf(40, 1200, 3), spanOf(5000, 1200)]).toEqual([3, 12, 3, 12]);
});
