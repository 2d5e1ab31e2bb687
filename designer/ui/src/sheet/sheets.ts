/** Sheets on their way to applications: what the server says of one, and what is asked of it. */
import { askForm, ask } from "../lib/api";
import type { Answer } from "../lib/types";

export interface SheetColumn {
  header: string;
  name: string;
  kind: string;
  required: boolean;
  options: string[];
  samples: string[];
}

export interface Looked {
  title: string;
  rows: number;
  columns: SheetColumn[];
  kinds: string[];
}

export interface Made extends Answer {
  /** The import that waits for the definitions to be live. */
  run: string;
  entity: string;
  /** The file of the dashboard that was made. */
  page: string;
}

export interface BroughtIn {
  location: string;
  home: string;
}

export interface MakeWish {
  file: File;
  title: string;
  pack: string;
  /** Kinds by header where somebody chose one; "" leaves the column out. */
  kinds: Record<string, string>;
}

export function look(file: File): Promise<Looked> {
  return askForm<Looked>("/sheets", filled(file, {}));
}

export function make(wish: MakeWish): Promise<Made> {
  return askForm<Made>("/sheets/make", filled(wish.file, { title: wish.title, pack: wish.pack, kinds: JSON.stringify(wish.kinds) }));
}

/** Make the draft live and bring the rows of a sheet in. */
export async function publishAndBringIn(run: string, note: string): Promise<BroughtIn> {
  await ask("/publish", { note, join: true });
  return ask<BroughtIn>(`/sheets/${run}`, {});
}

/** What was pasted as a sheet, or null where it is a text of one cell. */
export function pasted(text: string): File | null {
  return /\t/.test(text) && /\n/.test(text.trim()) ? new File([text], "sheet.csv", { type: "text/csv" }) : null;
}

function filled(file: File, texts: Record<string, string>): FormData {
  const form = new FormData();
  form.set("file", file);
  for (const [name, text] of Object.entries(texts)) form.set(name, text);
  return form;
}
