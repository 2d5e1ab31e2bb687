/** The open editors: which files, in which editor, which one is shown. The address follows the shown one. */
import { editorsOf, placeOf } from "../editors";
import { draft } from "./draft.svelte";

export interface Tab {
  file: string;
  editor: string;
}

const KEPT = "dougong.designer.tabs";
const START = "/designer";

class Tabs {
  list = $state<Tab[]>([]);
  current = $state(-1);

  get shown(): Tab | undefined {
    return this.list[this.current];
  }

  /** What the address names, and what was open before in this window. */
  restore(): void {
    try {
      const kept: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
      if (Array.isArray(kept)) this.list = kept.filter((one: Tab) => typeof one?.file === "string" && this.known(one));
    } catch {
      this.list = [];
    }
    const [editor, ...rest] = decodeURI(location.pathname).slice(START.length + 1).split("/");
    if (rest.length) this.open(rest.join("/"), editor);
    else if (editor) this.openPlace(editor);
  }

  private known(tab: Tab): boolean {
    if (placeOf(tab.file)) return true;
    const info = draft.info(tab.file);
    return info !== undefined && editorsOf(info.kind).some((one) => one.name === tab.editor);
  }

  /** Open a file, in an editor by name or the first that takes its kind. Whether there is one. */
  open(file: string, name?: string): boolean {
    const info = draft.info(file);
    const editors = info ? editorsOf(info.kind) : [];
    const editor = editors.find((one) => one.name === name) ?? editors[0];
    if (!editor) return false;
    const found = this.list.findIndex((one) => one.file === file && one.editor === editor.name);
    if (found < 0) this.list.push({ file, editor: editor.name });
    this.show(found < 0 ? this.list.length - 1 : found);
    return true;
  }

  /** Open what is open without a file; its name stands for both. */
  openPlace(name: string): void {
    if (!placeOf(name)) return;
    const found = this.list.findIndex((one) => one.file === name);
    if (found < 0) this.list.push({ file: name, editor: name });
    this.show(found < 0 ? this.list.length - 1 : found);
  }

  show(at: number): void {
    this.current = at;
    this.keep();
  }

  /** Files that bear another name stay open under it. */
  follow(moves: readonly { from: string; to: string }[]): void {
    const now = (file: string): string => moves.find((one) => one.from === file)?.to ?? file;
    if (!this.list.some((one) => now(one.file) !== one.file)) return;
    this.list = this.list.map((one) => ({ ...one, file: now(one.file) }));
    this.keep();
  }

  close(at: number): void {
    this.list.splice(at, 1);
    if (this.current >= at) this.current = Math.max(this.current - 1, this.list.length ? 0 : -1);
    this.keep();
  }

  private keep(): void {
    const tab = this.shown;
    history.replaceState(null, "", !tab ? START : placeOf(tab.file) ? `${START}/${tab.file}` : `${START}/${tab.editor}/${tab.file}`);
    sessionStorage.setItem(KEPT, JSON.stringify(this.list));
  }
}

export const tabs = new Tabs();
