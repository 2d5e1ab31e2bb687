/** The widgets there are, as the server describes them: palette, property panel and checks of what may stand where read this. */
import { ask } from "./api";
import type { Schema, Slot, Tree, WidgetInfo } from "./types";

interface Told extends Omit<WidgetInfo, "new" | "slots" | "span" | "min_span"> {
  new?: Tree | string | null;
  slots?: Slot[] | Record<string, Omit<Slot, "name">>;
  span?: number;
  min_span?: number;
}

class Widgets {
  all = $state.raw<readonly WidgetInfo[]>([]);
  private reading: Promise<void> | null = null;

  read(): Promise<void> {
    this.reading ??= ask<Told[] | { widgets: Told[] }>("/widgets").then((told) => {
      this.all = (Array.isArray(told) ? told : told.widgets).map(complete);
    });
    return this.reading;
  }

  find(name: string): WidgetInfo | undefined {
    return this.all.find((one) => one.name === name);
  }

  /** Whether a widget has a place for this one among its children. */
  takes(parent: string, child: WidgetInfo): boolean {
    const slots = this.find(parent)?.slots ?? [];
    return slots.some((slot) => !slot.accepts.length || slot.accepts.includes(child.group) || slot.accepts.includes(child.name));
  }

  holds(name: string): boolean {
    return (this.find(name)?.slots.length ?? 0) > 0;
  }
}

function complete(one: Told): WidgetInfo {
  const slots = Array.isArray(one.slots) ? one.slots : Object.entries(one.slots ?? {}).map(([name, slot]) => ({ ...slot, name }));
  return {
    ...one,
    slots: slots.map((slot) => ({ ...slot, accepts: slot.accepts ?? [] })),
    span: one.span ?? 12,
    min_span: one.min_span ?? 1,
    new: typeof one.new === "object" && one.new ? one.new : { widget: one.name },
  };
}

export const propertiesOf = (schema: Schema | undefined): [string, Schema][] => Object.entries(schema?.properties ?? {});
export const refOf = (schema: Schema): string => String(schema["x-ref"] ?? schema.items?.["x-ref"] ?? "");
export const typeOf = (schema: Schema): string => (schema.$ref?.endsWith("/label") ? "label" : String(schema["x-type"] ?? schema.items?.["x-type"] ?? ""));
export const kindOf = (schema: Schema): string => (Array.isArray(schema.type) ? (schema.type.find((one) => one !== "null") ?? "") : (schema.type ?? ""));

export const widgets = new Widgets();
