/** The kinds of files: in which order they are listed, by which icon and name. */
import type { Key } from "../lib/i18n/zh";

export interface KindInfo {
  kind: string;
  title: Key;
  icon: string;
}

export const KINDS: readonly KindInfo[] = [
  { kind: "pages", title: "kind_pages", icon: "file" },
  { kind: "dashboards", title: "kind_dashboards", icon: "chart-bar" },
  { kind: "forms", title: "kind_forms", icon: "edit" },
  { kind: "entities", title: "kind_entities", icon: "table" },
  { kind: "metrics", title: "kind_metrics", icon: "gauge" },
  { kind: "workflows", title: "kind_workflows", icon: "flow" },
  { kind: "roles", title: "kind_roles", icon: "users" },
  { kind: "access", title: "kind_access", icon: "shield" },
  { kind: "units", title: "kind_units", icon: "building" },
  { kind: "maps", title: "kind_maps", icon: "route" },
  { kind: "knowledge", title: "kind_knowledge", icon: "compass" },
  { kind: "pipelines", title: "kind_pipelines", icon: "funnel" },
  { kind: "negotiations", title: "kind_negotiations", icon: "handshake" },
  { kind: "sources", title: "kind_sources", icon: "download" },
  { kind: "destinations", title: "kind_destinations", icon: "upload" },
  { kind: "channels", title: "kind_channels", icon: "megaphone" },
  { kind: "alerts", title: "kind_alerts", icon: "bell" },
  { kind: "duties", title: "kind_duties", icon: "clipboard" },
  { kind: "documents", title: "kind_documents", icon: "print" },
  { kind: "rules", title: "kind_rules", icon: "bolt" },
  { kind: "policies", title: "kind_policies", icon: "lock" },
  { kind: "texts", title: "kind_texts", icon: "globe" },
  { kind: "demo", title: "kind_demo", icon: "boxes" },
  { kind: "tests", title: "kind_tests", icon: "check-circle" },
  { kind: "pack", title: "kind_pack", icon: "package" },
];

/** Kinds whose files may bear another name. */
export const RENAMED: readonly string[] = ["entities", "roles", "pages", "dashboards", "forms", "metrics", "units", "workflows", "sources", "knowledge", "maps", "rules", "documents", "destinations", "policies", "pipelines"];

export const iconOf = (kind: string): string => KINDS.find((one) => one.kind === kind)?.icon ?? "file";
