/** What the server half tells of plans and versions. */
import type { Command, Words } from "../lib/types";

export interface ChangeLine {
  effect: string;
  part: string;
  words: Words;
  users: string[];
}

export interface ResourceChange {
  kind: string;
  name: string;
  effect: string;
  label: Words;
  files: string[];
  lines: ChangeLine[];
  users: string[];
}

export interface FileDifference {
  file: string;
  effect: string;
  added: number;
  removed: number;
  hunks: { old: number; new: number; lines: [string, string][] }[];
}

export interface Migration {
  seconds: number;
  destructive: Words[];
  operations: { words: Words; destructive: boolean; rows: number; seconds: number; sql: string[] }[];
}

export interface FailedTest {
  suite: string;
  test: string;
  label: Words;
  place: string;
  problems: Words[];
}

export interface Tests {
  state: "running" | "ended" | "stopped";
  stopped: Words | null;
  total: number;
  done: number;
  affected: { total: number; done: number; failed: number; ended: boolean };
  passed: number;
  failed: FailedTest[];
}

export interface Counted {
  label: Words;
  count: number;
}

export interface NewRole {
  name: string;
  label: Words;
  home: Words | null;
}

export interface Person {
  account: string;
  name: string;
  name_en: string;
}

export interface Plan {
  rev: number;
  conflicts: number;
  blocked: Words | null;
  problems: { message: Words; file: string; line: number }[];
  beyond?: Words[];
  headline?: Words;
  resources?: ResourceChange[];
  texts?: FileDifference[];
  migration?: Migration;
  affected?: { roles: Words[]; people: number; rows: Counted[]; tasks: Counted[]; pages: Words[] };
  tests?: Tests;
  new_roles?: NewRole[];
  people?: Person[];
}

export interface Version {
  id: string;
  at: string;
  author: string | null;
  sort: "first" | "published" | "rollback" | "outside";
  note: string;
  reason: string;
  words: Words;
  restores: string | null;
}

export interface VersionDetail extends Version {
  changed: FileDifference[];
  since: FileDifference[];
}

export interface Element {
  file: string;
  text: string | null;
  command: Command;
  elements: ElementPart[];
}

/** A field, state, item or property in which a file differs from what it was. */
export interface ElementPart {
  name: string;
  effect: "gone" | "new" | "changed";
  label: Words | string | null;
  command: Command;
}
