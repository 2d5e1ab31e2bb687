/** Entities with their fields, and metrics, as the draft names them: what pickers, the palette and binding offer. */
import { draft } from "./draft.svelte";
import { isTree } from "./document";
import type { Json, Tree } from "./types";
import { labelText } from "./words";

export interface FieldInfo {
  entity: string;
  name: string;
  label: string;
  type: string;
  to: string;
  data: Tree;
}

/** Fields that are drawn as lists of rows of their own. */
const LONG = new Set(["long_text", "attachment"]);

class Fields {
  get entities(): string[] {
    return draft.ofKind("entities").map((one) => one.name);
  }

  fileOf(entity: string): string {
    return draft.named("entities", entity)?.file ?? "";
  }

  entityLabel(entity: string): string {
    return draft.named("entities", entity)?.label || entity;
  }

  /** Read what an entity declares, unless it is known. */
  async read(entity: string): Promise<void> {
    const file = this.fileOf(entity);
    if (file && !draft.files[file]) await draft.open(file).catch(() => {});
  }

  readAll(): Promise<unknown> {
    return Promise.all(this.entities.map((one) => this.read(one)));
  }

  of(entity: string): FieldInfo[] {
    const data = draft.files[this.fileOf(entity)]?.data;
    const declared = data?.fields;
    return isTree(declared) ? Object.entries(declared).map(([name, field]) => this.info(entity, name, field)) : [];
  }

  private info(entity: string, name: string, field: Json): FieldInfo {
    const data = isTree(field) ? field : {};
    return { entity, name, data, label: labelText(data.label) || name, type: String(data.type ?? ""), to: String(data.to ?? "") };
  }

  get all(): FieldInfo[] {
    return this.entities.flatMap((one) => this.of(one));
  }

  /** The field that titles an entity's rows. */
  title(entity: string): string {
    const data = draft.files[this.fileOf(entity)]?.data;
    return typeof data?.title === "string" ? data.title : (this.of(entity)[0]?.name ?? "");
  }

  /** Fields in which a list shows a row at first. */
  columns(entity: string, most = 5): string[] {
    const title = this.title(entity);
    const rest = this.of(entity).filter((one) => one.name !== title && !LONG.has(one.type)).map((one) => one.name);
    return [...(title ? [title] : []), ...rest].slice(0, most);
  }

  /** The label of a path such as `customer.name`; the last step's, as far as it is known. */
  pathLabel(entity: string, path: string): string {
    let current = entity;
    const labels: string[] = [];
    for (const step of path.replace(/^-/, "").split(".")) {
      const field = this.of(current).find((one) => one.name === step);
      labels.push(field?.label ?? step);
      current = field?.to ?? "";
    }
    return labels.join(" › ");
  }

  get metrics(): { name: string; label: string }[] {
    return draft.ofKind("metrics").map((one) => ({ name: one.name, label: one.label || one.name }));
  }
}

export const fields = new Fields();
