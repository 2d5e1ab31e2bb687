/** What is wrong with a part of the file, said at the node that shows it. */
import { within } from "../lib/document";
import type { Path, Problem } from "../lib/types";

export const problemAt = (problems: readonly Problem[], path: Path, but: readonly string[] = []): string | undefined =>
  problems.find((one) => one.severity !== "info" && one.path && within(path, one.path) && !but.includes(String(one.path[path.length])))?.message;
