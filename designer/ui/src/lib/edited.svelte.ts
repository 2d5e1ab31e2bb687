/** A file that is being edited: its data as the draft has it, and changes of it as commands. */
import { boot } from "./boot";
import { at, isTree } from "./document";
import { draft } from "./draft.svelte";
import type { Command, Json, Path, Problem, Tree, Words } from "./types";

export class Edited {
  constructor(readonly file: string) {}

  get data(): Tree | undefined {
    return draft.files[this.file]?.data;
  }

  get name(): string {
    return draft.info(this.file)?.name ?? "";
  }

  /** The entity that the file is about; empty for none. */
  get entity(): string {
    return typeof this.data?.entity === "string" ? this.data.entity : "";
  }

  get problems(): readonly Problem[] {
    return draft.problemsIn(this.file);
  }

  /** A value at a place, or nothing there; what stands there already is no act. */
  set(path: Path, value: Json | undefined): Promise<unknown> {
    const now = at(this.data, path);
    if (JSON.stringify(now) === JSON.stringify(value)) return Promise.resolve();
    if (value === undefined) return draft.run({ do: "unset", file: this.file, path, expect: now ?? null });
    return draft.run({ do: "set", file: this.file, path, value, expect: now ?? null });
  }

  /** A label in one language; a label of one text becomes one by language. */
  relabel(path: Path, language: string, text: string): Promise<unknown> {
    const now = at(this.data, path);
    if (isTree(now)) return this.set([...path, language], text || undefined);
    return this.set(path, { ...(typeof now === "string" && now ? { [boot.language]: now } : {}), [language]: text });
  }

  /** Several commands as one act; whether it was done. */
  protected async batch(label: Words, commands: Command[]): Promise<boolean> {
    const [one] = commands;
    if (!one) return false;
    return (await draft.run(commands.length === 1 ? one : { do: "batch", label, commands })) !== null;
  }
}
