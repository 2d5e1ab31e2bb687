/** The editors, each with the kinds of files that it opens; the first that fits is the one that opens by itself. */
import type { Component } from "svelte";
import type { Key } from "./lib/i18n/zh";

export interface EditorProps {
  /** The file that is edited, `pack/kind/name.yaml`. */
  file: string;
  /** Whether this tab is the one that is shown: only it takes keys and fills the panel on the left. */
  active: boolean;
}

export interface Editor {
  name: string;
  title: Key;
  icon: string;
  /** Kinds of files, `*` for all. */
  kinds: readonly string[];
  component: () => Promise<{ default: Component<EditorProps> }>;
}

export const EDITORS: readonly Editor[] = [
  { name: "page", title: "editor_page", icon: "grid", kinds: ["pages", "dashboards", "forms"], component: () => import("./page/PageEditor.svelte") },
  { name: "entity", title: "editor_entity", icon: "table", kinds: ["entities"], component: () => import("./model/EntityEditor.svelte") },
  { name: "flow", title: "editor_flow", icon: "flow", kinds: ["workflows"], component: () => import("./flow/FlowEditor.svelte") },
  { name: "web", title: "editor_web", icon: "route", kinds: ["maps", "knowledge"], component: () => import("./web/WebEditor.svelte") },
  { name: "pipeline", title: "editor_pipeline", icon: "funnel", kinds: ["pipelines"], component: () => import("./pipelines/PipelineEditor.svelte") },
  { name: "source", title: "editor_source", icon: "download", kinds: ["sources"], component: () => import("./sources/SourceEditor.svelte") },
  { name: "text", title: "editor_text", icon: "file", kinds: ["*"], component: () => import("./text/TextEditor.svelte") },
];

/** What is open without a file, one of each. */
export interface Place {
  name: string;
  title: Key;
  icon: string;
  component: () => Promise<{ default: Component<{ active: boolean }> }>;
}

export const PLACES: readonly Place[] = [
  { name: "model", title: "model_diagram", icon: "boxes", component: () => import("./diagram/Diagram.svelte") },
  { name: "data", title: "src_new", icon: "download", component: () => import("./sources/NewSource.svelte") },
  { name: "rules", title: "rw_title", icon: "bolt", component: () => import("./rules/RuleWords.svelte") },
  { name: "organisation", title: "organisation", icon: "building", component: () => import("./organisation/Organisation.svelte") },
];

export const placeOf = (name: string): Place | undefined => PLACES.find((one) => one.name === name);

export const editorsOf = (kind: string): readonly Editor[] => EDITORS.filter((one) => one.kinds.includes(kind) || one.kinds.includes("*"));
