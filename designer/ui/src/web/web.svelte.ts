/** One map or knowledge graph being edited; every act upon it is one command. */
import { ask } from "../lib/api";
import { boot } from "../lib/boot";
import { freeId, idOf, trees } from "../lib/document";
import { draft } from "../lib/draft.svelte";
import { Edited } from "../lib/edited.svelte";
import { fields } from "../lib/fields.svelte";
import { tabs } from "../lib/tabs.svelte";
import { toasts } from "../lib/toasts.svelte";
import type { Command, Schema, Tree } from "../lib/types";
import { both, labelText, t } from "../lib/words";
import type { Where } from "../graph/graph";
import { edgeAt, edgeId, edgePath, nodePath } from "../graph/listed";
import { kindLabel, kindsBetween, kindWords } from "./web";

interface Ground {
  bound: number;
  steps: number;
  loose: string[];
}

export class WebState extends Edited {
  /** The id of the selected node or edge of the graph. */
  selected = $state("");
  schema = $state.raw<Schema | null>(null);
  /** How much of a map rests on definitions; null for what is no map, or while the draft does not compile. */
  ground = $state.raw<Ground | null>(null);

  constructor(
    file: string,
    readonly kind: string,
  ) {
    super(file);
  }

  get isMap(): boolean {
    return this.kind === "maps";
  }

  get nodes(): Tree[] {
    return trees(this.data?.nodes);
  }

  get edges(): Tree[] {
    return trees(this.data?.edges);
  }

  node(id: string): Tree | undefined {
    return this.nodes.find((one) => idOf(one) === id);
  }

  async read(): Promise<void> {
    const [schema] = await Promise.all([ask<Schema>(`/kinds/${this.kind}`), draft.open(this.file)]);
    this.schema = schema;
    if (!this.isMap) return;
    await Promise.all([fields.readAll(), ...draft.ofKind("workflows").map((one) => draft.open(one.file).catch(() => {}))]);
  }

  /** Ask again how much rests on definitions. */
  async survey(): Promise<void> {
    if (this.isMap) this.ground = await ask<Ground>(`/maps/${this.name}`).catch(() => null);
  }

  words(kind: string): string {
    return kindWords(this.schema, kind, boot.language);
  }

  // Nodes and edges.

  private edgeAdded(value: Tree): Command {
    if (!this.edges.length) return { do: "set", file: this.file, path: ["edges"], value: [value] };
    return { do: "insert", file: this.file, path: ["edges"], value, after: "end" };
  }

  /** The edge from one node to another: of the first kind that may lead there and does not yet; null where none may. */
  private edgeBetween(from: string, to: string, target: Tree | undefined = this.node(to)): Tree | null {
    const kinds = kindsBetween(this.schema, this.node(from), target);
    if (!kinds) return this.edges.some((one) => one.from === from && one.to === to) ? null : { from, to };
    const kind = kinds.find((one) => !this.edges.some((edge) => edge.from === from && edge.to === to && edge.kind === one));
    return kind ? { from, to, kind } : null;
  }

  /** A node of a kind: on an edge, behind a node where that may be, or by itself. */
  async addNode(kind: string, where: Where): Promise<void> {
    const id = freeId(kind, new Set(this.nodes.map(idOf)));
    const what = kindLabel(this.schema, kind);
    const label = { zh: both("web_new", { what: what.zh }).zh, en: both("web_new", { what: what.en.toLowerCase() }).en };
    const value: Tree = { id, node: kind, label };
    const commands: Command[] = [{ do: "insert", file: this.file, path: ["nodes"], value, after: where.node && this.node(where.node) ? { id: where.node } : "end" }];
    const split = where.edge ? edgeAt(where.edge) : -1;
    const edge = this.edges[split];
    if (edge) {
      commands.push({ do: "set", file: this.file, path: [...edgePath(split), "to"], value: id, expect: edge.to ?? null }, this.edgeAdded({ from: id, to: String(edge.to) }));
    } else if (where.node) {
      const behind = this.edgeBetween(where.node, id, value);
      if (behind) commands.push(this.edgeAdded(behind));
    }
    const done = { zh: both("web_added", { what: what.zh }).zh, en: both("web_added", { what: what.en }).en };
    if (await this.batch(done, commands)) {
      this.selected = id;
      toasts.announce(labelText(done));
    }
  }

  connectable(from: string, to: string): boolean {
    return from !== to && this.edgeBetween(from, to) !== null;
  }

  async connect(from: string, to: string): Promise<void> {
    const edge = this.edgeBetween(from, to);
    if (!edge) return toasts.say(t("web_no_line", { from: this.title(from), to: this.title(to) }), { error: true });
    const count = this.edges.length;
    if (await this.batch(both("web_line_added"), [this.edgeAdded(edge)])) this.selected = edgeId(count);
  }

  title(id: string): string {
    return labelText(this.node(id)?.label) || id;
  }

  /** Other ends for an edge; its kind becomes one that may lead there. */
  async reconnect(id: string, from: string, to: string): Promise<void> {
    const place = edgeAt(id);
    const now = this.edges[place];
    if (!now || (now.from === from && now.to === to)) return;
    const kinds = kindsBetween(this.schema, this.node(from), this.node(to));
    if (kinds && !kinds.length) return toasts.say(t("web_no_line", { from: this.title(from), to: this.title(to) }), { error: true });
    const commands: Command[] = [];
    for (const [key, value] of [["from", from], ["to", to]] as const) if (now[key] !== value) commands.push({ do: "set", file: this.file, path: [...edgePath(place), key], value, expect: now[key] ?? null });
    if (kinds?.[0] && !kinds.includes(String(now.kind))) commands.push({ do: "set", file: this.file, path: [...edgePath(place), "kind"], value: kinds[0], expect: now.kind ?? null });
    if (await this.batch(both("web_line_turned"), commands)) this.selected = id;
  }

  /** A step between two others goes so that the way leads on: the line into it ends where the one out of it did. */
  private bridged(id: string): Command[] | null {
    const into = this.edges.flatMap((one, at) => (one.to === id ? [at] : []));
    const out = this.edges.flatMap((one, at) => (one.from === id ? [at] : []));
    const [first] = into;
    const [last] = out;
    if (!this.isMap || into.length !== 1 || out.length !== 1 || first === undefined || last === undefined) return null;
    const to = String(this.edges[last]?.to);
    if (this.edges.some((one) => one.from === this.edges[first]?.from && one.to === to)) return null;
    return [
      { do: "set", file: this.file, path: [...edgePath(first), "to"], value: to, expect: id },
      { do: "remove", file: this.file, path: edgePath(last) },
    ];
  }

  /** A node goes with the edges at it; the last edge goes with their list. */
  async remove(id: string): Promise<void> {
    const place = edgeAt(id);
    const what = place < 0 ? this.title(id) : t("web_line");
    const gone = this.edges.flatMap((one, at) => (at === place || one.from === id || one.to === id ? [at] : []));
    const all: Command[] = [{ do: "unset", file: this.file, path: ["edges"] }];
    const each = gone.toReversed().map((at): Command => ({ do: "remove", file: this.file, path: edgePath(at) }));
    const commands = this.bridged(id) ?? (gone.length && gone.length === this.edges.length ? all : each);
    if (place < 0) commands.push({ do: "remove", file: this.file, path: nodePath(id) });
    if (!(await this.batch(both("removed_what", { what }), commands))) return;
    this.selected = "";
    toasts.say(t("removed_what", { what }), { act: { words: t("undo"), run: () => void draft.undo() } });
  }

  /** The flow that the map becomes, as a new file of the draft; what its author must still say is told. */
  async becomeFlow(): Promise<void> {
    const made = await ask<{ file: string; text: string; notes: string[] }>(`/maps/${this.name}/flow`).catch((error: unknown) => {
      toasts.say(error instanceof Error ? error.message : String(error), { error: true });
      return null;
    });
    if (!made || !(await draft.run({ do: "create", file: made.file, text: made.text }))) return;
    await draft.look();
    tabs.open(made.file);
    toasts.say([t("web_flow_made"), ...made.notes].join("\n"));
  }
}
