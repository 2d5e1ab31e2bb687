/** The draft as this window knows it: state, open files, the queue of commands, what others do. */
import { tick } from "svelte";
import { ask, API, Refused, send } from "./api";
import { Queue } from "./queue";
import { toasts } from "./toasts.svelte";
import type { Answer, Command, Conflict, DraftState, FileInfo, OpenFile, PackInfo, Problem } from "./types";
import { boot } from "./boot";
import { plainCommand, withoutExpectations } from "./commands";
import { inWords, problemInWords, stepInWords } from "./told";
import { labelText, t } from "./words";

export interface Clash {
  command: Command;
  conflict: Conflict;
}

interface News {
  rev: number;
  author: string | null;
  files: string[];
  origin: "designer" | "outside";
}

/** A file that goes while one of its kind comes in its pack is the same one under another name. */
function moved(answer: Answer, known: (file: string) => boolean): { from: string; to: string }[] {
  const folder = (file: string): string => file.slice(0, file.lastIndexOf("/"));
  const come = answer.files.filter((one) => !one.deleted && !known(one.file));
  return answer.files.filter((one) => one.deleted).flatMap((gone) => {
    const to = come.filter((one) => folder(one.file) === folder(gone.file));
    return to.length === 1 && to[0] ? [{ from: gone.file, to: to[0].file }] : [];
  });
}

class Draft {
  state = $state<DraftState | null>(null);
  files = $state<Record<string, OpenFile>>({});
  problems = $state.raw<Problem[]>([]);
  /** Raised with every change of the draft that this window hears of, whoever made it: what is drawn is drawn again. */
  changes = $state(0);
  /** Files that the last act gave another name. */
  moves = $state.raw<readonly { from: string; to: string }[]>([]);
  working = $state(false);
  failure = $state("");
  clash = $state.raw<Clash | null>(null);
  private queue = new Queue((length) => (this.working = length > 0));
  private reading: Record<string, Promise<OpenFile>> = {};
  private own = new Set<number>();

  get packs(): PackInfo[] {
    return this.state?.packs ?? [];
  }

  get all(): FileInfo[] {
    return this.packs.flatMap((pack) => pack.files);
  }

  get errors(): number {
    return this.all.reduce((sum, one) => sum + one.errors, 0);
  }

  get warnings(): number {
    return this.all.reduce((sum, one) => sum + one.warnings, 0);
  }

  get changed(): number {
    return this.all.filter((one) => one.changed).length;
  }

  info(file: string): FileInfo | undefined {
    return this.all.find((one) => one.file === file);
  }

  ofKind(kind: string): FileInfo[] {
    return this.all.filter((one) => one.kind === kind);
  }

  named(kind: string, name: string): FileInfo | undefined {
    return this.all.find((one) => one.kind === kind && one.name === name);
  }

  async begin(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      this.failure = error instanceof Refused ? error.message : t("went_wrong");
      return;
    }
    this.follow();
  }

  async look(): Promise<void> {
    this.state = inWords(await ask<DraftState>("/state"));
  }

  async lookForProblems(): Promise<void> {
    const found = await ask<Problem[] | { problems: Problem[] }>("/problems");
    this.problems = (Array.isArray(found) ? found : found.problems).map(problemInWords);
  }

  problemsIn(file: string): Problem[] {
    return this.problems.filter((one) => one.file === file);
  }

  /** A file's data; read once, kept right by answers and news. */
  async open(file: string, anew = false): Promise<OpenFile> {
    const known = this.files[file];
    if (known && !anew) return known;
    this.reading[file] ??= ask<OpenFile>(`/files/${file}`).finally(() => delete this.reading[file]);
    const read = await this.reading[file];
    this.files[file] = { ...read, diagnostics: read.diagnostics.map(problemInWords) };
    return read;
  }

  /** Do one act after those before it. Null when it was refused: why has been said. */
  run(command: Command): Promise<Answer | null> {
    return this.queue.run(() => this.attempt(command));
  }

  /** Like `run`, but what to do about a refusal is the caller's. */
  tried(command: Command): Promise<Answer | Refused> {
    return this.queue.run(async () => {
      try {
        const answer = await send(command);
        await this.take(answer);
        return answer;
      } catch (error) {
        if (error instanceof Refused) return error;
        throw error;
      }
    });
  }

  /** When everything that was asked before has been answered. */
  settled(): Promise<void> {
    return this.queue.run(() => Promise.resolve());
  }

  undo(): Promise<void> {
    return this.step("undo");
  }

  redo(): Promise<void> {
    return this.step("redo");
  }

  /** What the one who was asked chose: their own value after all, or what stands there. */
  async choose(mine: boolean): Promise<void> {
    const clash = this.clash;
    this.clash = null;
    if (clash && mine) await this.run(withoutExpectations(clash.command));
  }

  /** Remove something: afterwards it is said what breaks by it that was not wrong before, with a way back. Whether it was removed. */
  async removing(what: string, remove: () => Promise<boolean>): Promise<boolean> {
    const before = new Set(this.problems.map(told));
    if (!(await remove())) return false;
    await this.lookForProblems().catch(() => {});
    const broken = this.problems.filter((one) => one.severity === "error" && !before.has(told(one)));
    const names = [...new Set(broken.map((one) => this.info(one.file)?.label || one.file))];
    const act = { words: t("undo"), run: () => void this.undo() };
    toasts.say(names.length ? t("removed_breaks", { what, files: names.join(t("comma")), count: broken.length }) : t("removed_what", { what }), { error: names.length > 0, act });
    return true;
  }

  private async attempt(command: Command): Promise<Answer | null> {
    try {
      const answer = await send(command);
      await this.take(answer);
      return answer;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 409 && error.conflict) return this.contested(command, error.conflict);
      toasts.say([error.message, error.hint].filter(Boolean).join(" "), { error: true });
      if (error.status === 409) await this.refresh();
      return null;
    }
  }

  /** Somebody changed the same thing: nothing is written, the three values are shown. Acts behind it go on. */
  private async contested(command: Command, conflict: Conflict): Promise<null> {
    await this.refresh(conflict.file);
    this.clash = { command: plainCommand(command), conflict };
    return null;
  }

  private async step(way: "undo" | "redo"): Promise<void> {
    await this.queue.run(async () => {
      try {
        const answer = await ask<Answer>(`/${way}`, { problems: "later" });
        await this.take(answer);
        toasts.say(t(way === "undo" ? "undone" : "redone", { what: labelText(answer.label) }));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        toasts.say([error.message, error.hint].filter(Boolean).join(" "), { error: true });
      }
    });
  }

  private async take(answer: Answer): Promise<void> {
    this.own.add(answer.rev);
    const moves = moved(answer, (file) => this.info(file) !== undefined);
    if (moves.length) {
      // What is open follows before the old name goes.
      await this.look();
      this.moves = moves;
      await tick();
    }
    for (const one of answer.files) {
      const known = this.files[one.file];
      if (one.deleted) delete this.files[one.file];
      else if (known && one.data && one.hash) {
        this.files[one.file] = { ...known, data: one.data, hash: one.hash, rev: answer.rev, changed: one.changed ?? known.changed };
      }
    }
    if (this.state) {
      this.state.rev = answer.rev;
      this.state.undo = stepInWords(answer.undo);
      this.state.redo = stepInWords(answer.redo);
    }
    this.changes++;
    this.lookSoon();
  }

  private timer: ReturnType<typeof setTimeout> | undefined;

  /** The list of files with their problems, once acts pause. */
  private lookSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      void Promise.all([this.look(), this.lookForProblems()]).catch(() => {});
    }, 600);
  }

  /** What is shown of a file is read anew where somebody else may have changed it. */
  private stale(): Promise<unknown>[] {
    return Object.keys(this.files).map((file) => this.open(file, true).catch(() => {}));
  }

  private async refresh(file?: string): Promise<void> {
    await Promise.all([this.look(), ...(file ? [this.open(file, true)] : this.stale())]).catch(() => {});
    this.changes++;
  }

  private follow(): void {
    const stream = new EventSource(`${API}/events`);
    const take = (event: MessageEvent<string>): void => {
      let news: News;
      try {
        news = JSON.parse(event.data) as News;
      } catch {
        return;
      }
      void this.heard(news);
    };
    stream.onmessage = take;
    for (const name of ["changed", "draft", "news"]) stream.addEventListener(name, take as EventListener);
    addEventListener("pagehide", () => stream.close());
  }

  /** News of what this window did itself may come before the answer to it. A file saved outside bears the revision that is then, which may
   * be of this window's own act. What is drawn is drawn anew at once, lists afterwards. */
  private async heard(news: News): Promise<void> {
    if (typeof news.rev !== "number") return;
    await this.settled();
    if (news.origin !== "outside" && this.own.has(news.rev)) return;
    const open = (news.files ?? []).filter((file) => file in this.files);
    this.changes++;
    await Promise.all(open.map((file) => this.open(file, true))).catch(() => {});
    this.lookSoon();
    if (!open.length) return;
    const labels = open.map((file) => this.info(file)?.label ?? file).join(t("comma"));
    const who = news.origin === "outside" ? t("outside_edit", { files: labels }) : news.author === boot.user ? t("own_edit", { files: labels }) : t("others_edit", { who: news.author ?? "", files: labels });
    toasts.say(who);
  }
}

const told = (one: Problem): string => [one.code, one.file, one.message].join("\n");

export const draft = new Draft();
