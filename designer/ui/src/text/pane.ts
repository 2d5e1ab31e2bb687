/** The editor of one text: CodeMirror with what the server knows, in a shadow of its own so that its styles need no exception. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, indentUnit } from "@codemirror/language";
import { forEachDiagnostic, lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, Compartment, EditorState, Transaction, type ChangeSpec, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers, type Tooltip, type ViewUpdate } from "@codemirror/view";
import { boot } from "../lib/boot";
import type { Words } from "../lib/types";
import { t } from "../lib/words";
import { meaning, proposals, type Place, type Proposal, type TextProblem } from "./asking";
import { formulaField } from "./formulas";
import { look } from "./theme";
import { definitions } from "./yaml";

/** A change that comes from the server: it is no act of whoever types. */
export const fromServer = Annotation.define<boolean>();

const TYPES = { key: "property", value: "enum", name: "variable", function: "function" } as const;

export const said = (words: Words | null | undefined): string => words?.[boot.language] ?? "";

export interface Doing {
  changed: (update: ViewUpdate) => void;
  moved: (view: EditorView) => void;
  jump: (place: Place) => void;
  define: (view: EditorView) => void;
  uses: (view: EditorView) => void;
  format: (view: EditorView) => void;
}

export class Pane {
  readonly view: EditorView;
  private readonly writable = new Compartment();

  constructor(
    host: HTMLElement,
    private readonly file: string,
    text: string,
    label: string,
    private readonly doing: Doing,
  ) {
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    this.view = new EditorView({ parent: root, root, state: EditorState.create({ doc: text, extensions: this.extensions(label) }) });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  private extensions(label: string): Extension {
    const run = (act: (view: EditorView) => void) => (view: EditorView): boolean => {
      act(view);
      return true;
    };
    return [
      lineNumbers(),
      foldGutter(),
      lintGutter(),
      history(),
      drawSelection(),
      indentUnit.of("  "),
      EditorState.tabSize.of(2),
      bracketMatching(),
      closeBrackets(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      highlightSelectionMatches(),
      search({ top: true }),
      definitions,
      formulaField,
      autocompletion({ override: [(context) => this.complete(context)], activateOnTypingDelay: 60, icons: false }),
      hoverTooltip((view, at) => this.hover(view, at), { hoverTime: 350 }),
      look,
      this.writable.of([]),
      EditorView.contentAttributes.of({ "aria-label": label, "data-text-view": "", tabindex: "0" }),
      EditorView.updateListener.of((update) => this.updated(update)),
      EditorView.domEventHandlers({ mousedown: (event, view) => this.pressed(event, view) }),
      keymap.of([
        { key: "F12", run: run(this.doing.define) },
        { key: "Shift-F12", run: run(this.doing.uses) },
        { key: "Shift-Alt-f", run: run(this.doing.format) },
        { key: "Ctrl-Space", run: startCompletion },
        ...closeBracketsKeymap,
        ...completionKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...foldKeymap,
        ...lintKeymap,
        ...defaultKeymap,
        indentWithTab,
      ]),
    ];
  }

  write(allowed: boolean): void {
    this.view.dispatch({ effects: this.writable.reconfigure(allowed ? [] : [EditorState.readOnly.of(true), EditorView.editable.of(false)]) });
  }

  /** A change that others made: the caret and what was undone stay where they are. */
  take(changes: ChangeSpec): void {
    this.view.dispatch({ changes, annotations: [fromServer.of(true), Transaction.addToHistory.of(false)] });
  }

  select(start: number, end: number, focus: boolean): void {
    const most = this.view.state.doc.length;
    const anchor = Math.min(start, most);
    this.view.dispatch({ selection: { anchor, head: Math.min(end, most) }, effects: EditorView.scrollIntoView(anchor, { y: "center" }), annotations: fromServer.of(true) });
    if (focus) this.view.focus();
  }

  /** The problems of the text as it is; those that only a whole compilation sees stay until it has been done again. */
  show(problems: readonly TextProblem[], whole: readonly Diagnostic[] | null): void {
    const length = this.view.state.doc.length;
    const now = problems.filter((one) => one.end <= length).map((one) => this.diagnostic(one));
    const others: Diagnostic[] = [];
    if (whole) others.push(...whole);
    else others.push(...this.standing().filter((one) => one.source === WHOLE));
    const known = new Set(now.map((one) => `${one.from} ${one.markClass}`));
    const all = [...now, ...others.filter((one) => !known.has(`${one.from} ${one.markClass}`))];
    all.sort((a, b) => a.from - b.from || a.to - b.to);
    // Told again, they would close what is open about one of them.
    if (this.told(all) === this.told(this.standing())) return;
    this.view.dispatch(setDiagnostics(this.view.state, all));
  }

  private standing(): Diagnostic[] {
    const found: Diagnostic[] = [];
    forEachDiagnostic(this.view.state, (one, from, to) => found.push({ ...one, from, to }));
    return found;
  }

  private told(list: readonly Diagnostic[]): string {
    return JSON.stringify(list.map((one) => [one.from, one.to, one.message, one.source]));
  }

  private diagnostic(one: TextProblem): Diagnostic {
    const text = [said(one.message), said(one.hint)].filter(Boolean).join("\n");
    const actions = one.fixes.map((fix) => ({
      name: said(fix.words),
      apply: (view: EditorView) => view.dispatch({ changes: fix.edits.map((edit) => ({ from: edit.start, to: edit.end, insert: edit.text })), userEvent: "input.fix" }),
    }));
    return { from: one.start, to: Math.max(one.end, one.start), severity: severity(one.severity), message: text, markClass: one.code, actions };
  }

  private updated(update: ViewUpdate): void {
    if (update.docChanged) this.doing.changed(update);
    if ((update.selectionSet || update.docChanged) && !update.transactions.some((one) => one.annotation(fromServer))) this.doing.moved(update.view);
  }

  private async complete(context: CompletionContext): Promise<CompletionResult | null> {
    const before = context.state.sliceDoc(Math.max(0, context.pos - 1), context.pos);
    if (!context.explicit && !/[\p{L}\p{N}_.:\s[,({"-]/u.test(before)) return null;
    const found = await proposals(this.file, context.state.doc.toString(), context.pos).catch(() => []);
    if (context.aborted || !found.length) return null;
    const from = found[0]?.start ?? context.pos;
    if (!context.explicit && from === context.pos && !/[.\s[,]/.test(before)) return null;
    return { from, options: found.map((one, rank) => option(one, rank)), validFor: /^[\w-]*$/ };
  }

  private async hover(view: EditorView, at: number): Promise<Tooltip | null> {
    const found = await meaning(this.file, view.state.doc.toString(), at).catch(() => null);
    if (!found || !said(found.words)) return null;
    return {
      pos: found.start,
      end: found.end,
      above: true,
      create: () => {
        const dom = document.createElement("div");
        dom.className = "cm-meaning";
        dom.append(said(found.words));
        const place = found.declared;
        if (place) {
          const button = document.createElement("button");
          button.type = "button";
          button.textContent = t("go_to_definition");
          button.onclick = () => this.doing.jump(place);
          dom.append(button);
        }
        return { dom };
      },
    };
  }

  private pressed(event: MouseEvent, view: EditorView): boolean {
    if (!(event.ctrlKey || event.metaKey) || event.button !== 0) return false;
    const at = view.posAtCoords({ x: event.clientX, y: event.clientY });
    if (at === null) return false;
    view.dispatch({ selection: { anchor: at } });
    this.doing.define(view);
    event.preventDefault();
    return true;
  }
}

const WHOLE = "whole";

export const severity = (word: string): "error" | "warning" | "info" => (word === "error" || word === "warning" ? word : "info");

/** A problem that the compilation of the whole draft told, at its line and column. */
export function ofWhole(view: EditorView, one: { code: string; severity: string; line: number; column: number; end_line?: number; end_column?: number; message: string; hint: string }): Diagnostic {
  const at = (line: number, column: number): number => {
    const found = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    const points = [...found.text].slice(0, Math.max(column - 1, 0)).join("");
    return Math.min(found.from + points.length, found.to);
  };
  const from = at(one.line, one.column);
  const to = one.end_line ? Math.max(from, at(one.end_line, one.end_column ?? 1)) : from;
  return { from, to, severity: severity(one.severity), message: [one.message, one.hint].filter(Boolean).join("\n"), markClass: one.code, source: WHOLE };
}

function option(one: Proposal, rank: number): { label: string; displayLabel: string; apply: string; type: string; detail: string; info?: string; boost: number } {
  const told = said(one.words);
  const [first = "", ...rest] = told.split("\n");
  const bare = one.text.replace(/: $|\($/, "");
  return { label: one.text, displayLabel: bare, apply: one.text, type: TYPES[one.sort], detail: first.slice(0, 60), info: rest.length || first.length > 60 ? told : undefined, boost: -Math.min(rank, 99) };
}
