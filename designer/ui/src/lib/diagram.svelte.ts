/** The way to the diagram of the data model: from the start, or from an entity that is to be seen there. */
import { tabs } from "./tabs.svelte";

class Diagram {
  /** The entity that was asked for last; the diagram takes it. */
  wanted = $state("");

  open = (entity = ""): void => {
    this.wanted = entity;
    tabs.openPlace("model");
  };
}

export const diagram = new Diagram();
