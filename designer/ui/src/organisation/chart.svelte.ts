/** The organisation as this window has it: units that were opened, what is selected, what is about to be done. */
import { ask, Refused } from "../lib/api";
import { boot } from "../lib/boot";
import { draft } from "../lib/draft.svelte";
import { toasts } from "../lib/toasts.svelte";
import { labelText, t } from "../lib/words";
import { type Act, type Kind, type Opened, type Person, type Seat, type Top, type UnitLine } from "./types";

export type Selected = { kind: "unit"; id: string } | { kind: "person"; membership: string; unit: string };
export type Asked =
  | { what: "move"; person: Person }
  | { what: "move_unit"; unit: UnitLine }
  | { what: "appoint"; unit: UnitLine; seat?: string }
  | { what: "add"; unit: UnitLine | null }
  | { what: "rename"; unit: UnitLine };

const OPEN_AT_FIRST = 3;
/** Children of a unit that are drawn before one asks for more. */
export const DRAWN = 40;

class Chart {
  top = $state.raw<Top | null>(null);
  units = $state<Record<string, Opened>>({});
  open = $state<Record<string, boolean>>({});
  selected = $state.raw<Selected | null>(null);
  asked = $state.raw<Asked | null>(null);
  /** Acts whose consequences are looked at. */
  proposed = $state.raw<Act[] | null>(null);
  failure = $state("");
  /** The unit and the seat over which something is dragged. */
  over = $state("");
  overSeat = $state("");
  private reading: Record<string, Promise<Opened>> = {};

  async begin(): Promise<void> {
    try {
      this.top = await ask<Top>("/organisation");
      this.failure = "";
      for (const root of this.top.roots.slice(0, OPEN_AT_FIRST)) await this.expand(root.id);
    } catch (error) {
      this.failure = error instanceof Refused ? error.message : t("went_wrong");
    }
  }

  name(unit: { name: string; name_en: string | null }): string {
    return boot.language === "en" && unit.name_en ? unit.name_en : unit.name;
  }

  called(person: Person): string {
    return labelText(person.name) || person.account;
  }

  kind(name: string): Kind | undefined {
    return this.top?.kinds.find((one) => one.name === name);
  }

  kindLabel(name: string): string {
    return labelText(this.kind(name)?.label ?? null) || name;
  }

  seat(unit: { kind: string }, name: string): Seat | undefined {
    return this.kind(unit.kind)?.seats.find((one) => one.seat === name);
  }

  line(id: string): UnitLine | undefined {
    if (this.units[id]) return this.units[id];
    const all = [...(this.top?.roots ?? []), ...Object.values(this.units).flatMap((one) => one.below)];
    return all.find((one) => one.id === id);
  }

  person(membership: string): Person | undefined {
    return Object.values(this.units).flatMap((one) => one.seats.flatMap((lane) => lane.people)).find((one) => one.membership === membership);
  }

  async read(id: string, anew = false): Promise<Opened> {
    const known = this.units[id];
    if (known && !anew) return known;
    this.reading[id] ??= ask<Opened>(`/organisation?unit=${id}`).finally(() => delete this.reading[id]);
    this.units[id] = await this.reading[id];
    return this.units[id];
  }

  async expand(id: string): Promise<void> {
    await this.read(id);
    this.open[id] = true;
  }

  async toggle(id: string): Promise<void> {
    if (this.open[id]) delete this.open[id];
    else await this.expand(id).catch((error) => this.say(error));
  }

  /** Open the way down to a unit and select it, or somebody in it. */
  async reveal(above: readonly string[], unit: string, membership = ""): Promise<void> {
    try {
      for (const one of above) await this.expand(one);
      await this.expand(unit);
    } catch (error) {
      return this.say(error);
    }
    this.selected = membership ? { kind: "person", membership, unit } : { kind: "unit", id: unit };
    const place = membership ? `[data-person="${membership}"]` : `[data-unit="${unit}"]`;
    requestAnimationFrame(() => document.querySelector(place)?.scrollIntoView({ block: "center", inline: "center" }));
  }

  /** Everything that is shown is read anew: somebody has acted. */
  async refresh(): Promise<void> {
    if (!this.top) return;
    try {
      const top = await ask<Top>("/organisation");
      const known = Object.keys(this.open);
      const read = await Promise.all(known.map((id) => ask<Opened>(`/organisation?unit=${id}`).catch(() => null)));
      this.top = top;
      const units: Record<string, Opened> = {};
      read.forEach((one) => one && (units[one.id] = one));
      this.units = units;
      for (const id of known) if (!units[id]) delete this.open[id];
      if (this.selected?.kind === "person" && !this.person(this.selected.membership)) this.selected = null;
      if (this.selected?.kind === "unit" && !this.line(this.selected.id)) this.selected = null;
    } catch (error) {
      this.say(error);
    }
  }

  say(error: unknown): void {
    toasts.say(error instanceof Refused ? [error.message, error.hint].filter(Boolean).join(" ") : t("went_wrong"), { error: true });
  }

  /** Do acts; whether they were done. */
  async act(acts: Act[]): Promise<boolean> {
    const answer = await draft.run({ do: "organisation", acts });
    if (!answer) return false;
    toasts.say(t("in_force", { what: labelText(answer.label) }), { act: { words: t("undo"), run: () => void draft.undo() } });
    return true;
  }
}

export const chart = new Chart();

/** The letters that stand for somebody: the last two of a Chinese name, the initials of another. */
export function letters(name: string): string {
  if (/[^\x00-\x7f]/.test(name)) return [...name].slice(-2).join("");
  const words = name.split(/\s+/).filter(Boolean);
  return ((words[0]?.[0] ?? "") + (words.length > 1 ? (words.at(-1)?.[0] ?? "") : "")).toUpperCase();
}

const TONES = 6;

/** Which of the tones somebody has: the same wherever they stand. */
export function tone(user: string): number {
  let sum = 0;
  for (const one of user) sum = (sum * 31 + one.charCodeAt(0)) % 997;
  return sum % TONES;
}
