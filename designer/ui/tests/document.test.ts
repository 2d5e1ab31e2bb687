import { expect, it } from "vitest";
import { withoutExpectations } from "../src/lib/commands";
import { at, freeId, placed, renamed, within } from "../src/lib/document";
import type { Tree } from "../src/lib/types";

const PAGE: Tree = { label: { zh: "页" }, items: [{ id: "a", widget: "kpi" }, { id: "box", widget: "section", items: [{ id: "b", widget: "kpi", span: 3 }] }] };

it("walks by keys, ids and places", () => {
  expect(at(PAGE, ["items", { id: "box" }, "items", { id: "b" }, "span"])).toBe(3);
  expect(at(PAGE, ["items", 0, "widget"])).toBe("kpi");
  expect(at(PAGE, ["items", { id: "none" }, "span"])).toBeUndefined();
});

it("lists items as they stand, each with its path and what it lies in", () => {
  expect(placed(PAGE).map((one) => [one.id, one.depth, one.parent?.id ?? ""])).toEqual([["a", 0, ""], ["box", 0, ""], ["b", 1, "box"]]);
  expect(within(["items", { id: "box" }], ["items", { id: "box" }, "items", { id: "b" }])).toBe(true);
  expect(within(["items", { id: "a" }], ["items", { id: "box" }])).toBe(false);
});

it("gives copies ids of their own, children too", () => {
  const taken = new Set(["a", "box", "b"]);
  expect(renamed(PAGE.items instanceof Array ? (PAGE.items[1] as Tree) : {}, taken)).toEqual({ id: "box_2", widget: "section", items: [{ id: "b_2", widget: "kpi", span: 3 }] });
  expect(freeId("kpi", new Set(["kpi", "kpi_2"]))).toBe("kpi_3");
});

it("takes expectations out of an act that is meant all the same", () => {
  const act = { do: "set", file: "f", path: ["label"], value: "x", expect: "y" } as const;
  expect(withoutExpectations({ do: "batch", label: { zh: "", en: "" }, commands: [{ ...act, path: ["label"] }] })).toEqual({ do: "batch", label: { zh: "", en: "" }, commands: [{ do: "set", file: "f", path: ["label"], value: "x" }] });
});
