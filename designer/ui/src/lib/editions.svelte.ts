/** Newer editions of shipped packs that were changed here, and what of the draft waits for a choice. */
import { ask, Refused } from "./api";
import { draft } from "./draft.svelte";
import { toasts } from "./toasts.svelte";
import type { Json, Path, Words } from "./types";
import { t } from "./words";

export interface Edition {
  pack: string;
  label: Words;
  since: string;
  until: string;
  known: boolean;
  places: number;
  conflicts: number;
  refusal: Words | null;
}

export interface Waiting {
  file: string;
  label: Json;
  path: Path;
  base?: Json;
  mine?: Json;
  theirs?: Json;
  newer: boolean;
}

const KEPT = "dougong.editions.later";
const known = (one: Edition): string => `${one.pack} ${one.until} ${one.places} ${one.conflicts}`;

class Editions {
  list = $state.raw<Edition[]>([]);
  /** What is open: a pack whose edition is looked at, or the choices. */
  shown = $state<"" | "edition" | "choices">("");
  pack = $state("");
  working = $state(false);
  private put = $state.raw<string[]>(kept());

  async look(): Promise<void> {
    this.list = (await ask<{ editions: Edition[] }>("/editions")).editions;
  }

  open = (pack: string): void => {
    this.pack = pack;
    this.shown = "edition";
  };

  choose = (): void => void (this.shown = "choices");

  close = (): void => void (this.shown = "");

  /** Somebody does not want to be asked now: the offer stays, in a line of its own, in this browser. */
  later(one: Edition): void {
    this.put = [...this.put.filter((other) => !other.startsWith(`${one.pack} `)), known(one)];
    localStorage.setItem(KEPT, JSON.stringify(this.put));
  }

  isPut(one: Edition): boolean {
    return this.put.includes(known(one));
  }

  /** Merge a newer edition into the draft; the choices that it leaves are shown at once. */
  async take(pack: string): Promise<void> {
    this.working = true;
    try {
      if (!(await draft.run({ do: "take_newer", pack }))) return;
      toasts.say(t("merged_in_draft"));
      await Promise.all([this.look(), draft.look()]);
      this.shown = draft.state?.conflicts ? "choices" : "";
    } catch (error) {
      toasts.say(error instanceof Refused ? error.message : t("went_wrong"), { error: true });
    } finally {
      this.working = false;
    }
  }
}

function kept(): string[] {
  try {
    const found: Json = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

export const editions = new Editions();
