/** What the server says in both languages, in the reader's. */
import type { DraftState, Json, Problem } from "./types";
import { labelText } from "./words";

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
