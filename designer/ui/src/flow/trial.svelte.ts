/** Trying the workflow as it is drafted, and which of its parts the app tests walk. Nothing of a trial is kept anywhere. */
import type { ValueTree } from "../formula/trial.svelte";
import { ask } from "../lib/api";
import type { Tone, Lit } from "../graph/graph";
import { draft } from "../lib/draft.svelte";
import { fields, type FieldInfo } from "../lib/fields.svelte";
import { toasts } from "../lib/toasts.svelte";
import type { Json } from "../lib/types";
import { t } from "../lib/words";
import type { FlowState } from "./flow.svelte";

export interface Line {
  at: string;
  kind: string;
  own: boolean;
  step: string;
  what: string;
  tone: Tone;
  title: string;
  people: string[];
  more: string[];
}

export interface Guard {
  part: string;
  formula: string;
  held: boolean | null;
  tree: ValueTree | null;
}

export interface Outcome {
  guards: Guard[];
  starter: string;
  practised: boolean;
  // Of a flow:
  course?: Line[];
  outcome?: string | null;
  ending?: { words: string; tone: Tone };
  lit?: { steps: Record<string, Lit>; branches: string[] };
  // Of states:
  state?: string;
  steps?: { transition: string; allowed: boolean; code: string | null; reason: string | null }[];
}

interface Coverage {
  parts: { part: string; how: string; tests: string[] }[];
  tests: string[];
  failed: string[];
}

interface Standing {
  standing: "running";
  done: number;
  total: number;
}

const isStanding = (told: unknown): told is Standing => typeof told === "object" && told !== null && (told as Standing).standing === "running";
/** Milliseconds after which an answer that was not there is asked for again. */
const AGAIN = 300;
const READS = new Set(["when", "guard", "holds", "until", "requires"]);

export class TrialState {
  shown = $state(false);
  role = $state("");
  record = $state("");
  state = $state("");
  values = $state<Record<string, string>>({});
  answers = $state<Record<string, string>>({});
  outcome = $state.raw<Outcome | null>(null);
  running = $state(false);
  failure = $state("");
  coverage = $state.raw<Coverage | null>(null);
  measuring = $state(false);
  progress = $state("");

  constructor(readonly flow: FlowState) {}

  /** The fields that conditions read: what somebody wants to type. */
  get asked(): FieldInfo[] {
    const words = new Set<string>();
    const walk = (value: Json | undefined, key: string): void => {
      if (Array.isArray(value)) value.forEach((one) => walk(one, key));
      else if (value && typeof value === "object") Object.entries(value).forEach(([name, inner]) => walk(inner, name));
      else if (typeof value === "string" && READS.has(key)) for (const one of value.matchAll(/[a-z][a-z0-9_]*/g)) words.add(one[0]);
    };
    walk(this.flow.data, "");
    return fields.of(this.flow.entity).filter((one) => words.has(one.name) && one.type !== "state" && !["relation", "user", "unit", "attachment"].includes(one.type));
  }

  async run(): Promise<void> {
    this.running = true;
    this.failure = "";
    try {
      await draft.settled();
      const values = Object.fromEntries(Object.entries(this.values).filter(([, one]) => one !== ""));
      const answers = Object.fromEntries(Object.entries(this.answers).filter(([, one]) => one));
      this.outcome = await this.answered<Outcome>(() => ask("/workflows/try", { file: this.flow.file, role: this.role || undefined, state: this.state || undefined, answers, ...(this.record ? { record: this.record } : { values }) }));
      toasts.announce(this.outcome.ending?.words ?? t("trial_done"));
    } catch (error) {
      this.outcome = null;
      this.failure = error instanceof Error ? error.message : t("went_wrong");
    } finally {
      this.running = false;
    }
  }

  /** An answer that the server works out beside: asked for again until it is there, with how far it is. */
  private async answered<Body>(asked: () => Promise<Body | Standing>): Promise<Body> {
    for (;;) {
      const told = await asked();
      if (!isStanding(told)) return told;
      this.progress = told.total > 1 ? `${told.done}/${told.total}` : "";
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
    }
  }

  close(): void {
    this.shown = false;
    this.outcome = null;
  }

  async measure(): Promise<void> {
    if (this.coverage) {
      this.coverage = null;
      return;
    }
    this.measuring = true;
    try {
      await draft.settled();
      this.coverage = await this.answered<Coverage>(() => ask(`/workflows/coverage?${new URLSearchParams({ file: this.flow.file }).toString()}`));
      const { tests, failed } = this.coverage;
      toasts.say(failed.length ? t("tests_ran_failed", { count: tests.length, failed: failed.join(t("comma")) }) : t("tests_ran", { count: tests.length }), { error: failed.length > 0 });
    } catch (error) {
      toasts.say(error instanceof Error ? error.message : t("went_wrong"), { error: true });
    } finally {
      this.measuring = false;
      this.progress = "";
    }
  }

  get walked(): ((part: string, how: string) => number) | null {
    const found = this.coverage;
    return found && ((part, how) => found.parts.find((one) => one.part === part && one.how === how)?.tests.length ?? 0);
  }

  /** How the last trial lights a part of a flow. */
  step(kind: "step" | "branch" | "trigger" | "end", id: string): Lit | undefined {
    const lit = this.outcome?.lit;
    if (!lit) return undefined;
    if (kind === "trigger") return "past";
    if (kind === "end") return this.outcome?.outcome === "approved" || this.outcome?.outcome === "done" ? "past" : "no";
    if (kind === "step") return lit.steps[id] ?? "no";
    return lit.branches.includes(id) ? "past" : lit.steps[id.split(".")[0] ?? ""] ? "no" : undefined;
  }

  /** How it lights a state or a transition. */
  move(kind: "state" | "transition", id: string): Lit | undefined {
    const steps = this.outcome?.steps;
    if (!steps) return undefined;
    if (kind === "state") return id === this.outcome?.state ? "here" : "no";
    const found = steps.find((one) => one.transition === id);
    return found ? (found.allowed || found.code === "missing" ? "past" : "refused") : "no";
  }
}
