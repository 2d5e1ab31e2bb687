/** What a dragged thing becomes where it is let go: which widget, and what that shows. */
import type { Tree } from "../lib/types";
import type { Load } from "./drag.svelte";
import type { PageState } from "./page.svelte";

/** A field is entered on a form and shown on a page; a metric is a figure. */
export function widgetOf(load: Load, page: PageState): string {
  switch (load.kind) {
    case "widget":
      return load.widget.name;
    case "items":
      return page.find(load.ids[0] ?? "")?.widget ?? "";
    case "metric":
      return "kpi";
    case "field":
      return page.kind === "forms" ? "field" : "details";
    default:
      return "";
  }
}

export function givenBy(load: Load, page: PageState): Tree {
  if (load.kind === "metric") return { metric: load.name };
  if (load.kind !== "field") return {};
  return page.kind === "forms" ? { field: load.name } : { fields: [load.name] };
}
