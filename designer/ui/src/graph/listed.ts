/** Files whose nodes and edges stand in two lists: what one of them is called in the drawing, and where it stands in the file. */
import { idOf } from "../lib/document";
import type { Path, Tree } from "../lib/types";

/** The lists of a file. */
export interface Listed {
  nodes: readonly Tree[];
  edges: readonly Tree[];
}

export const nodePath = (id: string): Path => ["nodes", { id }];
/** Edges have no ids of their own: their place in the list names them. */
export const edgeId = (at: number): string => `edge ${at}`;
export const edgeAt = (id: string): number => (id.startsWith("edge ") ? Number(id.slice(5)) : -1);
export const edgePath = (at: number): Path => ["edges", at];

/** Where a node or an edge stands; null for what is in neither list. */
export function pathOf(file: Listed, id: string): Path | null {
  const place = edgeAt(id);
  if (place >= 0) return file.edges[place] ? edgePath(place) : null;
  return file.nodes.some((one) => idOf(one) === id) ? nodePath(id) : null;
}

/** The node or the edge that a path leads into; empty for neither. */
export function idAt([part, step]: Path): string {
  if (part === "nodes" && typeof step === "object") return step.id;
  return part === "edges" && typeof step === "number" ? edgeId(step) : "";
}
