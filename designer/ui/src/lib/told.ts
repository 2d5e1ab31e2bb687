/** What the server says in both languages, in the reader's. */
import type { DraftState, Json, Path, Problem } from "./types";
import { labelText, t } from "./words";

export const stepInWords = (step: { label: Json } | null): { label: string } | null => step && { label: labelText(step.label) };

export const problemInWords = (one: Problem): Problem => ({ ...one, message: labelText(one.message as Json), hint: labelText(one.hint as Json) });

export function inWords(state: DraftState): DraftState {
  return {
    ...state,
    undo: stepInWords(state.undo),
    redo: stepInWords(state.redo),
    packs: state.packs.map((pack) => ({ ...pack, label: labelText(pack.label) || pack.name, files: pack.files.map((file) => ({ ...file, label: labelText(file.label) })) })),
  };
}

/** A value of a definition as somebody who chooses between two sees it. */
export const valueInWords = (value: Json | undefined): string => (value === null || value === undefined ? t("nothing") : typeof value === "string" ? value : JSON.stringify(value, null, 1));

/** Where something stands in its file; the whole file has no path. */
export const pathInWords = (path: Path): string => path.map((step) => (typeof step === "object" ? step.id : String(step))).join(" › ") || t("whole_file");
