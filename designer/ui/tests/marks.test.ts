import { expect, it } from "vitest";
import { differences } from "../src/publish/marks";

it("tells what came, went and looks otherwise, and nothing of what stayed", () => {
  const before = new Map([["a", "<p>1</p>"], ["b", "<p>2</p>"], ["c", "<p>3</p>"]]);
  const after = new Map([["a", "<p>1</p>"], ["b", "<p>two</p>"], ["d", "<p>4</p>"]]);
  expect([...differences(before, after)].sort()).toEqual([["b", "changed"], ["c", "removed"], ["d", "added"]]);
  expect(differences(before, before).size).toBe(0);
});
