/** A new item: bound to what is likely meant, so that it shows something at once. */
import { draft } from "../lib/draft.svelte";
import { fields } from "../lib/fields.svelte";
import type { Json, Schema, Tree, WidgetInfo } from "../lib/types";
import { kindOf, propertiesOf, refOf, typeOf } from "../lib/widgets.svelte";
import { boot } from "../lib/boot";
import { t } from "../lib/words";
import type { PageState } from "./page.svelte";

const OWN_ROWS = new Set(["table", "cards", "kanban", "calendar", "gantt", "timeline", "map"]);
const NEEDS_COLUMNS = new Set(["table", "cards", "related"]);

export function fresh(widget: WidgetInfo, page: PageState, given: Tree): Tree {
  const wish = typeof given.field === "string" ? given.field : typeof given.metric === "string" ? given.metric : widget.name;
  const item: Tree = { id: page.freeId(wish), widget: widget.name };
  const entity = page.entity || ownEntity(page);
  if (OWN_ROWS.has(widget.name) && !page.entity && entity) item.entity = entity;
  for (const [name, schema] of propertiesOf(widget.schema)) {
    if (!widget.schema.required?.includes(name)) continue;
    const value = valueOf(schema, name, page, entity);
    if (value !== undefined) item[name] = value;
  }
  if (widget.name === "chart" && given.metrics === undefined) Object.assign(item, { metrics: [firstMetric(page)].filter(Boolean), by: "month" });
  if (NEEDS_COLUMNS.has(widget.name) && given.columns === undefined && entity && widget.name !== "related") item.columns = fields.columns(entity);
  if (widget.name === "tabs") item.items = [{ id: page.freeId("tab"), widget: "tab", label: { [boot.language]: t("first_tab") } }];
  if (widget.name === "section" || widget.name === "step") item.label = { [boot.language]: t("new_section") };
  if (widget.name === "text") item.text = { [boot.language]: t("new_text") };
  Object.assign(item, given);
  if (widget.span !== 12 || "span" in widget.new) item.span = widget.span;
  return ordered(item);
}

/** As a person would write it: what it is, what it shows, how it looks. */
function ordered(item: Tree): Tree {
  const { id, widget, span, label, items, ...rest } = item;
  const shown: Tree = { id: id ?? "", widget: widget ?? "" };
  if (label !== undefined) shown.label = label;
  Object.assign(shown, rest);
  if (span !== undefined) shown.span = span;
  if (items !== undefined) shown.items = items;
  return shown;
}

const packOf = (page: PageState): string => page.file.split("/")[0] ?? "";

function ownEntity(page: PageState): string {
  const pack = draft.packs.find((one) => one.name === packOf(page));
  return pack?.files.find((one) => one.kind === "entities")?.name ?? fields.entities[0] ?? "";
}

/** A metric that the page does not show yet, of its own pack before others. */
function firstMetric(page: PageState): string {
  const used = new Set(page.items.flatMap((one) => [one.item.metric, ...(Array.isArray(one.item.metrics) ? one.item.metrics : [])]));
  const all = draft.ofKind("metrics").toSorted((a, b) => Number(b.file.startsWith(`${packOf(page)}/`)) - Number(a.file.startsWith(`${packOf(page)}/`)));
  return (all.find((one) => !used.has(one.name)) ?? all[0])?.name ?? "";
}

function valueOf(schema: Schema, name: string, page: PageState, entity: string): Json | undefined {
  const first = one(schema, name, page, entity);
  if (kindOf(schema) !== "array") return first;
  return first === undefined ? undefined : [first];
}

function one(schema: Schema, name: string, page: PageState, entity: string): Json | undefined {
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  if (typeOf(schema) === "label") return { [boot.language]: t("new_text") };
  const placed = new Set(page.items.map((item) => item.item.field));
  const own = fields.of(entity);
  switch (refOf(schema)) {
    case "metric":
      return firstMetric(page) || undefined;
    case "entity":
      return entity || undefined;
    case "field":
    case "path":
      return (own.find((field) => !placed.has(field.name) && fitting(name, field.type)) ?? own.find((field) => !placed.has(field.name)) ?? own[0])?.name;
    case "dimension":
      return "month";
    case "page":
      return draft.ofKind("pages").find((file) => file.file.startsWith(`${packOf(page)}/`))?.name;
    case "map":
      return draft.ofKind("maps")[0]?.name;
    case "duty":
      return draft.ofKind("duties")[0]?.name;
    case "collection":
      return collectionOf(entity);
  }
  return kindOf(schema) === "string" ? "" : kindOf(schema) === "boolean" ? false : undefined;
}

/** A property about days takes a date, one about a place a location. */
function fitting(name: string, type: string): boolean {
  if (["date", "begins", "ends"].includes(name)) return ["date", "instant"].includes(type);
  return name === "location" ? type === "location" : true;
}

/** Rows that point at the page's record, by the name that they have there. */
function collectionOf(entity: string): string | undefined {
  const pointing = fields.all.find((field) => field.to === entity && typeof field.data.inverse === "string");
  return pointing ? String(pointing.data.inverse) : undefined;
}
