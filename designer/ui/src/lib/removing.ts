/** Removing something: afterwards it is said what breaks by it that was not wrong before, with a way back. */
import { draft } from "./draft.svelte";
import { toasts } from "./toasts.svelte";
import type { Problem } from "./types";
import { t } from "./words";

/** Whether it was removed. */
export async function removeAndTell(what: string, remove: () => Promise<boolean>): Promise<boolean> {
  const before = new Set(draft.problems.map(told));
  if (!(await remove())) return false;
  await draft.lookForProblems().catch(() => {});
  const broken = draft.problems.filter((one) => one.severity === "error" && !before.has(told(one)));
  const names = [...new Set(broken.map((one) => draft.info(one.file)?.label || one.file))];
  const act = { words: t("undo"), run: () => void draft.undo() };
  toasts.say(names.length ? t("removed_breaks", { what, files: names.join(t("comma")), count: broken.length }) : t("removed_what", { what }), { error: names.length > 0, act });
  return true;
}

const told = (one: Problem): string => [one.code, one.file, one.message].join("\n");
