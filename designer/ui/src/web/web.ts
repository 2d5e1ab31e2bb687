/** A file that is a graph by itself, a decision-chain map or a knowledge graph, as nodes and edges. */
import type { Badge, GraphEdge, GraphNode, NodeKind, Tone } from "../graph/graph";
import { idOf, isTree, trees } from "../lib/document";
import { edgeId, edgePath, nodePath } from "../graph/listed";
import { problemAt } from "../flow/problems";
import type { Json, Problem, Schema, Tree, Words } from "../lib/types";
import { both, labelText, t } from "../lib/words";

/** How a kind of node looks. */
const LOOKS: Record<string, { icon: string; tone: Tone }> = {
  step: { icon: "arrow-right", tone: "info" },
  decision: { icon: "route", tone: "warning" },
  segment: { icon: "users", tone: "accent" },
  objection: { icon: "chat", tone: "danger" },
  need: { icon: "heart", tone: "warning" },
  argument: { icon: "megaphone", tone: "info" },
  product_family: { icon: "box", tone: "success" },
  evidence: { icon: "clipboard", tone: "neutral" },
  kpi: { icon: "gauge", tone: "accent" },
  constraint: { icon: "lock", tone: "neutral" },
  regulation: { icon: "shield", tone: "danger" },
};
const PLAIN = { icon: "info", tone: "neutral" } as const;

/** The kinds of nodes by the schema. */
export function nodeKinds(schema: Schema | null): string[] {
  return (partOf(schema, "nodes")?.properties?.node?.enum ?? []).map(String);
}

/** The schema of an item of `nodes` or `edges`. */
export function partOf(schema: Schema | null, name: "nodes" | "edges"): Schema | undefined {
  const items = schema?.properties?.[name]?.items;
  return items?.$ref ? schema?.$defs?.[items.$ref.split("/").pop() ?? ""] : items;
}

/** What a kind of node or edge is called, in both languages. */
export function kindLabel(schema: Schema | null, kind: string): Words {
  const known = (schema?.["x-words"] as Record<string, Words> | undefined)?.[kind];
  return known ?? (kind === "step" ? both("web_step") : kind === "decision" ? both("web_decision") : { zh: kind, en: kind });
}

export const kindWords = (schema: Schema | null, kind: string, language: string): string => kindLabel(schema, kind)[language === "zh" ? "zh" : "en"];

/** The kinds of edges that may lead from one node to another; null where edges have no kinds. */
export function kindsBetween(schema: Schema | null, from: Tree | undefined, to: Tree | undefined): string[] | null {
  const ends = schema?.["x-ends"] as Record<string, [string, string][]> | undefined;
  if (!ends) return null;
  return Object.keys(ends).filter((kind) => ends[kind]?.some((pair) => pair[0] === from?.node && pair[1] === to?.node));
}

export const paletteOf = (schema: Schema | null, language: string): NodeKind[] =>
  nodeKinds(schema).map((name) => ({ name, title: kindWords(schema, name, language), ...(LOOKS[name] ?? PLAIN) }));

export interface Told {
  schema: Schema | null;
  language: string;
  problems: readonly Problem[];
  /** Steps that rest on nothing that a definition says. */
  loose: ReadonlySet<string>;
}

const checked = (source: Json | undefined): boolean => isTree(source) && source.checked === true;

export function webNodes(data: Tree, told: Told): GraphNode[] {
  const known = checked(data.source);
  return trees(data.nodes).map((one, at): GraphNode => {
    const id = idOf(one);
    const kind = String(one.node ?? "");
    const badges: Badge[] = [];
    if (told.schema?.["x-ends"] && !(one.source === undefined ? known : checked(one.source))) badges.push({ text: t("web_unchecked"), tone: "warning", title: t("web_unchecked_more") });
    if (one.human === true) badges.push({ text: t("web_human"), icon: "user", tone: "neutral" });
    else if (told.loose.has(id)) badges.push({ text: t("web_gap"), icon: "warning", tone: "warning", title: t("web_gap_more") });
    if (one.final === true) badges.push({ text: t("web_final"), icon: "check", tone: "success" });
    if (at === 0 && !told.schema?.["x-ends"]) badges.push({ text: t("web_first"), icon: "flag", tone: "accent" });
    return { id, kind, title: labelText(one.label) || id, subtitle: kindWords(told.schema, kind, told.language), ...(LOOKS[kind] ?? PLAIN), badges, problem: problemAt(told.problems, nodePath(id)) };
  });
}

export function webEdges(data: Tree, told: Told): GraphEdge[] {
  const known = checked(data.source);
  return trees(data.edges).map((one, at): GraphEdge => {
    const kind = typeof one.kind === "string" ? one.kind : "";
    const badges: Badge[] = [];
    if (one.when !== undefined) badges.push({ text: "", icon: "filter", tone: "warning", title: String(one.when) });
    const unchecked = kind !== "" && !(one.source === undefined ? known : checked(one.source));
    const label = kind ? kindWords(told.schema, kind, told.language) : labelText(one.label) || (one.answer === "approve" ? t("web_approve") : one.answer === "refuse" ? t("web_refuse") : "");
    return { id: edgeId(at), from: String(one.from ?? ""), to: String(one.to ?? ""), label, title: unchecked ? `${label} · ${t("web_unchecked")}` : label, badges, insert: !kind, problem: problemAt(told.problems, edgePath(at)) };
  });
}

export interface Sight {
  /** Kinds of nodes that are left out. */
  hidden: ReadonlySet<string>;
  /** Nodes that were found; null when nothing is looked for. */
  found: ReadonlySet<string> | null;
  /** A node whose neighbours alone are shown; empty for all. */
  around: string;
}

/** The nodes that are seen: of the kinds that are shown, found or beside one that is, or beside the one looked at. */
export function seen(nodes: readonly GraphNode[], edges: readonly GraphEdge[], sight: Sight): GraphNode[] {
  const beside = (centre: ReadonlySet<string>): Set<string> => {
    const near = new Set(centre);
    for (const edge of edges) {
      if (centre.has(edge.from)) near.add(edge.to);
      if (centre.has(edge.to)) near.add(edge.from);
    }
    return near;
  };
  const near = sight.around ? beside(new Set([sight.around])) : sight.found ? beside(sight.found) : null;
  return nodes.filter((one) => !sight.hidden.has(one.kind) && (!near || near.has(one.id)));
}

/** The edges that are seen: with one node looked at, its own alone. */
export const seenEdges = (edges: readonly GraphEdge[], around: string): readonly GraphEdge[] => (around ? edges.filter((one) => one.from === around || one.to === around) : edges);
