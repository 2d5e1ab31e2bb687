/** What the server half tells of connectors and of what lies behind them. */
import { ask } from "../lib/api";
import type { Json, Tree, Words } from "../lib/types";

export interface Setting {
  name: string;
  titles: Partial<Words>;
  secret: boolean;
  required: boolean;
  number: boolean;
  options: string[];
  default: Json;
}

export interface Card {
  kind: string;
  titles: Words;
  of: string;
  icon: string;
  brings: Partial<Words>;
  follows: Partial<Words>;
  remote: boolean;
  takes_file: boolean;
  settings: Setting[];
}

export interface Connectors {
  connectors: Card[];
  secrets: string[];
  may_declare: string[];
  may_publish: boolean;
  live: string[];
}

export interface Column {
  name: string;
  titles: Partial<Words>;
  kind: string;
  level: string;
  hidden?: boolean;
  samples?: string[];
}

export interface SourceObject {
  name: string;
  titles: Words;
  settings: Tree;
  key: string[];
  follows_changes: boolean;
  columns: Column[];
}

export interface Fault {
  reason: string;
  message: string;
  hint: string;
}

export interface Shown {
  object: SourceObject;
  columns: Column[];
  rows: Record<string, string>[];
}

export interface Target {
  name: string;
  label: string;
  type: string;
  required: boolean;
  unique: boolean;
  level: string;
}

export interface Match {
  column: string;
  field: string;
  confidence: number;
  why: string;
}

export interface Matched {
  fields: Target[];
  matches: Match[];
  unfit: Record<string, Record<string, string>>;
  key: string[];
  natural_key: string[];
  roles: string[];
}

export interface Standing {
  as_of: string | null;
  again_at: string | null;
  run: { started: string; ended: string | null; error: string | null; read: number; created: number; updated: number; refused: number } | null;
  drift: string[];
  refused: number;
  page: string;
  refused_page: string;
  administers: boolean;
}

export type Faulty<Body> = Body | { fault: Fault };

export const post = <Body>(what: string, body: Record<string, unknown>): Promise<Body> => ask<Body>(`/sources/${what}`, body);

export const faultOf = <Body>(answer: Faulty<Body>): Fault | null => (answer && typeof answer === "object" && "fault" in answer ? answer.fault : null);

/** A file as a request carries it. */
export async function carried(file: File): Promise<{ name: string; content: string }> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { name: file.name, content: btoa(text) };
}

/** How sure a suggestion is, in three steps. */
export const surety = (confidence: number): "sure" | "likely" | "maybe" => (confidence >= 90 ? "sure" : confidence >= 75 ? "likely" : "maybe");
