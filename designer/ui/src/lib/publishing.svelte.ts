/** What is open of publishing: the plan of the draft, or the versions. The windows themselves are loaded when they are first needed. */
class Publishing {
  shown = $state<"" | "plan" | "versions">("");
  open = (): void => void (this.shown = "plan");
  history = (): void => void (this.shown = "versions");
  close = (): void => void (this.shown = "");
}

export const publishing = new Publishing();
