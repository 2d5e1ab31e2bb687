/** One workflow being edited: the states of an entity or a flow of steps; every act upon it is one command. */
import { ask } from "../lib/api";
import { at, freeId, idOf, isTree, trees, within } from "../lib/document";
import { draft } from "../lib/draft.svelte";
import { Edited } from "../lib/edited.svelte";
import { fields } from "../lib/fields.svelte";
import { toasts } from "../lib/toasts.svelte";
import type { After, Command, Json, Path, Schema, Tree } from "../lib/types";
import { both, labelText, t } from "../lib/words";
import { around, type AroundFile } from "./around.svelte";
import { edgeId, sourceOf, statePath, transitionOf, transitionPath, words } from "./life";
import { newStep, stepTitle, type Around } from "./stepKinds";
import { keyOf, listOf, type Slot } from "./steps";

export class FlowState extends Edited {
  /** The id of the selected node or edge of the graph. */
  selected = $state("");
  schema = $state.raw<Schema | null>(null);

  /** Whether it is a flow of steps; else states and what leads from one to the other. */
  get isFlow(): boolean {
    return this.data !== undefined && "steps" in this.data;
  }

  get stepTypes(): string[] {
    return (this.schema?.$defs?.step?.properties?.type?.enum ?? []).map(String);
  }

  get life(): Tree | undefined {
    return around.life(this.entity)?.data;
  }

  /** The flows about the entity. */
  get flows(): AroundFile[] {
    return around.flows(this.entity);
  }

  async read(): Promise<void> {
    const [schema] = await Promise.all([ask<Schema>("/kinds/workflows"), draft.open(this.file)]);
    this.schema = schema;
    await Promise.all([around.read(this.entity, true), fields.read(this.entity)]);
    const targets = new Set(fields.of(this.entity).map((one) => one.to));
    void Promise.all([...targets].filter(Boolean).map((one) => fields.read(one)));
  }

  get around(): Around {
    return {
      transitions: trees(this.life?.transitions).map(idOf),
      flows: this.flows.filter((one) => one.file !== this.file).map((one) => one.name),
      collections: fields.all.filter((one) => one.to === this.entity && typeof one.data.inverse === "string").map((one) => String(one.data.inverse)),
      destinations: draft.ofKind("destinations").map((one) => one.name),
      entity: this.entity,
      title: fields.title(this.entity),
    };
  }

  /** All ids of the file: new ones differ. */
  private get taken(): Set<string> {
    const found = new Set<string>();
    const walk = (value: Json | undefined): void => {
      if (Array.isArray(value)) value.forEach(walk);
      else if (isTree(value)) {
        if (idOf(value)) found.add(idOf(value));
        Object.values(value).forEach(walk);
      }
    };
    walk(this.data);
    return found;
  }

  // Items of lists.

  private inserted(path: Path, value: Tree, after: After): Command {
    if (!Array.isArray(at(this.data, path))) return { do: "set", file: this.file, path, value: [value], expect: null };
    return { do: "insert", file: this.file, path, value, after };
  }

  /** A step of a kind at a place; it is selected, its first property waits to be typed. */
  async addStep(type: string, slot: Slot): Promise<void> {
    const value = { id: freeId(type, this.taken), ...newStep(type, this.around) };
    if (await this.batch(both("step_added", { what: stepTitle(type) }), [this.inserted(slot.list, value, slot.after)])) {
      this.selected = value.id;
      toasts.announce(t("step_added", { what: stepTitle(type) }));
    }
  }

  async addTrigger(): Promise<void> {
    const taken = this.taken;
    const used = new Set(trees(this.data?.triggers).map((one) => String(one.transition ?? "")));
    const transition = this.around.transitions.find((one) => !used.has(one));
    const value: Tree = transition ? { id: freeId(transition, taken), type: "transition", transition } : { id: freeId("begin", taken), type: "manual", label: { ...both("trigger_manual") }, roles: [] };
    if (await this.batch(both("trigger_added"), [this.inserted(["triggers"], value, "end")])) this.selected = `trigger ${idOf(value)}`;
  }

  async addState(final: boolean, behind = ""): Promise<void> {
    const taken = this.taken;
    const id = freeId(final ? "done" : "state", taken);
    taken.add(id);
    const name = both(final ? "new_final_state" : "new_state");
    const value: Tree = { id, label: { ...name }, tone: final ? "success" : "neutral", ...(final ? { final: true } : {}) };
    const commands = [this.inserted(["states"], value, "end")];
    if (behind) commands.push(this.inserted(["transitions"], { id: freeId(`to_${id}`, taken), label: { ...name }, from: [behind], to: id }, "end"));
    if (await this.batch(both("state_added", { what: labelText(name) }), commands)) this.selected = id;
  }

  async connect(from: string, to: string): Promise<void> {
    const label = labelText(trees(this.data?.states).find((one) => idOf(one) === to)?.label) || to;
    const id = freeId(`to_${to}`, this.taken);
    const roles = [...new Set(trees(this.data?.transitions).flatMap((one) => words(one.roles)))].slice(0, 1);
    const value: Tree = { id, label: { zh: label, en: label }, from: [from], to, ...(roles.length ? { roles } : {}) };
    if (await this.batch(both("transition_added", { what: label }), [this.inserted(["transitions"], value, "end")])) this.selected = edgeId(id, from);
  }

  /** Another end for a transition, or for one of the states that it leaves. */
  async reconnect(edge: string, from: string, to: string): Promise<void> {
    const id = transitionOf(edge);
    const now = trees(this.data?.transitions).find((one) => idOf(one) === id);
    if (!now) return;
    const commands: Command[] = [];
    const sources = words(now.from).map((one) => (one === sourceOf(edge) ? from : one));
    if (from !== sourceOf(edge)) commands.push({ do: "set", file: this.file, path: [...transitionPath(id), "from"], value: [...new Set(sources)] });
    if (to !== now.to) commands.push({ do: "set", file: this.file, path: [...transitionPath(id), "to"], value: to });
    if (await this.batch(both("transition_turned", { what: labelText(now.label) || id }), commands)) this.selected = edgeId(id, from);
  }

  /** Remove what a path leads to, and say what is wrong afterwards that was not wrong before. */
  async remove(path: Path, more: Command[] = []): Promise<void> {
    const item = at(this.data, path);
    const label = isTree(item) ? labelText(item.label) || idOf(item) : keyOf(path);
    const commands: Command[] = [...more, this.removed(path)];
    const gone = await draft.removing(label, () => this.batch(both("removed_what", { what: label }), commands));
    if (gone) this.selected = "";
  }

  /** The last item of a list goes with its list, where the list need not be. */
  private removed(path: Path): Command {
    const items = at(this.data, listOf(path));
    const parent = listOf(path);
    const needed = ["states", "steps", "branches"].includes(keyOf(parent)) && parent.length === 1;
    if (Array.isArray(items) && items.length === 1 && !needed && !isTree(parent[parent.length - 1] as Json)) return { do: "unset", file: this.file, path: parent };
    return { do: "remove", file: this.file, path };
  }

  /** A state goes with what leads to it and away from it. */
  async removeState(id: string): Promise<void> {
    const commands: Command[] = [];
    for (const one of trees(this.data?.transitions)) {
      const sources = words(one.from).filter((from) => from !== id);
      if (one.to === id || !sources.length) commands.push({ do: "remove", file: this.file, path: transitionPath(idOf(one)) });
      else if (sources.length < words(one.from).length) commands.push({ do: "set", file: this.file, path: [...transitionPath(idOf(one)), "from"], value: sources });
    }
    await this.remove(statePath(id), commands);
  }

  /** One of several states that a transition leaves; the last takes the transition with it. */
  async removeEdge(edge: string): Promise<void> {
    const id = transitionOf(edge);
    const now = trees(this.data?.transitions).find((one) => idOf(one) === id);
    const sources = words(now?.from).filter((one) => one !== sourceOf(edge));
    if (!sources.length) return this.remove(transitionPath(id));
    if (await draft.run({ do: "set", file: this.file, path: [...transitionPath(id), "from"], value: sources })) this.selected = "";
  }

  async moveStep(path: Path, slot: Slot): Promise<void> {
    const id = keyOf(path);
    if (within(path, slot.list) || (isTree(slot.after as Json) && (slot.after as { id: string }).id === id)) return;
    const list = at(this.data, slot.list);
    const value = at(this.data, path);
    if (!isTree(value)) return;
    const command: Command = Array.isArray(list) ? { do: "move", file: this.file, path, to: slot.list, after: slot.after } : { do: "batch", label: both("step_moved", { what: labelText(value.label) || id }), commands: [this.removed(path), { do: "set", file: this.file, path: slot.list, value: [JSON.parse(JSON.stringify(value)) as Tree], expect: null }] };
    if (await draft.run(command)) {
      this.selected = id;
      toasts.announce(t("step_moved", { what: labelText(value.label) || id }));
    }
  }

  /** A step becomes one of another kind: what both know stays. */
  async turnStep(path: Path, type: string): Promise<void> {
    const now = at(this.data, path);
    if (!isTree(now) || now.type === type) return;
    const known = new Set(keysFor(this.schema, "step", type));
    const fresh = newStep(type, this.around);
    const commands: Command[] = [{ do: "set", file: this.file, path: [...path, "type"], value: type }];
    for (const key of Object.keys(now)) if (!known.has(key)) commands.push({ do: "unset", file: this.file, path: [...path, key] });
    for (const [key, value] of Object.entries(fresh)) if (now[key] === undefined && key !== "label" && known.has(key)) commands.push({ do: "set", file: this.file, path: [...path, key], value });
    await this.batch(both("step_turned", { what: stepTitle(type) }), commands);
  }

  async addBranch(path: Path, type: string): Promise<void> {
    const value: Tree = { id: freeId("branch", this.taken), label: { ...both("branch_new") }, ...(type === "parallel" ? { steps: [] } : { when: "true" }) };
    const branches = trees(at(this.data, [...path, "branches"]));
    const last = branches[branches.length - 1];
    const before = branches[branches.length - 2];
    // What is else stays last.
    const after: After = type === "condition" && last && last.when === undefined ? (before ? { id: idOf(before) } : null) : "end";
    await draft.run({ do: "insert", file: this.file, path: [...path, "branches"], value, after });
  }
}

/** The keys that an item of a kind with types may have, by the schema. */
export function keysFor(schema: Schema | null, kind: "step" | "people" | "trigger", type: string): string[] {
  const known = schema?.$defs?.[kind];
  const names = known?.allOf?.find((one) => one.if.properties?.type?.const === type)?.then.propertyNames?.enum;
  return names ? names.map(String) : Object.keys(known?.properties ?? {});
}
