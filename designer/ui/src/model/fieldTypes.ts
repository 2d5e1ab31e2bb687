/** The types of fields as people choose them: what each is called, and how a value of it looks. */
import type { Key } from "../lib/i18n/zh";
import type { Schema, Tree } from "../lib/types";

export interface FieldType {
  type: string;
  title: Key;
  icon: string;
  sample: string;
  /** What a new field of the type needs besides its label. */
  begin: Tree;
}

export const FIELD_TYPES: readonly FieldType[] = [
  { type: "text", title: "type_text", icon: "edit", sample: "杭州云栖科技", begin: { max_length: 200 } },
  { type: "long_text", title: "type_long_text", icon: "list", sample: "…", begin: {} },
  { type: "integer", title: "type_integer", icon: "sigma", sample: "1,280", begin: {} },
  { type: "decimal", title: "type_decimal", icon: "sigma", sample: "12.50", begin: { precision: 12, scale: 2 } },
  { type: "money", title: "type_money", icon: "coins", sample: "¥1,280.00", begin: { currency: "CNY" } },
  { type: "percent", title: "type_percent", icon: "percent", sample: "35%", begin: { precision: 7, scale: 4 } },
  { type: "boolean", title: "type_boolean", icon: "check", sample: "✓", begin: {} },
  { type: "date", title: "type_date", icon: "calendar", sample: "2026-03-02", begin: {} },
  { type: "instant", title: "type_instant", icon: "clock", sample: "2026-03-02 09:05", begin: {} },
  { type: "duration", title: "type_duration", icon: "clock", sample: "1:30", begin: {} },
  { type: "choice", title: "type_choice", icon: "tag", sample: "A · B", begin: { choices: { first: { zh: "选项一", en: "Option 1" }, second: { zh: "选项二", en: "Option 2" } } } },
  { type: "choices", title: "type_choices", icon: "tag", sample: "A, B", begin: { choices: { first: { zh: "选项一", en: "Option 1" }, second: { zh: "选项二", en: "Option 2" } } } },
  { type: "relation", title: "type_relation", icon: "link", sample: "→", begin: { on_delete: "refuse" } },
  { type: "user", title: "type_user", icon: "user", sample: "李伟", begin: {} },
  { type: "unit", title: "type_unit", icon: "building", sample: "华东", begin: {} },
  { type: "phone", title: "type_phone", icon: "phone", sample: "138 0000 0001", begin: {} },
  { type: "email", title: "type_email", icon: "mail", sample: "a@b.cn", begin: {} },
  { type: "url", title: "type_url", icon: "globe", sample: "https://…", begin: {} },
  { type: "address", title: "type_address", icon: "map", sample: "浙江 杭州 西湖", begin: {} },
  { type: "location", title: "type_location", icon: "map-pin", sample: "30.28, 120.13", begin: {} },
  { type: "attachment", title: "type_attachment", icon: "paperclip", sample: "photo.jpg", begin: {} },
  { type: "code", title: "type_code", icon: "receipt", sample: "SO-2026-0001", begin: { pattern: "{yyyy}-{seq:4}" } },
  { type: "state", title: "type_state", icon: "flow", sample: "→ …", begin: {} },
];

export const typeNamed = (type: string): FieldType | undefined => FIELD_TYPES.find((one) => one.type === type);

/** The properties that a field of a type may have, by the schema of entities. */
export function propertiesFor(schema: Schema | null, type: string): [string, Schema][] {
  const field = schema?.$defs?.field;
  const names = field?.allOf?.find((one) => one.if.properties?.type?.const === type)?.then.propertyNames?.enum;
  const known = Object.entries(field?.properties ?? {});
  return names ? known.filter(([name]) => names.includes(name)) : known;
}
