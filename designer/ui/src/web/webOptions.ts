/** What a property of a map may name that the whole definition knows: transitions, flows and their steps, rules. */
import { idOf, trees } from "../lib/document";
import { draft } from "../lib/draft.svelte";
import { refOf } from "../lib/widgets.svelte";
import type { Schema, Tree } from "../lib/types";
import { labelText } from "../lib/words";
import type { Option } from "../schema/options";

const named = (items: readonly Tree[]): Option[] => items.map((one) => ({ value: idOf(one), label: labelText(one.label) || idOf(one) }));

export function webOptions(schema: Schema, entity: string): Option[] | null {
  switch (refOf(schema)) {
    case "transition":
      return named(about(entity, "states").flatMap((one) => trees(one.data?.transitions)));
    case "workflow":
      return about(entity, "steps").map((one) => ({ value: one.name, label: one.label || one.name }));
    case "rule":
      return draft.ofKind("rules").map((one) => ({ value: one.name, label: one.label || one.name }));
  }
  return null;
}

/** The workflows about an entity that have states, or steps. */
const about = (entity: string, part: "states" | "steps"): { name: string; label: string; data: Tree | undefined }[] =>
  draft.ofKind("workflows").flatMap((one) => {
    const data = draft.files[one.file]?.data;
    return data?.entity === entity && part in data ? [{ name: one.name, label: one.label, data }] : [];
  });
