/** What travels between the two halves of the designer. Paths: a string is a key, `{id}` an item of a list, a number an index. */

export type Step = string | number | { id: string };
export type Path = Step[];
export type After = { id: string } | number | string | null;
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Tree = { [key: string]: Json };
export type Words = { zh: string; en: string };

export type Command =
  | { do: "set"; file: string; path: Path; value: Json; expect?: Json }
  | { do: "unset"; file: string; path: Path; expect?: Json }
  | { do: "insert"; file: string; path: Path; value: Json; after: After }
  | { do: "insert_key"; file: string; path: Path; key: string; value: Json; after: string | null }
  | { do: "move"; file: string; path: Path; to: Path; after: After }
  | { do: "remove"; file: string; path: Path }
  | { do: "rename"; target: string; new: string }
  | { do: "create"; file: string; text: string }
  | { do: "delete"; file: string }
  | { do: "text"; file: string; edits: { start: number; end: number; text: string }[]; hash: string }
  | { do: "batch"; label: Words; commands: Command[] }
  | { do: "organisation"; acts: readonly object[] }
  | { do: "resolve"; file: string; path: Path; take: "mine" | "theirs" }
  | { do: "take_newer"; pack: string }
  | { do: "grant"; entity: string; role: string; action: string; rows: string | null }
  | { do: "field_right"; entity: string; role: string; field: string; right: string; state?: string };

export interface FileInfo {
  file: string;
  kind: string;
  name: string;
  label: string;
  changed: boolean;
  errors: number;
  warnings: number;
}

export interface PackInfo {
  name: string;
  label: string;
  shipped: boolean;
  files: FileInfo[];
}

export interface DraftState {
  rev: number;
  packs: PackInfo[];
  undo: { label: string } | null;
  redo: { label: string } | null;
  conflicts: number;
}

export interface Problem {
  code: string;
  severity: "error" | "warning" | string;
  file: string;
  line: number;
  column: number;
  message: string;
  hint: string;
  path?: Path;
  fix?: Command | null;
}

export interface OpenFile {
  file: string;
  hash: string;
  rev: number;
  text: string;
  data: Tree;
  changed: boolean;
  diagnostics: Problem[];
}

export interface ChangedFile {
  file: string;
  hash?: string;
  data?: Tree;
  changed?: boolean;
  deleted?: boolean;
}

export interface Answer {
  rev: number;
  files: ChangedFile[];
  undo: { label: string } | null;
  redo: { label: string } | null;
  problems: { errors: number; warnings: number } | null;
  made?: { path: Path; id: string };
  label?: Json;
}

export interface Conflict {
  file: string;
  path: Path;
  base: Json;
  mine: Json;
  theirs: Json;
}

export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: Json[];
  default?: Json;
  properties?: { [key: string]: Schema };
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  maxItems?: number;
  $ref?: string;
  anyOf?: Schema[];
  oneOf?: Schema[];
  additionalProperties?: boolean | Schema;
  const?: Json;
  propertyNames?: Schema;
  allOf?: { if: Schema; then: Schema }[];
  $defs?: { [name: string]: Schema };
  [key: `x-${string}`]: unknown;
}

export interface Slot {
  name: string;
  accepts: string[];
  min?: number;
  max?: number | null;
}

export interface WidgetInfo {
  name: string;
  title: string;
  group: string;
  icon: string;
  schema: Schema;
  slots: Slot[];
  span: number;
  min_span: number;
  new: Tree;
}
