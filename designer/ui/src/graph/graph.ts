/** What a graph is made of, whatever it shows. Everything drawn is told by these values; nothing is kept beside them. */
import type { Json } from "../lib/types";

export type Tone = "neutral" | "info" | "success" | "warning" | "danger" | "accent";

/** A place on a node where edges end or begin. A port without a label is a mere dot. */
export interface Port {
  id: string;
  label?: string;
  tone?: Tone;
  /** Classes of the editor's own: how what passes there looks. */
  look?: string;
}

export interface Badge {
  text: string;
  tone?: Tone;
  icon?: string;
  /** What it means, in words. */
  title?: string;
}

/** A line inside a node: a field of an entity, a column of a table. With `port`, edges may begin and end at it. */
export interface Row {
  id: string;
  title: string;
  hint?: string;
  icon?: string;
  port?: boolean;
}

export interface GraphNode {
  id: string;
  /** One of the kinds of the palette, or another word of the editor's own. */
  kind: string;
  title: string;
  subtitle?: string;
  icon?: string;
  tone?: Tone;
  badges?: readonly Badge[];
  rows?: readonly Row[];
  /** Left out: one port without a label. Empty: none. */
  inputs?: readonly Port[];
  outputs?: readonly Port[];
  /** Left out: laid out by the graph. */
  position?: Point;
  /** A pill is a small node: a start, an end, a place where paths meet. */
  shape?: "card" | "pill";
  /** What is wrong with it. */
  problem?: string;
  /** Lit: a path went through it (`past`), stands at it (`here`), was refused at it (`refused`). */
  lit?: Lit;
  /** Not removed by hand. */
  fixed?: boolean;
}

export type Lit = "past" | "here" | "refused" | "no";

export interface GraphEdge {
  id: string;
  from: string;
  port?: string;
  to: string;
  toPort?: string;
  label?: string;
  title?: string;
  tone?: Tone;
  badges?: readonly Badge[];
  /** A line that is implied: drawn lighter, not removed, its ends not moved. */
  fixed?: boolean;
  /** A button on it puts something between. */
  insert?: boolean;
  lit?: Lit;
  problem?: string;
}

export interface NodeKind {
  name: string;
  title: string;
  icon: string;
  group?: string;
  tone?: Tone;
  help?: string;
  /** What the editor wants to know again when one is added. */
  more?: Json;
}

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Where something new goes: on an edge, behind a node (by one of its ports), at a point of the sheet, or anywhere. */
export interface Where {
  edge?: string;
  node?: string;
  port?: string;
  at?: Point;
}

export type Direction = "right" | "down";

export const ONE: readonly Port[] = [{ id: "" }];
export const WIDTH = 212;
export const PILL = { width: 148, height: 36 };
const HEAD = 58;
const BADGES = 26;
export const LINE = 28;

export const inputsOf = (node: GraphNode): readonly Port[] => node.inputs ?? ONE;
export const outputsOf = (node: GraphNode): readonly Port[] => node.outputs ?? ONE;
/** The input of a node where a line goes in: the first that takes it, else the first there is. */
export function inputFor(node: GraphNode, takes: (input: string) => boolean): string | undefined {
  const ids = node.inputs ? [...node.inputs, ...(node.rows ?? []).filter((one) => one.port)].map((one) => one.id) : [""];
  return ids.find(takes) ?? ids[0];
}

const labelled = (ports: readonly Port[]): boolean => ports.some((one) => one.label) || ports.length > 1;

/** How tall what stands above the lines of a card is. */
export const headOf = (node: GraphNode): number => HEAD + (node.badges?.length ? BADGES : 0);

/** How many lines its ports take: those of both sides lie beside each other. */
export const portLines = (node: GraphNode, direction: Direction): number =>
  direction === "right" ? Math.max(labelled(inputsOf(node)) ? inputsOf(node).length : 0, labelled(outputsOf(node)) ? outputsOf(node).length : 0) : labelled(outputsOf(node)) ? 1 : 0;

export function sizeOf(node: GraphNode, direction: Direction): Size {
  if (node.shape === "pill") return PILL;
  const lines = (node.rows?.length ?? 0) + portLines(node, direction);
  const wide = direction === "down" && labelled(outputsOf(node)) ? Math.max(WIDTH, outputsOf(node).length * 84) : WIDTH;
  return { width: wide, height: headOf(node) + (lines ? lines * LINE + 8 : 0) };
}

export const edgeWords = (edge: GraphEdge, nodes: ReadonlyMap<string, GraphNode>): { from: string; to: string; what: string } => ({
  from: nodes.get(edge.from)?.title ?? edge.from,
  to: nodes.get(edge.to)?.title ?? edge.to,
  what: edge.label ?? "",
});
