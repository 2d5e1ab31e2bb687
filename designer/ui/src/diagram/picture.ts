/** The data model as the server tells it, and as cards and lines of a graph. */
import type { GraphEdge, GraphNode, Row } from "../graph/graph";
import type { Json, Tree } from "../lib/types";
import { labelText, t } from "../lib/words";
import { typeNamed } from "../model/fieldTypes";

export interface FieldLine extends Tree {
  name: string;
}

export interface EntityLine {
  file: string;
  name: string;
  pack: string;
  area: string;
  label?: Json;
  icon?: string;
  title?: string;
  part_of?: string;
  key: string[];
  single: string[];
  fields: FieldLine[];
}

export interface Picture {
  packs: { name: string; label: Json }[];
  areas: { pack: string; name: string; label: Json }[];
  entities: EntityLine[];
}

export type Shown = "none" | "key" | "all";

/** A relation with what its line needs besides: how many stand at its beginning. */
export interface RelationEdge extends GraphEdge {
  /** Whether one row at most leads to each. */
  single: boolean;
  /** A part of its whole. */
  part: boolean;
  /** Its words are shown only while it is selected. */
  quiet: boolean;
  dim: boolean;
}

export interface CardNode extends GraphNode {
  area: string;
  dim: boolean;
}

const MOST_KEY = 3;
/** What says most of a record, after what it is called and numbered by. */
const TELLING = ["state", "money", "choice", "date", "percent", "user", "decimal", "integer"];

export const edgeId = (entity: string, field: string): string => `${entity}.${field}`;
export const entityOf = (id: string): string => id.split(".")[0] ?? "";
export const fieldOf = (id: string): string => id.split(".")[1] ?? "";
export const called = (one: { label?: Json; name: string }): string => labelText(one.label) || one.name;
export const isRelation = (one: FieldLine): boolean => one.type === "relation" && typeof one.to === "string";

/** The fields that a card shows: all, or the few by which people know a record. */
export function fieldsOf(entity: EntityLine, shown: Shown): FieldLine[] {
  if (shown === "none") return [];
  if (shown === "all") return entity.fields;
  const plain = entity.fields.filter((one) => !isRelation(one));
  const weight = (one: FieldLine): number => {
    if (one.name === entity.title) return 0;
    if (entity.key.includes(one.name)) return 1;
    const place = TELLING.indexOf(String(one.type));
    return (place < 0 ? 90 : 10 + place * 2 + (one.required === true ? 0 : 1)) + (one.formula === undefined ? 0 : 40);
  };
  const chosen = new Set([...plain].sort((a, b) => weight(a) - weight(b)).slice(0, MOST_KEY));
  return plain.filter((one) => chosen.has(one));
}

/** The entities of a pack and those that they are joined to, of all packs for none. */
export function inSight(picture: Picture, pack: string, hidden: ReadonlySet<string>): EntityLine[] {
  const own = picture.entities.filter((one) => (!pack || one.pack === pack) && !hidden.has(one.area));
  const names = new Set(own.map((one) => one.name));
  const leadsTo = (one: EntityLine): string[] => one.fields.filter(isRelation).map((field) => String(field.to));
  const far = picture.entities.filter((one) => pack && one.pack !== pack && !names.has(one.name));
  const beside = new Set([...own.flatMap(leadsTo), ...far.filter((one) => leadsTo(one).some((to) => names.has(to))).map((one) => one.name)]);
  const all = [...own, ...far.filter((one) => beside.has(one.name))];
  const order = new Map(picture.areas.map((one, at) => [one.name, at]));
  return all.sort((a, b) => Number(a.pack !== pack) - Number(b.pack !== pack) || (order.get(a.area) ?? 99) - (order.get(b.area) ?? 99) || a.area.localeCompare(b.area) || a.name.localeCompare(b.name));
}

export interface Sight {
  pack: string;
  shown: Shown;
  /** What was looked for and found; null when nothing is. */
  found: ReadonlySet<string> | null;
  problems: ReadonlyMap<string, string>;
}

export function cards(entities: readonly EntityLine[], sight: Sight): CardNode[] {
  return entities.map((one): CardNode => {
    const foreign = Boolean(sight.pack) && one.pack !== sight.pack;
    return { id: one.name, kind: "entity", title: called(one), subtitle: one.name, icon: one.icon ?? "table", tone: one.part_of ? "neutral" : "info", area: foreign ? `${one.pack}/` : one.area, rows: fieldsOf(one, sight.shown).map(row), problem: sight.problems.get(one.file), dim: foreign || (sight.found !== null && !sight.found.has(one.name)) };
  });
}

const row = (one: FieldLine): Row => ({ id: one.name, title: called(one), icon: one.formula !== undefined ? "sigma" : (typeNamed(String(one.type))?.icon ?? "table"), hint: one.required === true ? "*" : "" });

export const cardinality = (single: boolean): string => (single ? "1:1" : "N:1");

export function relations(entities: readonly EntityLine[], selected: string, sight: Sight): RelationEdge[] {
  const names = new Map(entities.map((one) => [one.name, one]));
  const around = names.has(selected) ? selected : "";
  return entities.flatMap((one) =>
    one.fields.filter((field) => isRelation(field) && names.has(String(field.to))).map((field): RelationEdge => {
      const to = String(field.to);
      const single = field.unique === true || one.single.includes(field.name);
      const near = around !== "" && (one.name === around || to === around);
      const words = `${called(field)} · ${cardinality(single)}`;
      const target = names.get(to) as EntityLine;
      const title = t("relation_words", { from: called(one), to: called(target), name: called(field), many: t(single ? "relation_one" : "relation_many"), must: t(field.required === true ? "relation_must" : "relation_may") });
      const far = sight.found !== null && !(sight.found.has(one.name) && sight.found.has(to));
      return { id: edgeId(one.name, field.name), from: one.name, to, label: words, title, single, part: one.part_of === field.name, quiet: !near, dim: far || (around !== "" && !near) || (Boolean(sight.pack) && (one.pack !== sight.pack || target.pack !== sight.pack)), tone: near ? "accent" : "neutral" };
    }),
  );
}
