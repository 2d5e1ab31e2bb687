/** Where people come from, in words. */
import { draft } from "../lib/draft.svelte";
import { isTree } from "../lib/document";
import { fields } from "../lib/fields.svelte";
import type { Json, Tree } from "../lib/types";
import type { Key } from "../lib/i18n/zh";
import { t } from "../lib/words";

export const SOURCES = ["manager", "managers", "head", "seat", "role", "member", "initiator", "initiator_picks", "previous_picks", "formula", "users"] as const;

const strings = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);
export const roleLabel = (name: string): string => draft.named("roles", name)?.label || name;

export function sourceWords(one: Tree, entity: string): string {
  const path = typeof one.path === "string" ? fields.pathLabel(entity, one.path) : "";
  const type = String(one.type ?? "");
  switch (type) {
    case "role":
      return strings(one.roles).map(roleLabel).join(t("or_mark")) || t("people_role");
    case "manager":
      return t("people_manager_of", { who: path || t("people_initiator"), levels: Number(one.levels ?? 1) });
    case "managers":
      return t("people_managers_of", { who: path || t("people_initiator"), levels: Number(one.levels ?? 1) });
    case "head":
      return one.above ? t("people_head_above", { what: path || t("own_unit"), above: Number(one.above) }) : t("people_head_of", { what: path || t("own_unit") });
    case "seat":
      return t("people_seat_of", { what: path || t("own_unit"), seat: String(one.seat ?? "") }) + (strings(one.roles).length ? ` (${strings(one.roles).map(roleLabel).join(t("or_mark"))})` : "");
    case "member":
      return path || t("people_member");
    case "users":
      return strings(one.users).join(t("or_mark")) || t("people_users");
    case "formula":
      return String(one.formula ?? t("people_formula"));
  }
  return (SOURCES as readonly string[]).includes(type) ? t(`people_${type}` as Key) : type;
}

export const peopleWords = (people: Json | undefined, entity: string): string => (Array.isArray(people) ? people.filter(isTree).map((one) => sourceWords(one, entity)).join(t("comma")) : "");
