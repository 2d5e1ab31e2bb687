/** What a property of a workflow may name that only the workflow knows: its states, its transitions, its flows, its fields. */
import { idOf, trees } from "../lib/document";
import { fields } from "../lib/fields.svelte";
import { draft } from "../lib/draft.svelte";
import type { Schema, Tree } from "../lib/types";
import { refOf } from "../lib/widgets.svelte";
import { labelText } from "../lib/words";
import type { Option } from "../schema/options";
import { around } from "./around.svelte";
import type { FlowState } from "./flow.svelte";

const named = (items: readonly Tree[]): Option[] => items.map((one) => ({ value: idOf(one), label: labelText(one.label) || idOf(one) }));

export function lifeOptions(schema: Schema, flow: FlowState, item: Tree): Option[] | null {
  switch (refOf(schema)) {
    case "state":
      return named(trees((flow.isFlow ? flow.life : flow.data)?.states));
    case "transition":
      return named(trees(lifeAt(flow, item)?.transitions));
    case "workflow":
      return draft.ofKind("workflows").map((one) => ({ value: one.name, label: one.label || one.name }));
    case "destination":
      return draft.ofKind("destinations").map((one) => ({ value: one.name, label: one.label || one.name }));
    case "field":
      return schema.type === "array" ? null : fields.of(flow.entity).filter((one) => one.type === "state" || flow.isFlow).map((one) => ({ value: one.name, label: one.label }));
  }
  return null;
}

/** The states of what a step is about: the record, or what its path leads to. */
function lifeAt(flow: FlowState, item: Tree): Tree | undefined {
  if (typeof item.path !== "string") return flow.isFlow ? flow.life : flow.data;
  let entity = flow.entity;
  for (const step of item.path.split(".")) entity = fields.of(entity).find((one) => one.name === step)?.to ?? "";
  void around.read(entity);
  return around.life(entity)?.data;
}
