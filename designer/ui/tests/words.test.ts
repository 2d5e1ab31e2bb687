import { expect, it } from "vitest";
import { en } from "../src/lib/i18n/en";
import { zh } from "../src/lib/i18n/zh";
import { initials, match, parseLetters } from "../src/lib/search";

const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((one) => one[1] ?? "").sort();

it("has every word in both languages, with the same places to fill in", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
    expect(zh[key], key).not.toBe("");
    expect(en[key], key).not.toBe("");
    expect(holes(en[key]), key).toEqual(holes(zh[key]));
    expect(/[一-鿿]/.test(en[key]), key).toBe(false);
  }
});

it("says every word once", () => {
  const areas = import.meta.glob("../src/lib/i18n/zh/*.ts", { eager: true }) as Record<string, Record<string, Record<string, string>>>;
  const keys = Object.values(areas).flatMap((area) => Object.values(area).flatMap(Object.keys));
  expect(keys.filter((one, at) => keys.indexOf(one) !== at)).toEqual([]);
  expect(keys.length).toBe(Object.keys(zh).length);
});

it("uses every word, and none that there is not", () => {
  const sources = import.meta.glob("../src/**/*.{svelte,ts}", { query: "?raw", import: "default", eager: true }) as Record<string, string>;
  const written = Object.entries(sources).filter(([path]) => !path.includes("/i18n/")).map(([, text]) => text).join("\n");
  const named = new Set([...written.matchAll(/["'`]([a-z][a-z0-9_]*)["'`]/g)].map((one) => one[1] ?? ""));
  // Words of a family are named by its start: `by_${bucket}`.
  const families = [...written.matchAll(/[`"']([a-z]+_)(?:\$\{|["'`])/g)].map((one) => one[1] ?? "");
  const unused = Object.keys(zh).filter((key) => !named.has(key) && !families.some((start) => key.startsWith(start)));
  expect(unused).toEqual([]);
});

const TABLE = parseLetters("# letters\nk 客\nh 户\nz 重庄\nc 重\nq 庆\n");

it("finds by initials of pinyin", () => {
  expect(initials("客户A", TABLE)).toBe("kha");
  expect(match("kh", "客户名称", "", TABLE)).toBe(2);
  expect(match("户", "客户", "", TABLE)).toBe(3);
  expect(match("cust", "客户", "customer", TABLE)).toBe(4);
  expect(match("zz", "客户", "customer", TABLE)).toBe(-1);
});
