/** The kinds of steps that the engine has, as people choose them, and what a new one begins with. */
import type { NodeKind, Tone } from "../graph/graph";
import type { Key } from "../lib/i18n/zh";
import type { Tree } from "../lib/types";
import { both, t } from "../lib/words";

interface Known {
  name: string;
  icon: string;
  tone: Tone;
  group: Key;
}

const KNOWN: readonly Known[] = [
  { name: "approval", icon: "check-circle", tone: "accent", group: "steps_people" },
  { name: "task", icon: "clipboard", tone: "accent", group: "steps_people" },
  { name: "notify", icon: "bell", tone: "accent", group: "steps_people" },
  { name: "condition", icon: "filter", tone: "warning", group: "steps_paths" },
  { name: "inclusive", icon: "layers", tone: "warning", group: "steps_paths" },
  { name: "parallel", icon: "columns", tone: "warning", group: "steps_paths" },
  { name: "wait", icon: "clock", tone: "warning", group: "steps_paths" },
  { name: "transition", icon: "flow", tone: "info", group: "steps_data" },
  { name: "update", icon: "edit", tone: "info", group: "steps_data" },
  { name: "create", icon: "plus", tone: "info", group: "steps_data" },
  { name: "hand_over", icon: "users", tone: "info", group: "steps_data" },
  { name: "call", icon: "globe", tone: "neutral", group: "steps_outside" },
  { name: "flow", icon: "route", tone: "neutral", group: "steps_outside" },
  { name: "for_each", icon: "boxes", tone: "neutral", group: "steps_outside" },
  { name: "end", icon: "flag", tone: "danger", group: "steps_paths" },
];

export const BRANCHING: ReadonlySet<string> = new Set(["condition", "inclusive", "parallel"]);
const title = (name: string): string => t(`step_${name}` as Key);

export const stepTitle = (type: string): string => (KNOWN.some((one) => one.name === type) ? title(type) : type);
export const stepIcon = (type: string): string => KNOWN.find((one) => one.name === type)?.icon ?? "flow";
export const stepTone = (type: string): Tone => KNOWN.find((one) => one.name === type)?.tone ?? "neutral";

/** What the engine's schema knows; a kind that it learns later is offered too. */
export function stepKinds(types: readonly string[]): NodeKind[] {
  const order = (name: string): number => KNOWN.findIndex((one) => one.name === name) + 1 || KNOWN.length + 1;
  return types
    .toSorted((a, b) => order(a) - order(b))
    .map((name) => {
      const known = KNOWN.find((one) => one.name === name);
      return { name, title: stepTitle(name), icon: known?.icon ?? "flow", tone: known?.tone, group: t(known?.group ?? "steps_outside"), help: known ? t(`stepmore_${name}` as Key) : undefined };
    })
    .toSorted((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));
}

const GROUPS = (["steps_people", "steps_paths", "steps_data", "steps_outside"] as const).map((one) => t(one));

export interface Around {
  /** Transitions of the entity's life, the other flows about it, its collections, declared places to call. */
  transitions: readonly string[];
  flows: readonly string[];
  collections: readonly string[];
  destinations: readonly string[];
  entity: string;
  title: string;
}

/** A new step that is as right as can be without asking. */
export function newStep(type: string, around: Around): Tree {
  const label = { ...both(`step_${type}` as Key) };
  switch (type) {
    case "approval":
      return { type, label, approvers: [{ type: "manager" }], actions: ["transfer", "return", "take_back"], back: ["initiator"] };
    case "task":
      return { type, label, people: [{ type: "initiator" }] };
    case "notify":
      return { type, label, people: [{ type: "initiator" }], subject: label };
    case "condition":
      return { type, label, branches: [{ id: "first", label: { ...both("branch_first") }, when: "true" }, { id: "other", label: { ...both("branch_other") } }] };
    case "inclusive":
      return { type, label, branches: [{ id: "first", label: { ...both("branch_first") }, when: "true" }, { id: "second", label: { ...both("branch_second") }, when: "true" }] };
    case "parallel":
      return { type, label, branches: [{ id: "first", label: { ...both("branch_first") }, steps: [] }, { id: "second", label: { ...both("branch_second") }, steps: [] }] };
    case "wait":
      return { type, label, for: "1d" };
    case "transition":
      return { type, label, transition: around.transitions[0] ?? "" };
    case "update":
      return { type, label, set: { [around.title || "name"]: around.title || "name" } };
    case "create":
      return { type, label, entity: around.entity, set: { [around.title || "name"]: around.title || "name" } };
    case "hand_over":
      return { type, label, person: "user.id" };
    case "call":
      return { type, label, destination: around.destinations[0] ?? "", method: "POST", url: "/" };
    case "flow":
      return { type, label, flow: around.flows[0] ?? "" };
    case "for_each":
      return { type, label, over: around.collections[0] ?? "", flow: around.flows[0] ?? "" };
    case "end":
      return { type, label, outcome: "done" };
  }
  return { type, label };
}
