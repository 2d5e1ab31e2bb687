/** The diagram as somebody looks at it: what of the model is shown, what is selected, and what is done to it. */
import { SvelteMap } from "svelte/reactivity";
import { ask } from "../lib/api";
import { draft } from "../lib/draft.svelte";
import { match } from "../lib/search.svelte";
import { tabs } from "../lib/tabs.svelte";
import { toasts } from "../lib/toasts.svelte";
import type { Answer } from "../lib/types";
import { labelText, t } from "../lib/words";
import type { EntityState, Relation } from "../model/entity.svelte";
import { sizeOf } from "../graph/graph";
import { arrange, kept, placed, type Arrangement, type Card } from "./arrange";
import { between, loop, shares, type Box, type Drawn } from "./lines";
import { called, cards, edgeId, entityOf, fieldOf, inSight, isRelation, relations, type CardNode, type EntityLine, type Picture, type RelationEdge, type Shown } from "./picture";

const KEPT_PACK = "dougong.designer.diagram";

/** A relation that is being drawn: it is asked what it is called. */
export interface Drawing {
  from: string;
  to: string;
}

/** A new entity that is asked for: its pack, and the entity from which a relation leads to it. */
export interface Beginning {
  pack: string;
  from: string;
}

export class Board {
  picture = $state.raw<Picture | null>(null);
  pack = $state("");
  shown = $state<Shown>("key");
  hidden = $state.raw<ReadonlySet<string>>(new Set());
  query = $state("");
  /** The id of an entity, or of a relation: the entity with a field. */
  selected = $state("");
  drawing = $state.raw<Drawing | null>(null);
  beginning = $state.raw<Beginning | null>(null);
  /** Whether cards are so small that they show their names alone, and how large these must be to be read. */
  far = $state(false);
  letters = $state(13);
  private open = new SvelteMap<string, EntityState>();
  private arranged = new Map<string, Arrangement>();

  entities = $derived<EntityLine[]>(this.picture ? inSight(this.picture, this.pack, this.hidden) : []);
  found = $derived<ReadonlySet<string> | null>(this.query.trim() ? new Set(this.matching.map((one) => one.name)) : null);
  private problems = $derived(new Map(draft.problems.filter((one) => one.severity === "error" && one.file.includes("/entities/")).map((one) => [one.file, one.message])));
  private sight = $derived({ pack: this.pack, shown: this.shown, found: this.found, problems: this.problems });
  private bare = $derived<CardNode[]>(cards(this.entities, this.sight));
  private cards = $derived<Card[]>(this.bare.map((one) => ({ id: one.id, area: one.area, size: sizeOf(one, "right") })));
  private placed = $derived(placed(this.arrangement(this.cards), this.cards));
  frames = $derived(this.placed.frames.map((one) => ({ ...one, label: this.areaLabel(one.area) })));
  nodes = $derived<CardNode[]>(this.bare.map((one) => ({ ...one, position: this.placed.positions.get(one.id) ?? { x: 0, y: 0 } })));
  edges = $derived<RelationEdge[]>(relations(this.entities, entityOf(this.selected) === this.selected ? this.selected : "", this.sight));
  private boxes = $derived(new Map<string, Box>(this.nodes.map((one) => [one.id, { ...(one.position as { x: number; y: number }), ...sizeOf(one, "right") }])));
  private shares = $derived(shares(this.edges, this.boxes));

  /** What is looked for, the best first. */
  get matching(): EntityLine[] {
    const ranked = (this.picture?.entities ?? []).map((one) => ({ one, rank: match(this.query, called(one), one.name) }));
    return ranked.filter((each) => each.rank >= 0).sort((a, b) => Number(b.one.pack === this.pack) - Number(a.one.pack === this.pack) || a.rank - b.rank).map((each) => each.one);
  }

  get entity(): EntityLine | undefined {
    return this.picture?.entities.find((one) => one.name === entityOf(this.selected));
  }

  /** The entity that is selected, or whose relation is, ready to be changed. */
  get state(): EntityState | undefined {
    const file = this.entity?.file;
    return file ? this.open.get(file) : undefined;
  }

  get areas(): { name: string; label: string; count: number }[] {
    const own = (this.picture?.entities ?? []).filter((one) => !this.pack || one.pack === this.pack);
    return [...new Set(own.map((one) => one.area))].map((name) => ({ name, label: this.areaLabel(name), count: own.filter((one) => one.area === name).length })).sort((a, b) => this.place(a.name) - this.place(b.name));
  }

  private place(area: string): number {
    const at = this.picture?.areas.findIndex((one) => one.name === area) ?? -1;
    return at < 0 ? 999 : at;
  }

  areaLabel(area: string): string {
    const known = this.picture?.areas.find((one) => one.name === area);
    const pack = this.picture?.packs.find((one) => one.name === area.split("/")[0]);
    const words = labelText(pack?.label) || (area.split("/")[0] ?? "");
    return known ? (this.pack ? labelText(known.label) : `${labelText(known.label)} · ${words}`) : words;
  }

  /** What the draft says now. */
  async read(): Promise<void> {
    this.picture = await ask<Picture>("/model");
    if (this.pack && !this.picture.packs.some((one) => one.name === this.pack)) this.pack = "";
    if (this.selected && !this.entity) this.selected = "";
  }

  /** What is shown first: the pack looked at last, else the largest. */
  begin(entity: string): void {
    const packs = this.picture?.packs ?? [];
    const count = (pack: string): number => this.picture?.entities.filter((one) => one.pack === pack).length ?? 0;
    const last = localStorage.getItem(KEPT_PACK);
    this.pack = last !== null && (last === "" || packs.some((one) => one.name === last)) ? last : ([...packs].sort((a, b) => count(b.name) - count(a.name))[0]?.name ?? "");
    if (entity) this.look(entity);
  }

  choose(pack: string): void {
    this.pack = pack;
    this.hidden = new Set();
    this.selected = "";
    localStorage.setItem(KEPT_PACK, pack);
  }

  /** An entity, also one that is not in sight yet. */
  look(name: string): boolean {
    const one = this.picture?.entities.find((entity) => entity.name === name);
    if (!one) return false;
    if (this.pack && one.pack !== this.pack) this.choose(one.pack);
    if (this.hidden.has(one.area)) this.toggle(one.area);
    this.selected = name;
    return true;
  }

  toggle(area: string): void {
    const next = new Set(this.hidden);
    if (!next.delete(area)) next.add(area);
    this.hidden = next;
  }

  /** What was arranged once stays where it is while fields, relations and entities come and go. */
  private arrangement(all: readonly Card[]): Arrangement {
    const key = `${this.pack}\n${[...this.hidden].sort().join("\n")}`;
    const links = this.entities.flatMap((one) => one.fields.filter(isRelation).map((field) => ({ from: one.name, to: String(field.to) })));
    const now = this.arranged.has(key) ? kept(this.arranged.get(key) as Arrangement, all) : arrange(all, links);
    this.arranged.set(key, now);
    return now;
  }

  line(edge: RelationEdge, from: Box, to: Box): Drawn {
    if (edge.from === edge.to) return loop(from, edge);
    return between(from, to, this.shares.get(edge.id) ?? { from: 0.5, to: 0.5 }, edge);
  }

  /** Read what is selected, so that it can be changed. */
  async ready(): Promise<void> {
    const file = this.entity?.file;
    if (!file) return;
    const known = await this.opened(file);
    known.chosen = fieldOf(this.selected);
  }

  /** An entity read to be changed; what changes it comes when it is first needed. */
  private async opened(file: string): Promise<EntityState> {
    const known = this.open.get(file);
    if (known) return known;
    const { EntityState } = await import("../model/entity.svelte");
    const read = new EntityState(file);
    await read.read();
    this.open.set(file, read);
    return read;
  }

  // Acts. Each is one command.

  title(entity: string): string {
    const one = this.picture?.entities.find((each) => each.name === entity);
    return one ? called(one) : entity;
  }

  async relate(from: string, to: string, wish: Relation): Promise<boolean> {
    const entity = await this.opened(this.picture?.entities.find((one) => one.name === from)?.file ?? "");
    const name = await entity.relate(to, wish);
    if (!name) return false;
    await this.read();
    this.selected = edgeId(from, name);
    toasts.announce(t("relation_added", { from: this.title(from), to: this.title(to) }));
    return true;
  }

  /** Another target for a relation; the rest of it stays. */
  async turn(id: string, to: string): Promise<void> {
    const one = this.picture?.entities.find((each) => each.name === entityOf(id));
    const now = one?.fields.find((field) => field.name === fieldOf(id));
    if (!one || !now || now.to === to) return;
    if (await draft.run({ do: "set", file: one.file, path: ["fields", fieldOf(id), "to"], value: to, expect: now.to ?? null })) toasts.announce(t("relation_turned", { what: called(now), to: this.title(to) }));
  }

  async add(pack: string, label: string, pages: boolean, from: string): Promise<void> {
    const made = await ask<Answer & { entity: string }>("/model", { pack, label, pages, problems: "later" });
    await Promise.all([draft.look(), this.read()]);
    if (this.pack && this.pack !== pack) this.choose(pack);
    this.selected = made.entity;
    toasts.announce(t("entity_added", { what: label }));
    if (from) this.drawing = { from, to: made.entity };
  }

  async remove(id: string): Promise<void> {
    this.selected = id;
    await this.ready();
    const entity = this.state;
    if (!entity) return;
    if (!fieldOf(id)) {
      if (await entity.removeEntity()) this.selected = "";
      return;
    }
    const row = entity.rows.find((one) => one.name === fieldOf(id));
    if (row) await entity.remove(row);
    this.selected = entityOf(id);
  }

  /** Another name for the entity that is selected; everything that names it follows. */
  async rename(name: string): Promise<void> {
    const entity = this.state;
    if (!entity || !(await entity.renameTo(name))) return;
    await this.read();
    this.selected = name;
  }

  table(): void {
    if (this.entity) tabs.open(this.entity.file, "entity");
  }
}
