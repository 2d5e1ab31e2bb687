/** One page being edited: what is selected, how it is looked at, and every act upon it as a command. */
import { at, findPlaced, freeId, ids, isTree, placed, renamed, type Placed } from "../lib/document";
import { draft } from "../lib/draft.svelte";
import { fields } from "../lib/fields.svelte";
import { toasts } from "../lib/toasts.svelte";
import type { After, Command, Json, Path, Tree, WidgetInfo } from "../lib/types";
import { propertiesOf, refOf, widgets } from "../lib/widgets.svelte";
import { boot } from "../lib/boot";
import { both, labelText, t } from "../lib/words";
import { clipboard } from "./clipboard";
import { fresh } from "./fresh";

export type Device = "desk" | "phone";

export class PageState {
  selection = $state<string[]>([]);
  device = $state<Device>("desk");
  role = $state("");
  record = $state("");
  /** The view of a list page that is shown. */
  view = $state("");
  /** Whether what is typed goes into the label of the selected item. */
  constructor(readonly file: string) {}

  get data(): Tree | undefined {
    return draft.files[this.file]?.data;
  }

  get kind(): string {
    return draft.info(this.file)?.kind ?? "";
  }

  /** The entity that the page is about; empty for none. */
  get entity(): string {
    const entity = this.data?.entity;
    return typeof entity === "string" ? entity : "";
  }

  items = $derived.by<Placed[]>(() => placed(this.data));

  find(id: string): Placed | undefined {
    return findPlaced(this.items, id);
  }

  get selected(): Placed[] {
    return this.selection.map((id) => this.find(id)).filter((one) => one !== undefined);
  }

  get one(): Placed | undefined {
    return this.selection.length === 1 ? this.find(this.selection[0] ?? "") : undefined;
  }

  /** The selected items without those that lie inside another selected one, in the order of the document. */
  get outermost(): Placed[] {
    const chosen = new Set(this.selection);
    const inside = (one: Placed): boolean => one.parent !== null && (chosen.has(one.parent.id) || inside(one.parent));
    return this.items.filter((one) => chosen.has(one.id) && !inside(one));
  }

  select(id: string, more = false): void {
    if (!id) this.selection = [];
    else if (!more) this.selection = [id];
    else this.selection = this.selection.includes(id) ? this.selection.filter((one) => one !== id) : [...this.selection, id];
  }

  nameOf(one: Placed | undefined): string {
    if (!one) return "";
    const named = labelText(one.item.label);
    const about = typeof one.item.field === "string" ? fields.pathLabel(this.entity, one.item.field) : typeof one.item.metric === "string" ? (fields.metrics.find((metric) => metric.name === one.item.metric)?.label ?? "") : "";
    return named || about || widgets.find(one.widget)?.title || one.widget || one.id;
  }

  /** Whether a widget may stand on this kind of page at all. */
  fits(widget: WidgetInfo): boolean {
    const form = this.kind === "forms";
    if (form) return ["form", "layout"].includes(widget.group) && !["attachments", "links"].includes(widget.name);
    return !["field", "range", "step", "business_card", "subtable", "facts"].includes(widget.name);
  }

  takes(parent: Placed | null, widget: WidgetInfo): boolean {
    if (!this.fits(widget)) return false;
    if (parent === null) return widget.name !== "tab";
    return widgets.takes(parent.widget, widget);
  }

  // What follows are the acts. Each is one command, so that one undo takes it back.

  async insert(widget: WidgetInfo, list: Path, after: After, given: Tree = {}): Promise<string> {
    await fields.read(this.entity);
    const item = fresh(widget, this, given);
    const made = await this.put([item], list, after, both("made_widget", { what: widget.title }));
    return made[0] ?? "";
  }

  private async put(items: Tree[], list: Path, after: After, label: { zh: string; en: string }): Promise<string[]> {
    const inserts: Command[] = [];
    let before = after;
    const wanted: string[] = [];
    for (const item of items) {
      inserts.push(...this.insertInto(list, item, before, inserts.length === 0));
      wanted.push(String(item.id));
      before = { id: String(item.id) };
    }
    const first = inserts[0];
    const answer = first && inserts.length === 1 ? await draft.run(first) : await draft.run({ do: "batch", label, commands: inserts });
    if (!answer) return [];
    this.selection = wanted.filter((id) => this.find(id));
    return wanted;
  }

  /** An insert; a list that is not there yet is made with it. */
  private insertInto(list: Path, item: Tree, after: After, first: boolean): Command[] {
    if (first && !Array.isArray(at(this.data, list))) return [{ do: "set", file: this.file, path: list, value: [item], expect: null }];
    return [{ do: "insert", file: this.file, path: list, value: item, after }];
  }

  async move(moved: Placed[], list: Path, after: After): Promise<void> {
    let before = after;
    const commands: Command[] = [];
    for (const one of moved) {
      commands.push({ do: "move", file: this.file, path: one.path, to: list, after: before });
      before = { id: one.id };
    }
    const first = commands[0];
    if (!first) return;
    const missing = !Array.isArray(at(this.data, list));
    const made: Command[] = missing ? [{ do: "set", file: this.file, path: list, value: [], expect: null }] : [];
    const all = [...made, ...commands];
    await draft.run(all.length === 1 ? first : { do: "batch", label: both("moved_items", { count: moved.length }), commands: all });
    this.tellPlace(moved[0]?.id ?? "");
  }

  /** One step among its siblings; at an end of them out of its container, before or after it. */
  async step(way: -1 | 1): Promise<void> {
    const moved = this.outermost;
    const first = way < 0 ? moved[0] : moved[moved.length - 1];
    if (!first) return;
    const siblings = this.items.filter((one) => one.parent === first.parent || (one.parent?.id === first.parent?.id && one.parent && first.parent));
    const chosen = new Set(moved.map((one) => one.id));
    const rest = siblings.filter((one) => !chosen.has(one.id));
    const place = siblings.indexOf(first);
    const neighbour = way < 0 ? siblings.slice(0, place).reverse().find((one) => !chosen.has(one.id)) : siblings.slice(place + 1).find((one) => !chosen.has(one.id));
    if (neighbour) {
      const index = rest.indexOf(neighbour) + (way < 0 ? -1 : 0);
      const after = rest[index];
      return this.move(moved, first.list, after ? { id: after.id } : null);
    }
    if (!first.parent) return toasts.announce(t(way < 0 ? "is_first" : "is_last"));
    const outer = this.items.filter((one) => (one.parent?.id ?? "") === (first.parent?.parent?.id ?? ""));
    const at = outer.findIndex((one) => one.id === first.parent?.id);
    const after = way < 0 ? outer[at - 1] : outer[at];
    return this.move(moved, first.parent.list, after ? { id: after.id } : null);
  }

  /** Into the container that stands before it, at its end. */
  async nest(): Promise<void> {
    const moved = this.outermost;
    const first = moved[0];
    if (!first) return;
    const widget = widgets.find(first.widget);
    const siblings = this.items.filter((one) => (one.parent?.id ?? "") === (first.parent?.id ?? ""));
    const container = siblings.slice(0, siblings.findIndex((one) => one.id === first.id)).reverse().find((one) => widget && widgets.takes(one.widget, widget));
    if (!container) return toasts.announce(t("no_container"));
    const inside = this.items.filter((one) => one.parent?.id === container.id);
    const last = inside[inside.length - 1];
    return this.move(moved, [...container.path, "items"], last ? { id: last.id } : null);
  }

  tellPlace(id: string): void {
    const one = this.find(id);
    if (!one) return;
    const siblings = this.items.filter((other) => (other.parent?.id ?? "") === (one.parent?.id ?? ""));
    const place = siblings.findIndex((other) => other.id === id) + 1;
    toasts.announce(one.parent ? t("moved_into", { what: this.nameOf(one), parent: this.nameOf(one.parent), at: place, of: siblings.length }) : t("moved_to", { what: this.nameOf(one), at: place, of: siblings.length }));
  }

  async remove(): Promise<void> {
    const gone = this.outermost;
    const first = gone[0];
    if (!first) return;
    const names = gone.map((one) => this.nameOf(one)).join(t("comma"));
    const at = this.items.indexOf(first);
    const commands: Command[] = gone.map((one) => ({ do: "remove", file: this.file, path: one.path }));
    const one = commands[0];
    const answer = one && commands.length === 1 ? await draft.run(one) : await draft.run({ do: "batch", label: both("removed_items", { count: gone.length }), commands });
    if (!answer) return;
    toasts.say(t("removed", { what: names }), { act: { words: t("undo"), run: () => void draft.undo() } });
    const next = this.items[Math.min(at, this.items.length - 1)];
    this.selection = next ? [next.id] : [];
  }

  async set(one: Placed, key: string, value: Json | undefined): Promise<void> {
    await this.setAt([...one.path, key], one.item[key], value);
  }

  async setAt(path: Path, before: Json | undefined, value: Json | undefined): Promise<void> {
    if (JSON.stringify(before) === JSON.stringify(value)) return;
    const expect: Json = before ?? null;
    await draft.run(value === undefined ? { do: "unset", file: this.file, path, expect } : { do: "set", file: this.file, path, value, expect });
  }

  /** A label in the reader's language: the other languages of it stay. */
  async label(one: Placed, text: string): Promise<void> {
    const now = one.item.label;
    if (isTree(now)) await this.setAt([...one.path, "label", boot.language], now[boot.language], text);
    else await this.setAt([...one.path, "label"], now, text ? { [boot.language]: text } : undefined);
  }

  /** Another widget in its place, with every property that both know. */
  async change(one: Placed, widget: WidgetInfo): Promise<void> {
    const base = new Set(["id", "widget", "label", "span", "roles", "visible_when", "items"]);
    const known = new Set([...base, ...propertiesOf(widget.schema).map(([name]) => name)]);
    const commands: Command[] = [{ do: "set", file: this.file, path: [...one.path, "widget"], value: widget.name, expect: one.widget }];
    for (const key of Object.keys(one.item)) {
      const drops = !known.has(key) || (key === "items" && !widget.slots.length);
      if (drops) commands.push({ do: "unset", file: this.file, path: [...one.path, key] });
    }
    const begin = fresh(widget, this, {});
    for (const key of widget.schema.required ?? []) {
      const value = begin[key];
      if (one.item[key] === undefined && value !== undefined) commands.push({ do: "set", file: this.file, path: [...one.path, key], value });
    }
    await draft.run({ do: "batch", label: both("changed_widget", { what: widget.title }), commands });
  }

  /** A field or a metric put on a widget that has a place for it. */
  async bind(one: Placed, what: "field" | "metric", name: string): Promise<boolean> {
    const key = bindingOf(widgets.find(one.widget), what);
    if (!key) return false;
    const now = one.item[key.name];
    const value: Json = key.many ? [...(Array.isArray(now) ? now : []).filter((other) => other !== name), name] : name;
    await this.set(one, key.name, value);
    toasts.announce(t("bound", { what: name, to: this.nameOf(one) }));
    return true;
  }

  copy(): void {
    const chosen = this.outermost.map((one) => one.item);
    if (!chosen.length) return;
    clipboard.put(chosen);
    toasts.say(t("copied", { count: chosen.length }));
  }

  async paste(): Promise<void> {
    const items = clipboard.take();
    if (!items.length) return;
    const taken = ids(this.data);
    const own = items.map((one) => renamed(one, taken));
    const last = this.outermost[this.outermost.length - 1];
    const list = last?.list ?? ["items"];
    await this.put(own, list, last ? { id: last.id } : this.end(list), both("pasted_items", { count: own.length }));
  }

  async duplicate(): Promise<void> {
    const chosen = this.outermost;
    const last = chosen[chosen.length - 1];
    if (!last) return;
    const taken = ids(this.data);
    const copies = chosen.map((one) => renamed(one.item, taken));
    await this.put(copies, last.list, { id: last.id }, both("pasted_items", { count: copies.length }));
  }

  end(list: Path): After {
    const items = at(this.data, list);
    const last = Array.isArray(items) ? items[items.length - 1] : undefined;
    return isTree(last) && typeof last.id === "string" ? { id: last.id } : null;
  }

  /** Where something new stands when nobody pointed: inside a selected container, else behind what is selected, else last. */
  whereNew(widget: WidgetInfo): { list: Path; after: After } {
    for (let one: Placed | null | undefined = this.one; one; one = one.parent) {
      if (this.takes(one, widget)) return { list: [...one.path, "items"], after: this.end([...one.path, "items"]) };
      if (this.takes(one.parent, widget)) return { list: one.list, after: { id: one.id } };
    }
    return { list: ["items"], after: this.end(["items"]) };
  }

  freeId(wish: string): string {
    return freeId(wish, ids(this.data));
  }
}

/** The property of a widget that a field or a metric is put on. */
export function bindingOf(widget: WidgetInfo | undefined, what: "field" | "metric"): { name: string; many: boolean } | null {
  const wanted = what === "metric" ? ["metric"] : ["field", "path"];
  const order = ["field", "metric", "metrics", "columns", "fields"];
  const found = propertiesOf(widget?.schema)
    .filter(([, schema]) => wanted.includes(refOf(schema)))
    .sort(([one], [other]) => (order.indexOf(one) + 1 || 99) - (order.indexOf(other) + 1 || 99))[0];
  return found ? { name: found[0], many: found[1].type === "array" } : null;
}
