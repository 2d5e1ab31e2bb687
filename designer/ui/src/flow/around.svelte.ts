/** The files about an entity, read at once: itself, its workflows, rights, pages and tests. */
import { ask } from "../lib/api";
import { draft } from "../lib/draft.svelte";
import type { Tree } from "../lib/types";

export interface AroundFile {
  file: string;
  kind: string;
  name: string;
  data: Tree;
}

class Around {
  private known = $state.raw<Record<string, Record<string, Tree>>>({});
  private reading: Record<string, Promise<void>> = {};

  read(entity: string, anew = false): Promise<void> {
    if (!entity || (!anew && this.known[entity])) return Promise.resolve();
    this.reading[entity] ??= ask<{ files: Record<string, Tree> }>(`/workflows/about?${new URLSearchParams({ entity }).toString()}`)
      .then((told) => {
        this.known = { ...this.known, [entity]: told.files };
      })
      .finally(() => delete this.reading[entity]);
    return this.reading[entity];
  }

  isKnown(entity: string): boolean {
    return entity in this.known;
  }

  /** Files of a kind, as this window has them open, else as they were read. */
  of(entity: string, kind: string): AroundFile[] {
    return Object.entries(this.known[entity] ?? {}).flatMap(([file, data]) => {
      const [, folder, last] = file.split("/");
      return folder === kind ? [{ file, kind, name: (last ?? "").replace(/\.yaml$/, ""), data: draft.files[file]?.data ?? data }] : [];
    });
  }

  /** The states of an entity; it has one life at most. */
  life(entity: string): AroundFile | undefined {
    return this.of(entity, "workflows").find((one) => "states" in one.data);
  }

  flows(entity: string): AroundFile[] {
    return this.of(entity, "workflows").filter((one) => "steps" in one.data);
  }
}

export const around = new Around();
