/** A new application from a few words: the texts of a pack with a role, an entity, its rights, list, record page, form and a dashboard. */
import { initials } from "../lib/search";
import type { Key } from "../lib/i18n/zh";
import type { Command } from "../lib/types";
import { boot } from "../lib/boot";
import { both } from "../lib/words";

export interface NewField {
  label: string;
  type: string;
  choices?: string;
}

export interface Wish {
  app: string;
  entity: string;
  role: string;
  fields: NewField[];
}

export const FIELD_KINDS: readonly { type: string; title: Key }[] = [
  { type: "text", title: "type_text" },
  { type: "long_text", title: "type_long_text" },
  { type: "money", title: "type_money" },
  { type: "decimal", title: "type_decimal" },
  { type: "integer", title: "type_integer" },
  { type: "percent", title: "type_percent" },
  { type: "date", title: "type_date" },
  { type: "choice", title: "type_choice" },
  { type: "boolean", title: "type_boolean" },
  { type: "user", title: "type_user" },
  { type: "phone", title: "type_phone" },
];

/** What a type needs besides itself. */
const MORE: Record<string, string> = {
  text: ", max_length: 200",
  money: ", currency: CNY",
  decimal: ", precision: 12, scale: 2",
  user: ', default_formula: "user.id"',
};

/** A name for what people call `label`: its English words, else the initials of its pinyin; free among `taken`. */
export function nameOf(label: string, otherwise: string, taken: ReadonlySet<string>): string {
  const plain = initials(label.trim()).replace(/[^a-z0-9]+/g, "_").replace(/^[_0-9]+|_+$/g, "").slice(0, 40);
  const start = plain.length > 1 ? plain : plain ? `${otherwise}_${plain}` : otherwise;
  if (!taken.has(start)) return start;
  for (let number = 2; ; number++) if (!taken.has(`${start}_${number}`)) return `${start}_${number}`;
}

const quoted = (text: string): string => JSON.stringify(text.trim());
/** A label in the language it was typed in; another language shows the same until somebody translates it. */
const label = (text: string): string => `{${boot.language}: ${quoted(text)}}`;
const paired = (zh: string, en: string): string => `{zh: ${quoted(zh)}, en: ${quoted(en)}}`;

export function newApp(wish: Wish, used: ReadonlySet<string>): { command: Command; opens: string; pack: string; entity: string } {
  const taken = new Set(used);
  const take = (text: string, otherwise: string): string => {
    const name = nameOf(text, otherwise, taken);
    taken.add(name);
    return name;
  };
  const pack = take(wish.app, "app");
  const entity = take(wish.entity, "entity");
  const role = take(`${wish.role} ${pack}`, "role");
  const names = new Set<string>(["id", "version"]);
  const fields = (wish.fields.length ? wish.fields : [{ label: boot.language === "zh" ? "名称" : "Name", type: "text" }]).map((one) => {
    const name = nameOf(one.label, "field", names);
    names.add(name);
    return { ...one, name };
  });
  const texts = appTexts(wish, { pack, entity, role, fields });
  const commands = Object.entries(texts).map(([path, text]): Command => ({ do: "create", file: `${pack}/${path}`, text }));
  return { command: { do: "batch", label: both("made_app", { name: wish.app.trim() }), commands }, opens: `${pack}/dashboards/${entity}_home.yaml`, pack, entity };
}

interface Named {
  pack: string;
  entity: string;
  role: string;
  fields: (NewField & { name: string })[];
}

function appTexts(wish: Wish, { pack, entity, role, fields }: Named): Record<string, string> {
  const title = fields.find((one) => one.type === "text") ?? fields[0];
  const columns = fields.slice(0, 6).map((one) => one.name).join(", ");
  return {
    "pack.yaml": `label: ${label(wish.app)}\nversion: 0.1.0\nlanguages: [zh, en]\nicon: box\nnavigation:\n  - {id: work, label: ${paired("工作", "Work")}, icon: box, pages: [${entity}_home, ${entity}_list]}\n`,
    [`roles/${role}.yaml`]: `label: ${label(wish.role)}\nhome: ${entity}_home\ntabs: [${entity}_home, ${entity}_list]\n`,
    [`entities/${entity}.yaml`]: `label: ${label(wish.entity)}\nicon: table\ntitle: ${title?.name}\nfields:\n${fields.map((one) => `  ${one.name}: ${fieldText(one, one === title)}\n`).join("")}`,
    [`access/${entity}.yaml`]: `grants:\n  - {id: everything, roles: [${role}], actions: [read, create, update, delete, export]}\n`,
    [`forms/${entity}.yaml`]: `entity: ${entity}\nlabel: ${label(wish.entity)}\nitems:\n${fields.map((one) => `  - {id: ${one.name}, widget: field, field: ${one.name}, span: ${one.type === "long_text" ? 12 : 6}}\n`).join("")}`,
    [`pages/${entity}_list.yaml`]: `entity: ${entity}\nkind: list\nlabel: ${label(wish.entity)}\nicon: table\nroles: [${role}]\nitems:\n  - {id: rows, widget: table, columns: [${columns}]}\n`,
    [`pages/${entity}.yaml`]: `entity: ${entity}\nkind: record\nlabel: ${label(wish.entity)}\nicon: table\nroles: [${role}]\nitems:\n  - {id: head, widget: record_header}\n  - {id: details, widget: details, fields: [${fields.map((one) => one.name).join(", ")}]}\n  - {id: past, widget: history}\n`,
    [`metrics/${entity}_count.yaml`]: `label: ${paired(`${wish.entity.trim()}数量`, `${wish.entity.trim()} count`)}\nentity: ${entity}\nmeasure: "count()"\ntime: created_at\ndisplay: number\n`,
    [`dashboards/${entity}_home.yaml`]: `label: ${label(wish.app)}\nicon: home\nroles: [${role}]\nfilters:\n  - {id: period, label: ${paired("期间", "Period")}, dimension: period, default: all}\nitems:\n  - {id: count, widget: kpi, metric: ${entity}_count, span: 3}\n  - {id: latest, widget: table, entity: ${entity}, columns: [${columns}], limit: 10, span: 12}\n`,
  };
}

function fieldText(one: NewField & { name: string }, first: boolean): string {
  const search = first ? ", required: true, search: 3" : "";
  return `{type: ${one.type}, label: ${label(one.label)}${MORE[one.type] ?? ""}${one.type === "choice" ? choiceText(one.choices ?? "") : ""}${search}}`;
}

function choiceText(written: string): string {
  const labels = written.split(/[,，、;；\s]+/).filter(Boolean);
  const names = new Set<string>();
  const choices = (labels.length ? labels : boot.language === "zh" ? ["是", "否"] : ["Yes", "No"]).map((text) => {
    const name = nameOf(text, "choice", names);
    names.add(name);
    return `${name}: ${label(text)}`;
  });
  return `, choices: {${choices.join(", ")}}`;
}
