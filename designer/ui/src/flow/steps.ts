/** The steps of a flow as a graph from top to bottom, laid out as they nest: branches beside each other, what follows below. */
import { sizeOf, type Badge, type GraphEdge, type GraphNode, type Lit, type Point } from "../graph/graph";
import { idOf, trees } from "../lib/document";
import type { After, Json, Path, Problem, Tree } from "../lib/types";
import type { Key } from "../lib/i18n/zh";
import { labelText, t } from "../lib/words";
import { walkedBadge, words } from "./life";
import { peopleWords } from "./people";
import { problemAt } from "./problems";
import { BRANCHING, stepIcon, stepTitle, stepTone } from "./stepKinds";

/** What is told of a flow besides its text. */
export interface Told {
  lit: (kind: "step" | "branch" | "trigger" | "end", id: string) => Lit | undefined;
  walked: ((kind: "step" | "branch" | "rejected", id: string) => number) | null;
  problems: readonly Problem[];
  entity: string;
  transitionLabel: (name: string) => string;
  fieldLabel: (name: string) => string;
}

/** Where a step stands in the file, and where an edge puts a new one. */
export interface Slot {
  list: Path;
  after: After;
}

export interface Drawing {
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** The path of what a node or an edge shows. */
  paths: Map<string, Path>;
  slots: Map<string, Slot>;
}

export const ENDINGS = ["rejected", "withdrawn", "terminated"] as const;
const [GAP, BETWEEN, ASIDE] = [62, 40, 90];
/** Keys of a step that have parts of their own. */
const INNER = ["branches", "undo", "error"];

export const shortWords = (step: Tree, told: Told): string => {
  switch (step.type) {
    case "approval":
      return peopleWords(step.approvers, told.entity);
    case "task":
    case "notify":
      return peopleWords(step.people, told.entity);
    case "transition":
      return told.transitionLabel(String(step.transition ?? ""));
    case "update":
    case "create":
      return Object.keys((step.set as Tree | undefined) ?? {}).map(told.fieldLabel).join(t("comma"));
    case "wait":
      return step.for ? t("wait_for", { span: spanWords(String(step.for)) }) : String(step.until ?? step.holds ?? "");
    case "call":
      return String(step.node ?? step.destination ?? "");
    case "flow":
    case "for_each":
      return String(step.flow ?? "");
    case "end":
      return t(`outcome_${String(step.outcome ?? "done")}` as Key);
  }
  return stepTitle(String(step.type ?? ""));
};

export function spanWords(span: string): string {
  const found = /^(\d+)([mhd])( always)?$/.exec(span);
  return found ? t(`span_${found[2] ?? "d"}` as Key, { count: found[1] ?? "" }) : span;
}

/** A drawn list of steps: how wide and high it is, where its middle is. */
interface Box {
  width: number;
  height: number;
  middle: number;
}

class Drawer {
  nodes: GraphNode[] = [];
  edges: GraphEdge[] = [];
  paths = new Map<string, Path>();
  slots = new Map<string, Slot>();

  constructor(
    private readonly data: Tree,
    private readonly told: Told,
  ) {}

  draw(): Drawing {
    const triggers = trees(this.data.triggers);
    const size = this.measure(trees(this.data.steps));
    const wide = Math.max(1, triggers.length) * (212 + BETWEEN) - BETWEEN;
    const middle = Math.max(size.middle, wide / 2);
    let x = middle - wide / 2;
    const starts = triggers.length ? triggers.map((one) => this.trigger(one, { x: (x += 212 + BETWEEN) - 212 - BETWEEN, y: 0 })) : [this.pill("start", "start", t("flow_started_elsewhere"), { x: middle - 74, y: 24 })];
    const last = this.steps(trees(this.data.steps), ["steps"], middle, 58 + GAP, starts.map((id) => ({ id, port: "" })));
    this.nodes.push({ id: "end", kind: "end", title: t("flow_ends_well"), shape: "pill", icon: "flag", tone: "success", outputs: [], fixed: true, position: { x: middle - 74, y: last.bottom + GAP }, lit: this.told.lit("end", "") });
    this.join(last.ends, "end", ["steps"], last.after);
    let right = Math.max(middle + wide / 2, middle + (size.width - size.middle)) + ASIDE;
    for (const ending of ENDINGS) {
      const box = this.measure(trees(this.data[ending]));
      const own = Math.max(box.middle, 74);
      this.pill(ending, ending, t(`flow_${ending}`), { x: right + own - 74, y: 24 }, ending === "rejected" ? "danger" : "neutral");
      const done = this.steps(trees(this.data[ending]), [ending], right + own, 58 + GAP, [{ id: ending, port: "" }]);
      const stop = this.pill(`${ending} end`, "end", t("flow_is_over"), { x: right + own - 74, y: done.bottom + GAP }, "neutral", []);
      this.join(done.ends, stop, [ending], done.after);
      right += Math.max(own + (box.width - box.middle), own + 74) + BETWEEN;
    }
    return { nodes: this.nodes, edges: this.edges, paths: this.paths, slots: this.slots };
  }

  private pill(id: string, kind: string, title: string, position: Point, tone: GraphNode["tone"] = "neutral", outputs?: GraphNode["outputs"]): string {
    this.nodes.push({ id, kind, title, shape: "pill", tone, fixed: true, position, outputs, inputs: kind === "end" ? undefined : [] });
    return id;
  }

  private trigger(one: Tree, position: Point): string {
    const id = `trigger ${idOf(one)}`;
    const path: Path = ["triggers", { id: idOf(one) }];
    const type = String(one.type ?? "");
    const about = one.transition ? this.told.transitionLabel(String(one.transition)) : one.every ? t(`every_${String(one.every)}` as Key) : (words(one.fields).map(this.told.fieldLabel).join(t("comma")) || labelText(one.label));
    this.nodes.push({ id, kind: "trigger", title: t(`trigger_${type}` as Key), subtitle: about, icon: "bolt", tone: "success", inputs: [], position, problem: problemAt(this.told.problems, path), lit: this.told.lit("trigger", idOf(one)), badges: one.when === undefined ? undefined : [{ text: t("under_condition"), icon: "filter", tone: "warning", title: String(one.when) }] });
    this.paths.set(id, path);
    return id;
  }

  /** Draw steps below each other about a middle; where they leave off. */
  private steps(steps: readonly Tree[], path: Path, middle: number, top: number, from: readonly { id: string; port: string }[]): { ends: readonly { id: string; port: string }[]; bottom: number; after: After } {
    let [ends, y, after] = [from, top, null as After];
    for (const step of steps) {
      const id = idOf(step);
      const own: Path = [...path, { id }];
      const node = this.node(step, own);
      const size = sizeOf(node, "down");
      node.position = { x: middle - size.width / 2, y };
      this.join(ends, id, path, after);
      this.nodes.push(node);
      this.paths.set(id, own);
      y += size.height;
      if (BRANCHING.has(String(step.type))) [ends, y] = this.branches(step, own, middle, y);
      else ends = step.type === "end" ? [] : [{ id, port: "" }];
      this.aside(step, own, middle, y, size.width);
      y += GAP;
      after = { id };
    }
    return { ends, bottom: steps.length ? y - GAP : top - GAP, after };
  }

  private branches(step: Tree, path: Path, middle: number, top: number): [readonly { id: string; port: string }[], number] {
    const branches = trees(step.branches);
    const boxes = branches.map((one) => this.measure(trees(one.steps)));
    const whole = boxes.reduce((sum, one) => sum + one.width, 0) + BETWEEN * Math.max(0, branches.length - 1);
    let left = middle - whole / 2;
    let lowest = top;
    const drawn = branches.map((branch, at) => {
      const box = boxes[at] as Box;
      const inner: Path = [...path, "branches", { id: idOf(branch) }, "steps"];
      const done = this.steps(trees(branch.steps), inner, left + box.middle, top + GAP, [{ id: idOf(step), port: idOf(branch) }]);
      left += box.width + BETWEEN;
      lowest = Math.max(lowest, done.bottom, top + GAP);
      return { ...done, inner };
    });
    const join = `join ${idOf(step)}`;
    this.nodes.push({ id: join, kind: "join", title: t(`join_${String(step.type)}` as Key), shape: "pill", tone: "warning", fixed: true, position: { x: middle - 74, y: lowest + GAP } });
    for (const one of drawn) this.join(one.ends, join, one.inner, one.after);
    return [[{ id: join, port: "" }], lowest + GAP + 36];
  }

  /** What is done when a step fails, and what undoes it: to its right. */
  private aside(step: Tree, path: Path, middle: number, bottom: number, width: number): void {
    let left = middle + width / 2 + BETWEEN;
    for (const key of ["error", "undo"]) {
      const steps = trees(step[key]);
      if (!steps.length) continue;
      const box = this.measure(steps);
      const begun = this.edges.length;
      this.steps(steps, [...path, key], left + box.middle, bottom + GAP / 2, [{ id: idOf(step), port: "" }]);
      const edge = this.edges[begun];
      if (edge) Object.assign(edge, { label: t(key === "error" ? "when_it_fails" : "to_undo_it"), tone: key === "error" ? "danger" : "warning" });
      left += box.width + BETWEEN;
    }
  }

  private node(step: Tree, path: Path): GraphNode {
    const type = String(step.type ?? "");
    const id = idOf(step);
    const badges: Badge[] = [];
    if (step.when !== undefined) badges.push({ text: t("under_condition"), icon: "filter", tone: "warning", title: String(step.when) });
    if (type === "approval" && step.mode && step.mode !== "any") badges.push({ text: t(`v_${String(step.mode)}` as Key), tone: "info" });
    if (step.deadline) badges.push({ text: spanWords(String(step.deadline)), icon: "clock", tone: "neutral", title: t("p_deadline") });
    if (trees(step.ladder).length) badges.push({ text: t("ladder_rungs", { count: trees(step.ladder).length }), icon: "bell", tone: "neutral" });
    const walked = this.told.walked?.("step", id);
    if (walked !== undefined) badges.push(walkedBadge(walked));
    if (type === "approval" && this.told.walked && !this.told.walked("rejected", id)) badges.push({ text: t("no_refusal_tested"), icon: "warning", tone: "warning", title: t("no_refusal_tested") });
    const branches = trees(step.branches);
    return {
      id,
      kind: type,
      title: labelText(step.label) || id,
      subtitle: BRANCHING.has(type) ? stepTitle(type) : shortWords(step, this.told),
      icon: stepIcon(type),
      tone: stepTone(type),
      badges,
      outputs: BRANCHING.has(type) ? branches.map((one) => ({ id: idOf(one), label: labelText(one.label) || idOf(one), tone: this.told.walked ? (this.told.walked("branch", `${id}.${idOf(one)}`) ? "success" : "warning") : undefined })) : type === "end" ? [] : undefined,
      lit: this.told.lit("step", id),
      problem: problemAt(this.told.problems, path, INNER) ?? branches.map((one) => problemAt(this.told.problems, [...path, "branches", { id: idOf(one) }], ["steps"])).find(Boolean),
    };
  }

  private join(ends: readonly { id: string; port: string }[], to: string, path: Path, after: After): void {
    for (const end of ends) {
      const id = `line ${[end.id, end.port, to].join(" > ")}`;
      const branch = end.port ? this.told.lit("branch", `${end.id}.${end.port}`) : undefined;
      const [from, goal] = [this.litOf(end.id), this.litOf(to)];
      const lit = branch ?? (from && goal ? (from === "no" || goal === "no" ? "no" : goal === "here" ? "here" : "past") : undefined);
      this.edges.push({ id, from: end.id, port: end.port || undefined, to, fixed: true, insert: true, lit: branch === "no" ? "no" : lit });
      this.slots.set(id, { list: path, after });
    }
  }

  private litOf(id: string): Lit | undefined {
    if (id === "end") return this.told.lit("end", "");
    if (id.startsWith("trigger ")) return this.told.lit("trigger", id.slice(8));
    return this.told.lit("step", id.startsWith("join ") ? id.slice(5) : id);
  }

  private measure(steps: readonly Tree[]): Box {
    let [left, right, height] = [106, 106, 0];
    for (const step of steps) {
      const size = sizeOf(this.node(step, []), "down");
      let [half, wide] = [size.width / 2, size.width / 2];
      height += size.height + GAP;
      if (BRANCHING.has(String(step.type))) {
        const boxes = trees(step.branches).map((one) => this.measure(trees(one.steps)));
        const whole = boxes.reduce((sum, one) => sum + one.width, 0) + BETWEEN * Math.max(0, boxes.length - 1);
        half = wide = Math.max(half, whole / 2);
        height += Math.max(0, ...boxes.map((one) => one.height)) + GAP * 2 + 36;
      }
      for (const key of ["error", "undo"]) if (trees(step[key]).length) wide += this.measure(trees(step[key])).width + BETWEEN;
      left = Math.max(left, half);
      right = Math.max(right, wide);
    }
    return { width: left + right, height: Math.max(0, height - GAP), middle: left };
  }
}

export const drawSteps = (data: Tree, told: Told): Drawing => new Drawer(data, told).draw();

/** The item of the file that a path leads to, and the list that it stands in. */
export const listOf = (path: Path): Path => path.slice(0, -1);
export const keyOf = (path: Path): string => {
  const last = path[path.length - 1];
  return typeof last === "object" ? last.id : String(last ?? "");
};
export const isOf = (value: Json | undefined): value is Tree => value !== null && typeof value === "object" && !Array.isArray(value);
