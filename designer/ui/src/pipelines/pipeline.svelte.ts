/** One pipeline being edited; every act upon it is one command. */
import { freeId, idOf, isTree, trees } from "../lib/document";
import { draft } from "../lib/draft.svelte";
import { Edited } from "../lib/edited.svelte";
import { fields } from "../lib/fields.svelte";
import { toasts } from "../lib/toasts.svelte";
import type { Command, Json, Tree, Words } from "../lib/types";
import { both, labelText, t } from "../lib/words";
import type { Where } from "../graph/graph";
import { kinds } from "./kinds.svelte";
import { edgeAt, edgeId, edgePath, nodePath, type Listed } from "../graph/listed";
import { edgeOf, refusal, titleOf, type Line } from "./pipeline";

const KEPT = "dougong.designer.copied_node";

export class PipelineState extends Edited {
  /** The id of the selected node or edge of the graph. */
  selected = $state("");
  copied = $state.raw<Tree | null>(kept());

  get web(): Listed {
    return { nodes: trees(this.data?.nodes), edges: trees(this.data?.edges) };
  }

  node(id: string): Tree | undefined {
    return this.web.nodes.find((one) => idOf(one) === id);
  }

  async read(): Promise<void> {
    await Promise.all([kinds.read(), draft.open(this.file)]);
    await fields.readAll();
  }

  title(id: string): string {
    return titleOf(this.node(id), id);
  }

  private edgeAdded(value: Tree): Command {
    if (!this.web.edges.length) return { do: "set", file: this.file, path: ["edges"], value: [value] };
    return { do: "insert", file: this.file, path: ["edges"], value, after: "end" };
  }

  /** What an edge becomes, key by key. */
  private turned(at: number, next: Tree): Command[] {
    const now = this.web.edges[at] ?? {};
    return ["from", "output", "to", "port"].flatMap((key): Command[] => {
      const [before, after] = [now[key], next[key]];
      if (before === after) return [];
      const path = [...edgePath(at), key];
      return [after === undefined ? { do: "unset", file: this.file, path, expect: before ?? null } : { do: "set", file: this.file, path, value: after, expect: before ?? null }];
    });
  }

  /** The pipeline as it will be with a node more, and without an edge that it is put on. */
  private with(node: Tree, without = -1): Listed {
    return { nodes: [...this.web.nodes, node], edges: this.web.edges.filter((_, at) => at !== without) };
  }

  /** The lines that put a node on an edge, or behind another one; null where its ports do not fit. */
  private lines(node: Tree, where: Where): Command[] | null {
    const id = idOf(node);
    const place = where.edge ? edgeAt(where.edge) : -1;
    const edge = this.web.edges[place];
    if (edge) {
      const web = this.with(node, place);
      const into = edgeOf(web, { from: String(edge.from), output: String(edge.output ?? ""), to: id, input: "" });
      const out = edgeOf(web, { from: id, output: "", to: String(edge.to), input: this.inputAt(edge) });
      return into && out ? [...this.turned(place, into), { do: "insert", file: this.file, path: ["edges"], value: out, after: "end" }] : null;
    }
    if (!where.node) return [];
    const web = this.with(node);
    const behind = edgeOf(web, { from: where.node, output: where.port ?? "", to: id, input: "" }) ?? (where.port ? null : edgeOf(web, { from: id, output: "", to: where.node, input: "" }));
    return behind ? [this.edgeAdded(behind)] : [];
  }

  private inputAt(edge: Tree): string {
    return typeof edge.port === "string" ? edge.port : (kinds.find(String(this.node(String(edge.to))?.node))?.inputs[0]?.name ?? "");
  }

  /** Whether a kind may stand there. */
  takes(kind: string, where: Where): boolean {
    const node: Tree = { id: " ", node: kind };
    if (where.edge) return this.lines(node, where) !== null;
    return !(where.node && where.port) || edgeOf(this.with(node), { from: where.node, output: where.port, to: " ", input: "" }) !== null;
  }

  /** A node of a kind: on an edge, behind a node where that may be, or by itself. */
  add(kind: string, where: Where): Promise<void> {
    return this.put({ node: kind }, where, "pl_added");
  }

  /** A source with the rows of an entity. */
  addSource(entity: string, where: Where): Promise<void> {
    return this.put({ node: "source", settings: { entity } }, where, "pl_added", entity);
  }

  /** An act that was suggested. */
  async perform(command: Command): Promise<boolean> {
    await draft.settled();
    const done = (await draft.run(command)) !== null;
    if (done) await draft.look();
    return done;
  }

  private async put(value: Tree, where: Where, words: "pl_added" | "pl_pasted", name = ""): Promise<void> {
    await draft.settled();
    const kind = String(value.node);
    const id = freeId(name || kind, new Set(this.web.nodes.map(idOf)));
    const node: Tree = { id, ...value };
    const what = kinds.find(kind)?.titles ?? {};
    const said = (language: "zh" | "en"): string => labelText(value.label) || what[language] || kind;
    const done: Words = { zh: both(words, { what: said("zh") }).zh, en: both(words, { what: said("en") }).en };
    const lines = this.lines(node, where);
    if (!lines) return toasts.say(t("pl_does_not_fit", { what: labelText({ zh: said("zh"), en: said("en") }) }), { error: true });
    const first: Command = this.web.nodes.length ? { do: "insert", file: this.file, path: ["nodes"], value: node, after: where.node && this.node(where.node) ? { id: where.node } : "end" } : { do: "set", file: this.file, path: ["nodes"], value: [node] };
    if (!(await this.batch(done, [first, ...lines]))) return;
    this.selected = id;
    toasts.announce(labelText({ ...done }));
  }

  refusal(line: Line): string | null {
    return refusal(this.web, line);
  }

  async connect(line: Line): Promise<void> {
    await draft.settled();
    const edge = edgeOf(this.web, line);
    if (!edge) return toasts.say(refusal(this.web, line) ?? t("pl_same"), { error: true });
    const count = this.web.edges.length;
    if (await this.batch(both("pl_line_added"), [this.edgeAdded(edge)])) this.selected = edgeId(count);
  }

  /** Other ends for an edge. */
  async reconnect(id: string, line: Line): Promise<void> {
    await draft.settled();
    const place = edgeAt(id);
    const edge = edgeOf(this.web, line, place);
    if (!edge) return toasts.say(refusal(this.web, line, place) ?? t("pl_same"), { error: true });
    const commands = this.turned(place, edge);
    if (commands.length && (await this.batch(both("pl_line_turned"), commands))) this.selected = id;
  }

  /** Where what comes into a node fits all that it led to, the way leads on without it. */
  private bridged(id: string): Command[] | null {
    const { nodes, edges } = this.web;
    const into = edges.flatMap((one, at) => (one.to === id ? [at] : []));
    const out = edges.flatMap((one, at) => (one.from === id ? [at] : []));
    const [first] = into;
    if (into.length !== 1 || first === undefined || !out.length) return null;
    const before = edges[first];
    let web: Listed = { nodes: nodes.filter((one) => idOf(one) !== id), edges: edges.filter((one) => one.from !== id && one.to !== id) };
    const next: Tree[] = [];
    for (const at of out) {
      const edge = edges[at] ?? {};
      const line = edgeOf(web, { from: String(before?.from), output: String(before?.output ?? ""), to: String(edge.to), input: this.inputAt(edge) });
      if (!line) return null;
      next.push(line);
      web = { ...web, edges: [...web.edges, line] };
    }
    return [...out.flatMap((at, index) => this.turned(at, next[index] ?? {})), { do: "remove", file: this.file, path: edgePath(first) }];
  }

  /** A node goes with the edges at it, the way staying whole where types fit; the last edge goes with their list. */
  async remove(id: string): Promise<void> {
    await draft.settled();
    const place = edgeAt(id);
    const what = place < 0 ? this.title(id) : t("pl_line");
    const gone = this.web.edges.flatMap((one, at) => (at === place || one.from === id || one.to === id ? [at] : []));
    const all: Command[] = [{ do: "unset", file: this.file, path: ["edges"] }];
    const each = gone.toReversed().map((at): Command => ({ do: "remove", file: this.file, path: edgePath(at) }));
    const commands = (place < 0 ? this.bridged(id) : null) ?? (gone.length && gone.length === this.web.edges.length ? all : each);
    if (place < 0) commands.push({ do: "remove", file: this.file, path: nodePath(id) });
    if (!(await this.batch(both("removed_what", { what }), commands))) return;
    this.selected = "";
    toasts.say(t("removed_what", { what }), { act: { words: t("undo"), run: () => void draft.undo() } });
  }

  /** A setting; the last one goes with their map. What the map will be is known once the acts before are done. */
  async setting(id: string, name: string, value: Json | undefined): Promise<void> {
    await draft.settled();
    const settings = this.node(id)?.settings;
    const path = [...nodePath(id), "settings"];
    if (!isTree(settings)) return void (value === undefined || (await this.set(path, { [name]: value })));
    const last = value === undefined && Object.keys(settings).every((one) => one === name);
    await (last ? this.set(path, undefined) : this.set([...path, name], value));
  }

  /** Keep a node, to be pasted into any pipeline. */
  copy(id: string): boolean {
    const node = this.node(id);
    if (!node) return false;
    const { id: _, ...rest } = node;
    this.copied = rest;
    localStorage.setItem(KEPT, JSON.stringify(rest));
    toasts.say(t("pl_copied", { what: this.title(id) }));
    return true;
  }

  async paste(): Promise<void> {
    this.copied = kept();
    if (this.copied) await this.put(this.copied, this.node(this.selected) ? { node: this.selected } : {}, "pl_pasted");
  }
}

/** What was copied, in whatever window. */
function kept(): Tree | null {
  try {
    const found: Json = JSON.parse(localStorage.getItem(KEPT) ?? "null");
    return isTree(found) && typeof found.node === "string" ? found : null;
  } catch {
    return null;
  }
}
