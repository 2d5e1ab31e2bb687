/** One entity being edited: its fields, which one is selected, and every act as a command. */
import { ask } from "../lib/api";
import { boot } from "../lib/boot";
import { isTree } from "../lib/document";
import { draft } from "../lib/draft.svelte";
import { Edited } from "../lib/edited.svelte";
import type { Command, Json, Tree } from "../lib/types";
import { both, labelText } from "../lib/words";
import { propertiesFor, typeNamed } from "./fieldTypes";
import type { Schema } from "../lib/types";

export interface Row {
  name: string;
  label: string;
  type: string;
  data: Tree;
}

interface Named {
  name: string;
  english: string;
  type: string;
  to?: string;
}

export class EntityState extends Edited {
  chosen = $state("");
  schema = $state.raw<Schema | null>(null);

  rows = $derived.by<Row[]>(() => {
    const declared = this.data?.fields;
    if (!isTree(declared)) return [];
    return Object.entries(declared).map(([name, field]) => {
      const data = isTree(field) ? field : {};
      return { name, data, label: labelText(data.label), type: String(data.type ?? "") };
    });
  });

  get row(): Row | undefined {
    return this.rows.find((one) => one.name === this.chosen);
  }

  async read(): Promise<void> {
    const [schema] = await Promise.all([ask<Schema>("/kinds/entities"), draft.open(this.file)]);
    this.schema = schema;
  }

  /** A field by what people call it: its name and type follow from the words. */
  async add(words: string): Promise<void> {
    const taken = this.rows.map((one) => one.name).join(",");
    const named = await ask<Named>(`/names?${new URLSearchParams({ words, taken }).toString()}`);
    const type = named.to ? "relation" : named.type;
    const label: Tree = boot.language === "zh" ? { zh: words, en: named.english } : { zh: words, en: words };
    const value: Tree = { type, label, ...typeNamed(type)?.begin, ...(named.to ? { to: named.to } : {}) };
    const answer = await draft.run({ do: "insert_key", file: this.file, path: ["fields"], key: named.name, value, after: "end" });
    if (answer) this.chosen = named.name;
  }

  /** Another type: what both types know stays, what only the old one knew goes. */
  async turn(row: Row, type: string): Promise<void> {
    const known = new Set(propertiesFor(this.schema, type).map(([name]) => name));
    const commands: Command[] = [{ do: "set", file: this.file, path: ["fields", row.name, "type"], value: type, expect: row.type }];
    for (const key of Object.keys(row.data)) if (!known.has(key)) commands.push({ do: "unset", file: this.file, path: ["fields", row.name, key] });
    for (const [key, value] of Object.entries(typeNamed(type)?.begin ?? {})) if (row.data[key] === undefined && known.has(key)) commands.push({ do: "set", file: this.file, path: ["fields", row.name, key], value });
    await draft.run({ do: "batch", label: both("turned_field", { what: row.label || row.name }), commands });
  }

  setField(row: Row, key: string, value: Json | undefined): Promise<unknown> {
    return this.set(["fields", row.name, key], value);
  }

  /** Everything that names the field is changed with it. */
  async rename(row: Row, name: string): Promise<void> {
    if (name === row.name || !name) return;
    const answer = await draft.run({ do: "rename", target: `${this.name}.${row.name}`, new: name });
    if (answer && this.chosen === row.name) this.chosen = name;
  }

  async remove(row: Row): Promise<void> {
    const gone = await draft.removing(row.label || row.name, async () => (await draft.run({ do: "remove", file: this.file, path: ["fields", row.name] })) !== null);
    if (gone && this.chosen === row.name) this.chosen = "";
  }

  async step(row: Row, way: -1 | 1): Promise<void> {
    const at = this.rows.indexOf(row);
    const behind = this.rows[way < 0 ? at - 2 : at + 1];
    if (at + way < 0 || at + way >= this.rows.length) return;
    await draft.run({ do: "move", file: this.file, path: ["fields", row.name], to: ["fields"], after: behind?.name ?? null });
  }

  // The entity itself, and what leads from it to others.

  /** A relation to another entity, called so; its name where it was made. */
  async relate(to: string, wish: Relation): Promise<string> {
    const named = await ask<Named>(`/names?${new URLSearchParams({ words: wish.label, taken: this.rows.map((one) => one.name).join(",") }).toString()}`);
    const plain = wish.label === labelText(draft.named("entities", to)?.label) && !this.rows.some((one) => one.name === to);
    const name = plain ? to : named.name;
    const label: Tree = boot.language === "zh" ? { zh: wish.label, en: named.english } : { zh: wish.label, en: wish.label };
    const value: Tree = { type: "relation", to, ...(wish.required ? { required: true } : {}), on_delete: wish.onDelete, label };
    const answer = await draft.run({ do: "insert_key", file: this.file, path: ["fields"], key: name, value, after: "end" });
    return answer ? name : "";
  }

  /** Another name for the entity, wherever it is named; whether it has it now. */
  async renameTo(name: string): Promise<boolean> {
    if (!name || name === this.name) return false;
    const done = (await draft.run({ do: "rename", target: this.name, new: name })) !== null;
    if (done) await draft.look();
    return done;
  }

  async removeEntity(): Promise<boolean> {
    return draft.removing(labelText(this.data?.label) || this.name, async () => (await draft.run({ do: "delete", file: this.file })) !== null);
  }
}

export interface Relation {
  label: string;
  required: boolean;
  onDelete: string;
}
