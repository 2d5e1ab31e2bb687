/** The matrices of rights as this window has them, and what a click or a key does to a cell. */
import { ask, Refused } from "../lib/api";
import { draft } from "../lib/draft.svelte";
import { t } from "../lib/words";
import type { Words } from "../lib/types";

export interface RuleAt {
  id: string;
  file: string;
  line: number;
  condition: string;
  right?: string;
}

export interface Cell {
  scope: Scope;
  rules: RuleAt[];
}

export type Scope = "none" | "own" | "unit" | "subtree" | "all" | "condition";

export interface RightsEntity {
  name: string;
  label: Words;
  pack: string;
  part_of: string | null;
  life: boolean;
  owner: string | null;
  owned: boolean;
  strangers: string[];
}

export interface RightsRole {
  name: string;
  label: Words;
  pack: string;
  file: string;
}

export interface Rights {
  roles: RightsRole[];
  entities: RightsEntity[];
  actions: string[];
  cells: Record<string, Record<string, Record<string, Cell>>>;
  holders: Record<string, number>;
  live: boolean;
}

export interface FieldCell {
  right: FieldRight;
  may: FieldRight | null;
  rules: RuleAt[];
}

export type FieldRight = "none" | "mask" | "read" | "write";

export interface FieldRights {
  entity: string;
  label: Words;
  states: { name: string; label: Words | null }[];
  fields: { name: string; label: Words; guarded: boolean; computed: boolean }[];
  reaching: string[];
  cells: Record<string, Record<string, FieldCell[]>>;
  live: boolean;
}

/** What a click goes through. */
export const SCOPES: readonly Scope[] = ["none", "own", "unit", "subtree", "all"];
export const FIELD_RIGHTS: readonly FieldRight[] = ["none", "mask", "read", "write"];

/** The formula of a scope on an entity; null where the entity knows no such scope, or none is given. */
export function rowsOf(scope: Scope, entity: RightsEntity): string | null {
  if (scope === "all") return "";
  if (scope === "own") return entity.owner ? `${entity.owner} = user.id` : null;
  if (scope === "unit") return entity.owned ? "scope_unit in user.units" : null;
  return scope === "subtree" && entity.owned ? "scope_unit in user.subtree" : null;
}

export const scopesOf = (entity: RightsEntity): Scope[] => SCOPES.filter((one) => one === "none" || rowsOf(one, entity) !== null);

/** The scope after one; a condition of its own goes to none only when one asks for it. */
export function nextScope(scope: Scope, entity: RightsEntity, step = 1): Scope {
  const all = scopesOf(entity);
  const at = all.indexOf(scope);
  return all[(Math.max(at, 0) + step + all.length) % all.length] ?? "none";
}

class RightsDesk {
  all = $state.raw<Rights | null>(null);
  fields = $state.raw<FieldRights | null>(null);
  failure = $state("");

  async read(): Promise<void> {
    await this.asked(async () => (this.all = await ask<Rights>("/rights")));
  }

  async readFields(entity: string): Promise<void> {
    await this.asked(async () => (this.fields = await ask<FieldRights>(`/rights?entity=${entity}`)));
  }

  private async asked(act: () => Promise<unknown>): Promise<void> {
    try {
      await draft.settled();
      await act();
      this.failure = "";
    } catch (error) {
      this.failure = error instanceof Refused ? error.message : t("went_wrong");
    }
  }

  /** A cell of entity × role × action takes rows: a formula, "" for all, null for none. */
  async grant(entity: string, role: string, action: string, rows: string | null): Promise<void> {
    await draft.run({ do: "grant", entity, role, action, rows });
  }

  async fieldRight(entity: string, role: string, field: string, state: string, right: FieldRight): Promise<void> {
    await draft.run({ do: "field_right", entity, role, field, right, ...(state ? { state } : {}) });
  }
}

export const rights = new RightsDesk();
