/** The kinds of nodes there are, as the server describes them: palette, ports, panel and checks of what fits read this. */
import { ask } from "../lib/api";
import { boot } from "../lib/boot";
import type { NodeKind, Tone } from "../graph/graph";
import type { Schema } from "../lib/types";
import type { Key } from "../lib/i18n/zh";
import { labelText, t } from "../lib/words";

export interface PortInfo {
  name: string;
  type: string;
  titles: Record<string, string>;
  many: boolean;
  required: boolean;
}

export interface KindInfo {
  name: string;
  title: string;
  titles: Record<string, string>;
  help: Record<string, string>;
  group: string;
  icon: string;
  stage: boolean;
  schema: Schema;
  inputs: PortInfo[];
  outputs: PortInfo[];
}

const TONES: Record<string, Tone> = { sources: "info", shaping: "accent", learning: "warning", serving: "success" };
const GROUPS = ["sources", "shaping", "learning", "serving", "other"];

class Kinds {
  all = $state.raw<readonly KindInfo[]>([]);
  private reading: Promise<void> | null = null;

  read(): Promise<void> {
    this.reading ??= ask<KindInfo[]>("/nodes").then((told) => {
      this.all = told.toSorted((one, other) => GROUPS.indexOf(one.group) - GROUPS.indexOf(other.group));
    });
    return this.reading;
  }

  find(name: string): KindInfo | undefined {
    return this.all.find((one) => one.name === name);
  }

  get palette(): NodeKind[] {
    return this.all.map((one) => ({ name: one.name, title: one.title, icon: one.icon, group: t(`pl_${one.group}` as Key), tone: toneOf(one), help: labelText(one.help) }));
  }
}

export const toneOf = (kind: KindInfo): Tone => TONES[kind.group] ?? "neutral";
export const typeWords = (type: string): string => t(`pl_${type}` as Key);
/** A port as people read it: its own name where it has one that says more than its type. */
export const portWords = (port: PortInfo): string => port.titles[boot.language] || typeWords(port.type);
/** A port with its type, where its name does not say it. */
export const portWhole = (port: PortInfo): string => [portWords(port), typeOfPort(port)].filter(Boolean).join(" · ");
/** The type of a port, where its name does not say it. */
export const typeOfPort = (port: PortInfo): string => (portWords(port).toLowerCase() === typeWords(port.type) ? "" : typeWords(port.type));
export const fits = (given: string, wanted: string): boolean => given === wanted || given === "any" || wanted === "any";

export const kinds = new Kinds();
