/** What a pipeline gives on the rows there are: what comes out of a node, what could be joined and known, and its model. */
import { ask, Refused } from "../lib/api";
import { draft } from "../lib/draft.svelte";
import { toasts } from "../lib/toasts.svelte";
import type { Command } from "../lib/types";
import { t } from "../lib/words";
import type { PipelineState } from "./pipeline.svelte";

type Both = Record<string, string>;

export interface Column {
  name: string;
  label: string;
  missing: number | null;
  constant?: boolean;
}

export interface Preview {
  kind: "rows" | "features";
  of: string;
  count: number;
  capped?: boolean;
  sampled?: number;
  held_out?: number;
  censored?: number;
  in_gap?: number;
  outcome?: { event: boolean; label: Both; mean: number | null } | null;
  hidden?: string[];
  columns: Column[];
  rows: { key: string; title?: string; at?: string; cells: string[]; target?: number | null; held_out?: boolean }[];
}

/** What one node does, in a sentence. */
export interface Told {
  name: string;
  label: Both;
  says: Both;
  lineage: string[];
}

export interface Join {
  entity: string;
  /** The entity of the rows that are decided about. */
  own: string;
  label: Both;
  many: boolean;
  by: string;
  to: string;
  keyed: boolean;
  there: boolean;
  match: { rows: number; found: number };
  command: Command;
}

export interface Feature {
  name: string;
  label: Both;
  says: Both;
  missing: number;
  strength: number | null;
  command: Command;
}

export interface Suggestions {
  joins: Join[];
  features: Feature[];
  all: Command | null;
  refused: { name: string; of: string; why: Both }[];
}

export interface Run {
  run: string;
  state: string;
  stage: string;
  share: number;
  version: number | null;
  problem: { message: string } | null;
}

export interface Version {
  version: number;
  state: string;
  badge: string;
  learnt: number;
  held_out: number;
  created_at: string;
}

export interface Model {
  versions: Version[];
  history: { version: number; act: string; before: number | null; reason: string; at: string }[];
  runs: Run[];
}

export interface Card {
  version: number;
  words: { title: string; lines: string[] }[];
}

export type Tab = "data" | "ideas" | "model" | "words";
const AGAIN = 700;
const UNDER_WAY = new Set(["waiting", "running"]);

export class Bench {
  open = $state(false);
  tab = $state<Tab>("data");
  busy = $state(false);
  failure = $state("");
  preview = $state.raw<Preview | null>(null);
  told = $state.raw<Told[] | null>(null);
  ideas = $state.raw<Suggestions | null>(null);
  model = $state.raw<Model | null>(null);
  card = $state.raw<Card | null>(null);
  /** Why a version was not put live: the gate that is closed opens for a reason. */
  gate = $state("");
  private turn = 0;

  constructor(private readonly pipe: PipelineState) {}

  /** The name of the pipeline's model: that of its train node, else its own. */
  get name(): string {
    const train = this.pipe.web.nodes.find((one) => one.node === "train");
    const settings = train?.settings;
    const named = settings && typeof settings === "object" && !Array.isArray(settings) ? settings.model : "";
    return typeof named === "string" && named ? named : this.pipe.name;
  }

  get run(): Run | null {
    const last = this.model?.runs[0];
    return last ?? null;
  }

  get underWay(): boolean {
    return this.run !== null && UNDER_WAY.has(this.run.state);
  }

  show(tab: Tab): void {
    this.tab = tab;
    this.open = true;
    void this.look();
  }

  /** Ask for what the open tab shows; an answer that a later question has overtaken is dropped. */
  async look(): Promise<void> {
    if (!this.open) return;
    await draft.settled();
    const turn = ++this.turn;
    this.busy = true;
    this.failure = "";
    try {
      await this.asked(turn);
    } catch (error) {
      if (turn === this.turn) this.failure = error instanceof Refused ? [error.message, error.hint].filter(Boolean).join(" ") : t("went_wrong");
    } finally {
      if (turn === this.turn) this.busy = false;
    }
  }

  private async asked(turn: number): Promise<void> {
    const file = this.pipe.file;
    if (this.tab === "ideas") {
      const found = await ask<Suggestions>("/pipelines/suggestions", { file });
      if (turn === this.turn) this.ideas = found;
    } else if (this.tab === "model") {
      await this.readModel();
    } else if (this.tab === "words") {
      const found = await ask<{ words: Told[] }>("/pipelines/words", { file });
      if (turn === this.turn) this.told = found.words;
    } else {
      const node = this.pipe.node(this.pipe.selected) ? this.pipe.selected : this.last();
      if (!node) return;
      const found = await ask<Preview>("/pipelines/preview", { file, node });
      if (turn === this.turn) this.preview = found;
    }
  }

  /** The node that the data of the whole pipeline are seen at. */
  private last(): string {
    const nodes = this.pipe.web.nodes;
    const found = ["split", "label", "features"].map((kind) => nodes.find((one) => one.node === kind)).find(Boolean) ?? nodes[0];
    return String(found?.id ?? "");
  }

  async take(command: Command): Promise<void> {
    if (await this.pipe.perform(command)) await this.look();
  }

  private async readModel(): Promise<void> {
    this.model = (await ask<{ data: Model }>(`/models/${this.name}`)).data;
    const shown = this.model.versions[0];
    if (!shown) this.card = null;
    else if (this.card?.version !== shown.version) await this.read(shown.version);
  }

  async read(version: number): Promise<void> {
    this.gate = "";
    this.card = (await ask<{ data: Card }>(`/models/${this.name}/versions/${version}`)).data;
  }

  async train(): Promise<void> {
    await this.act(async () => {
      await draft.settled();
      await ask("/pipelines/train", { file: this.pipe.file });
      await this.follow();
    });
  }

  /** Look at a run until it is over. */
  async follow(): Promise<void> {
    await this.readModel();
    while (this.underWay && this.open) {
      await new Promise((resolve) => setTimeout(resolve, AGAIN));
      await this.readModel();
    }
    const problem = this.run?.problem;
    if (problem) this.failure = problem.message;
  }

  async cancel(): Promise<void> {
    const run = this.run;
    if (run) await this.act(async () => void (await ask(`/models/${this.name}/runs/${run.run}/cancel`, {})));
  }

  /** Put a version live; `despite` opens a gate of judgement for a reason. */
  async deploy(version: number, reason: string, despite: boolean): Promise<void> {
    await this.act(async () => {
      try {
        await ask(`/models/${this.name}/deploy`, { version, reason, despite });
        this.gate = "";
        toasts.say(t("pl_is_live", { version }));
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 409 || despite) throw error;
        this.gate = error.message;
      }
      await this.readModel();
    });
  }

  async rollBack(reason: string): Promise<void> {
    await this.act(async () => {
      await ask(`/models/${this.name}/rollback`, { reason });
      toasts.say(t("pl_went_back"));
      await this.readModel();
    });
  }

  private async act(what: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.failure = "";
    try {
      await what();
    } catch (error) {
      this.failure = error instanceof Refused ? error.message : t("went_wrong");
    } finally {
      this.busy = false;
    }
  }
}
