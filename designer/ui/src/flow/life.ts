/** The states of an entity and what leads from one to the other, as a graph. */
import type { Badge, GraphEdge, GraphNode, Lit, Tone } from "../graph/graph";
import { idOf, trees } from "../lib/document";
import type { Json, Path, Problem, Tree } from "../lib/types";
import { labelText, t } from "../lib/words";
import { problemAt } from "./problems";

export const words = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);
const TONES = new Set(["neutral", "info", "success", "warning", "danger"]);
const CUT = " > ";

/** An edge is a transition with one of the states that it leaves. */
export const edgeId = (transition: string, from: string): string => `${transition}${CUT}${from}`;
export const transitionOf = (edge: string): string => (edge.includes(CUT) ? (edge.split(CUT)[0] ?? "") : "");
export const sourceOf = (edge: string): string => edge.split(CUT)[1] ?? "";

export interface Told {
  /** Lit states and transitions of a trial. */
  lit: (kind: "state" | "transition", id: string) => Lit | undefined;
  /** How often app tests take it; null where that is not shown. */
  walked: ((id: string) => number) | null;
  problems: readonly Problem[];
  /** Names of transitions that flows take. */
  byFlows: ReadonlySet<string>;
}

export const statePath = (id: string): Path => ["states", { id }];
export const transitionPath = (id: string): Path => ["transitions", { id }];

export function lifeNodes(data: Tree, told: Told): GraphNode[] {
  return trees(data.states).map((one): GraphNode => {
    const id = idOf(one);
    const badges: Badge[] = [];
    if (data.initial === id) badges.push({ text: t("state_initial"), tone: "accent", icon: "flag" });
    if (one.final === true) badges.push({ text: t("state_final"), tone: "neutral", icon: "check" });
    return { id, kind: one.final === true ? "final" : "state", title: labelText(one.label) || id, subtitle: id, icon: one.final === true ? "check-circle" : data.initial === id ? "flag" : "flow", tone: TONES.has(String(one.tone)) ? (String(one.tone) as Tone) : "neutral", badges, outputs: one.final === true ? [] : undefined, lit: told.lit("state", id), problem: problemAt(told.problems, statePath(id)) };
  });
}

export function lifeEdges(data: Tree, told: Told): GraphEdge[] {
  return trees(data.transitions).flatMap((one) => {
    const id = idOf(one);
    const badges: Badge[] = [];
    if (one.guard !== undefined) badges.push({ text: "", icon: "filter", tone: "warning", title: t("has_guard", { guard: String(one.guard) }) });
    if (told.byFlows.has(id)) badges.push({ text: "", icon: "check-circle", tone: "info", title: t("taken_by_flow") });
    const walked = told.walked?.(id);
    if (walked !== undefined) badges.push(walkedBadge(walked));
    return words(one.from).map((from): GraphEdge => ({ id: edgeId(id, from), from, to: String(one.to ?? ""), label: labelText(one.label) || id, title: t("transition_words", { what: labelText(one.label) || id }), badges, lit: told.lit("transition", id), problem: problemAt(told.problems, transitionPath(id)) }));
  });
}

export const walkedBadge = (times: number): Badge => (times ? { text: String(times), icon: "check", tone: "success", title: t("walked_times", { times }) } : { text: t("not_walked"), icon: "warning", tone: "warning", title: t("walked_never") });
