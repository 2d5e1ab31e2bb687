/** One source as it is chosen: a new one lives here until it is written, one that has a file is changed by commands. */
import { ask, Refused } from "../lib/api";
import { isTree } from "../lib/document";
import { draft } from "../lib/draft.svelte";
import { tabs } from "../lib/tabs.svelte";
import { toasts } from "../lib/toasts.svelte";
import type { Command, Json, Tree } from "../lib/types";
import { both, labelText, t } from "../lib/words";
import { carried, faultOf, post, type Card, type Column, type Connectors, type Fault, type Faulty, type Matched, type Shown, type SourceObject, type Standing } from "./asking";

const SCHEDULES = ["", "hourly", "daily", "weekly"] as const;
const LONGEST_NAME = 48;
const LONGEST_LABEL = 60;

export class SourceState {
  offered = $state.raw<Connectors | null>(null);
  objects = $state.raw<SourceObject[] | null>(null);
  shown = $state.raw<Shown | null>(null);
  matched = $state.raw<Matched | null>(null);
  standing = $state.raw<Standing | null>(null);
  fault = $state.raw<Fault | null>(null);
  tested = $state.raw<{ rows: number; milliseconds: number } | null>(null);
  busy = $state("");
  refused = $state("");
  secrets = $state<Record<string, string>>({});
  upload = $state.raw<File | null>(null);
  /** Of a new source: whether its entity is made of the object, and what a row is called. */
  making = $state(false);
  title = $state("");
  pack = $state("");
  private local = $state<Tree>({});
  /** What a new source is called in both languages until somebody says otherwise. */
  private called = { zh: "", en: "" };

  constructor(readonly file: string | null) {
    this.pack = file?.split("/")[0] ?? draft.packs.find((one) => one.files.some((other) => other.kind === "entities"))?.name ?? draft.packs.at(-1)?.name ?? "";
  }

  get data(): Tree {
    return this.file ? (draft.files[this.file]?.data ?? {}) : this.local;
  }

  get name(): string {
    return this.file?.split("/").at(-1)?.replace(".yaml", "") ?? "";
  }

  get card(): Card | undefined {
    return this.offered?.connectors.find((one) => one.kind === this.data.kind);
  }

  get settings(): Tree {
    return isTree(this.data.settings) ? this.data.settings : {};
  }

  get fields(): Record<string, string> {
    return isTree(this.data.fields) ? (this.data.fields as Record<string, string>) : {};
  }

  get columns(): Column[] {
    return this.shown?.columns ?? [];
  }

  get destination(): string {
    return this.text("destination");
  }

  /** Whether the chosen address is open: live, or in the draft of somebody who may publish it. */
  get open(): boolean {
    return !this.destination || this.offered?.live.includes(this.destination) || this.offered?.may_publish || false;
  }

  get drafted(): boolean {
    return this.destination !== "" && !this.offered?.live.includes(this.destination);
  }

  text(key: string): string {
    const found = this.data[key];
    return typeof found === "string" ? found : "";
  }

  list(key: string): string[] {
    const found = this.data[key];
    return Array.isArray(found) ? found.map(String) : [];
  }

  fieldOf(column: string): string {
    return Object.entries(this.fields).find(([, one]) => one === column)?.[0] ?? "";
  }

  async begin(): Promise<void> {
    this.offered = await ask<Connectors>("/connectors");
    if (!this.file) return;
    await draft.open(this.file);
    await this.look(false);
    await this.readStanding();
  }

  // ---- changing

  async set(key: string, value: Json): Promise<void> {
    const empty = value === "" || (Array.isArray(value) && !value.length);
    if (!this.file) {
      if (empty) delete this.local[key];
      else this.local[key] = value;
      return;
    }
    if (empty && !(key in this.data)) return;
    await draft.run(empty ? { do: "unset", file: this.file, path: [key] } : { do: "set", file: this.file, path: [key], value });
  }

  async choose(kind: string): Promise<void> {
    this.local = { kind };
    this.objects = this.shown = this.matched = null;
    this.fault = null;
    this.tested = null;
    if (this.card && !this.card.remote && !this.card.settings.length) await this.look(false);
  }

  async setting(name: string, value: Json): Promise<void> {
    const { [name]: _, ...rest } = this.settings;
    await this.set("settings", value === "" ? rest : { ...rest, [name]: value });
    this.tested = null;
  }

  async mapField(column: string, field: string): Promise<void> {
    const before = this.fieldOf(column);
    if (before === field) return;
    const fields = { ...this.fields };
    if (before) delete fields[before];
    if (field) fields[field] = column;
    const named = field || before;
    const what = { column: this.columnLabel(column), field: this.matched?.fields.find((one) => one.name === named)?.label ?? named };
    await this.writeFields(fields, field ? both("src_mapped", what) : both("src_unmapped", what));
  }

  async acceptAll(): Promise<void> {
    const fields = { ...this.fields };
    for (const one of this.suggestions) fields[one.field] = one.column;
    await this.writeFields(fields, both("src_accepted", { count: this.suggestions.length }));
  }

  /** What is suggested of what nobody has chosen. */
  get suggestions(): Matched["matches"] {
    const used = new Set(Object.values(this.fields));
    return (this.matched?.matches ?? []).filter((one) => !used.has(one.column) && !(one.field in this.fields));
  }

  private async writeFields(fields: Record<string, string>, label: { zh: string; en: string }): Promise<void> {
    const keyed = this.list("key").filter((one) => one in fields);
    const natural = this.matched?.natural_key ?? [];
    const offered = natural.length && natural.every((one) => one in fields) ? natural : (this.matched?.fields ?? []).filter((one) => one.unique && one.name in fields).map((one) => one.name).slice(0, 1);
    const told = Object.keys(fields).filter((one) => this.shown?.object.key.includes(fields[one] ?? ""));
    const key = keyed.length ? keyed : offered.length ? offered : told;
    if (!this.file) {
      this.local.fields = fields;
      this.local.key = key;
      return;
    }
    const file = this.file;
    const before = this.fields;
    const commands: Command[] = [];
    for (const name of Object.keys(before)) if (!(name in fields)) commands.push({ do: "remove", file, path: ["fields", name] });
    for (const [name, column] of Object.entries(fields)) {
      if (!(name in before)) commands.push({ do: "insert_key", file, path: ["fields"], key: name, value: column, after: "end" });
      else if (before[name] !== column) commands.push({ do: "set", file, path: ["fields", name], value: column });
    }
    if (JSON.stringify(key) !== JSON.stringify(this.list("key")) && key.length) commands.push({ do: "set", file, path: ["key"], value: key });
    if (commands.length) await draft.run({ do: "batch", label, commands });
  }

  columnLabel(name: string): string {
    const found = this.columns.find((one) => one.name === name);
    return labelText(found?.titles as Json) || name;
  }

  // ---- asking the other side

  private async request(more: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const file = this.upload && this.card?.takes_file ? { file: await carried(this.upload) } : {};
    return { kind: this.text("kind"), destination: this.destination, settings: this.settings, ...file, ...more };
  }

  private async attempt(what: string, act: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = what;
    this.fault = null;
    this.refused = "";
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refused = [error.message, error.hint].filter(Boolean).join(" ");
    } finally {
      this.busy = "";
    }
  }

  async test(): Promise<void> {
    await this.attempt("test", async () => {
      this.tested = null;
      await this.keepSecrets();
      const answer = await post<Faulty<{ rows: number; milliseconds: number }>>("test", await this.request());
      this.fault = faultOf(answer);
      if (!this.fault) this.tested = answer as { rows: number; milliseconds: number };
    });
    if (this.tested && !this.objects) await this.look();
  }

  /** Secrets that were typed are kept under names of their own; the definitions hold the names. */
  private async keepSecrets(): Promise<void> {
    for (const one of this.card?.settings ?? []) {
      const value = this.secrets[one.name];
      if (!one.secret || !value) continue;
      const known = this.settings[one.name];
      const name = typeof known === "string" && known ? known : `${this.destination || this.text("kind")}_${one.name}`.slice(0, LONGEST_NAME);
      await post("secret", { pack: this.pack, name, value });
      this.secrets[one.name] = "";
      if (known !== name) await this.setting(one.name, name);
      if (this.offered) this.offered = { ...this.offered, secrets: [...new Set([...this.offered.secrets, name])] };
    }
  }

  async look(loudly = true): Promise<void> {
    await this.attempt("look", async () => {
      const answer = await post<Faulty<{ objects: SourceObject[] }>>("look", await this.request());
      const fault = faultOf(answer);
      if (fault && loudly) this.fault = fault;
      if (!fault) this.objects = (answer as { objects: SourceObject[] }).objects;
    });
    const chosen = this.objects?.find((one) => Object.entries(one.settings).every(([name, value]) => this.settings[name] === value));
    if (this.file && chosen) await this.preview(chosen, false);
  }

  async take(object: SourceObject): Promise<void> {
    await this.set("settings", { ...this.settings, ...object.settings });
    if (!this.file) {
      this.title = labelText(object.titles);
      const titles = [this.card?.titles, object.titles].filter((one) => one !== undefined);
      this.called = { zh: titles.map((one) => one.zh).join(" ").slice(0, LONGEST_LABEL), en: titles.map((one) => one.en).join(" ").slice(0, LONGEST_LABEL) };
      this.local.label = labelText(this.called);
      this.local.schedule = !this.card?.remote ? "" : object.follows_changes ? "hourly" : "daily";
      const like = draft.ofKind("entities").find((one) => one.label === this.title);
      if (like && !this.making && !this.text("entity")) await this.into(like.name);
    }
    await this.preview(object);
  }

  async preview(object: SourceObject, loudly = true): Promise<void> {
    await this.attempt("preview", async () => {
      const answer = await post<Faulty<Shown>>("preview", await this.request({ object: object.name }));
      const fault = faultOf(answer);
      if (fault && loudly) this.fault = fault;
      this.shown = fault ? { object, columns: object.columns, rows: [] } : (answer as Shown);
    });
    await this.match();
  }

  async into(entity: string): Promise<void> {
    this.making = false;
    await this.set("entity", entity);
    if (!this.file) {
      this.local.fields = {};
      this.local.roles = [];
      this.pack = draft.named("entities", entity)?.file.split("/")[0] ?? this.pack;
    }
    await this.match();
  }

  async match(): Promise<void> {
    const entity = this.text("entity");
    if (!entity || !this.shown) return;
    const { columns, object } = this.shown;
    this.matched = await post<Matched>("match", { entity, columns, key: object.key });
    if (!this.file && !this.list("roles").length) this.local.roles = this.matched.roles.slice(0, 1);
  }

  async declare(label: string, address: string): Promise<boolean> {
    let done = false;
    await this.attempt("declare", async () => {
      const answer = await post<{ destination: string }>("destination", { pack: this.pack, label, address });
      await draft.look();
      await this.set("destination", answer.destination);
      done = true;
    });
    return done;
  }

  // ---- writing it, running it

  async make(): Promise<void> {
    await this.attempt("make", async () => {
      const { label, kind, destination, settings, entity, fields, key, schedule, roles } = this.local;
      const words = label === labelText(this.called) ? { label: this.called.zh, english: this.called.en } : { label };
      const own = { ...words, pack: this.pack, kind, destination, settings, schedule };
      const body = this.making ? { ...own, new_entity: this.title, columns: this.columns, key_columns: this.shown?.object.key ?? [] } : { ...own, entity, fields, key, roles };
      const made = await post<{ file: string }>("make", body);
      await draft.look();
      toasts.say(t("src_made", { what: String(label ?? "") }));
      this.local = {};
      this.objects = this.shown = this.matched = this.tested = null;
      tabs.open(made.file);
    });
  }

  async readStanding(): Promise<void> {
    const told = await ask<Standing & { live: boolean }>(`/sources/${this.name}`).catch(() => null);
    this.standing = told?.live ? told : null;
  }

  async run(): Promise<void> {
    await this.attempt("run", async () => {
      const form = new FormData();
      form.set("act", "run");
      form.set("source", this.name);
      const answer = await fetch(this.standing?.page ?? "", { method: "POST", body: form });
      await this.readStanding();
      const run = this.standing?.run;
      if (!answer.ok) toasts.say(t("src_run_not"), { error: true });
      else if (run?.error) toasts.say(t("src_run_failed", { error: run.error }), { error: true });
      else if (run) toasts.say(t("src_ran", { read: run.read, created: run.created, updated: run.updated, refused: run.refused }));
    });
  }
}

export const schedules = SCHEDULES;
