/** The words of the page in its reader's language; `{name}` in a text is filled in. */
import { boot } from "./boot";
import { en } from "./i18n/en";
import { zh, type Key } from "./i18n/zh";
import type { Json, Words } from "./types";

const texts: Record<Key, string> = boot.language === "en" ? en : zh;

export function t(key: Key, values: Record<string, string | number> = {}): string {
  return filled(texts[key], values);
}

/** The same text in both languages: what the journal keeps as the name of an act. */
export function both(key: Key, values: Record<string, string | number> = {}): Words {
  return { zh: filled(zh[key], values), en: filled(en[key], values) };
}

function filled(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** A label of a definition in the reader's language: a text, or a map from language to text. */
export function labelText(label: Json | undefined): string {
  if (typeof label === "string") return label;
  if (label && typeof label === "object" && !Array.isArray(label)) {
    const own = label[boot.language];
    const found = typeof own === "string" ? own : Object.values(label).find((one) => typeof one === "string");
    return typeof found === "string" ? found : "";
  }
  return "";
}
