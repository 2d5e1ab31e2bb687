/** What a property may name: entities, fields, metrics, pages, roles, as the draft knows them. */
import type { draft as Draft } from "../lib/draft.svelte";
import type { fields as Fields } from "../lib/fields.svelte";
import { t } from "../lib/words";

export interface Option {
  value: string;
  label: string;
}

const KIND_OF: Record<string, string> = { entity: "entities", metric: "metrics", page: "pages", role: "roles", map: "maps", duty: "duties", form: "forms", workflow: "workflows" };
const TIMES = ["day", "week", "month", "quarter", "year"] as const;

export function optionsFor(ref: string, entity: string, draft: typeof Draft, fields: typeof Fields): Option[] | null {
  const kind = KIND_OF[ref];
  if (kind) {
    const found = draft.ofKind(kind).map((one) => ({ value: one.name, label: one.label || one.name }));
    return ref === "page" ? [...found, ...draft.ofKind("dashboards").map((one) => ({ value: one.name, label: one.label || one.name }))] : found;
  }
  switch (ref) {
    case "field":
      return fields.of(entity).map((one) => ({ value: one.name, label: one.label }));
    case "path":
    case "sort":
      return paths(entity, fields);
    case "collection":
      return fields.all.filter((one) => one.to === entity && typeof one.data.inverse === "string").map((one) => ({ value: String(one.data.inverse), label: fields.entityLabel(one.entity) }));
    case "dimension":
      return dimensions(draft);
  }
  return null;
}

/** The fields, and those one step across a relation. */
function paths(entity: string, fields: typeof Fields): Option[] {
  const own = fields.of(entity);
  const across = own.filter((one) => one.type === "relation" && one.to).flatMap((one) => fields.of(one.to).map((inner) => ({ value: `${one.name}.${inner.name}`, label: `${one.label} › ${inner.label}` })));
  return [...own.map((one) => ({ value: one.name, label: one.label })), ...across];
}

/** Months and the like, and the dimensions that metrics declare. */
function dimensions(draft: typeof Draft): Option[] {
  const named = new Set<string>();
  for (const one of draft.ofKind("metrics")) for (const name of Object.keys((draft.files[one.file]?.data.dimensions as object | undefined) ?? {})) named.add(name);
  return [...TIMES.map((one) => ({ value: one as string, label: t(`by_${one}`) })), ...[...named].sort().map((one) => ({ value: one, label: one }))];
}
