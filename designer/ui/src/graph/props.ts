/** What an editor gives to the graph, and what the graph asks of it. */
import type { EdgeProps, NodeProps } from "@xyflow/svelte";
import type { Component, Snippet } from "svelte";
import type { Layout } from "./layout";
import type { Direction, GraphEdge, GraphNode, NodeKind, Point, Where } from "./graph";

export interface Ends {
  from: string;
  port: string;
  to: string;
  toPort: string;
}

export interface GraphProps {
  /** What the graph shows, read out. */
  name: string;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  kinds?: readonly NodeKind[];
  /** The id of the selected node or edge. */
  selected?: string;
  direction?: Direction;
  /** The name under which this browser keeps where nodes were dragged to. Left out: nodes stay as laid out. */
  remembers?: string;
  /** What of the kinds may be added there; left out: all. */
  fits?: (kind: NodeKind, where: Where) => boolean;
  onadd?: (kind: NodeKind, where: Where) => void;
  onconnect?: (from: string, port: string, to: string, toPort: string) => void;
  onreconnect?: (edge: string, ends: Ends) => void;
  connectable?: (from: string, port: string, to: string, toPort: string) => boolean;
  /** Why a line may not lead there. */
  refusal?: (from: string, port: string, to: string, toPort: string) => string;
  onopen?: (id: string) => void;
  onselect?: (id: string) => void;
  onremove?: (id: string) => void;
  onmove?: (node: string, at: Point) => void;
  /** A node was dropped on an edge that takes insertions. */
  onput?: (node: string, edge: string) => void;
  /** More buttons for the bar over the sheet, about what is selected. */
  acts?: Snippet<[string]>;
  /** What lies over the sheet at its top right, beside the button of the table. */
  corner?: Snippet;
}

/** What an editor gives besides that draws nodes and lines itself. */
export interface OwnProps extends GraphProps {
  /** Both get what the library gives, and as data what GraphCanvas.svelte puts there. */
  nodeView: Component<NodeProps>;
  edgeView: Component<EdgeProps>;
  /** Left out: every node says itself where it stands. */
  lay?: (nodes: readonly GraphNode[], edges: readonly GraphEdge[], direction: Direction) => Layout;
  /** What lies on the sheet besides, within the drawing, so that it may ask for what is seen. */
  under?: Snippet;
}

export interface ShownProps extends OwnProps {
  byId: ReadonlyMap<string, GraphNode>;
}
