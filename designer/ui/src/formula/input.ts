/** The box in which a formula is typed: its words in colour, what may follow offered, problems at their letter. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, completionStatus, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, tooltips } from "@codemirror/view";
import { ask } from "../lib/api";
import type { Path } from "../lib/types";
import { t } from "../lib/words";
import { wholeFormula } from "../text/formulas";
import { Lines } from "../text/lines";
import { said } from "../text/pane";
import { look } from "../text/theme";
import type { FormulaProblem, Proposed } from "./trial.svelte";

export interface Given {
  text: string;
  label: string;
  place: () => { file: string; path: Path };
  typed: (text: string) => void;
  done: (text: string) => void;
}

export class FormulaInput {
  private readonly view: EditorView;
  private sent: string;

  constructor(
    host: HTMLElement,
    private readonly given: Given,
  ) {
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    this.sent = given.text;
    const finish = (): boolean => {
      this.finish();
      return true;
    };
    this.view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        doc: given.text,
        extensions: [
          history(),
          bracketMatching(),
          closeBrackets(),
          EditorView.lineWrapping,
          tooltips({ position: "fixed" }),
          autocompletion({ override: [(context) => this.complete(context)], activateOnTypingDelay: 60, icons: false }),
          wholeFormula,
          look,
          EditorView.theme({ "&": { height: "auto", minHeight: "44px" }, ".cm-scroller": { maxHeight: "160px" }, ".cm-content": { padding: "6px 0" } }),
          EditorView.contentAttributes.of({ "aria-label": given.label, "data-formula-input": "", tabindex: "0", "aria-description": t("formula_keys") }),
          EditorView.updateListener.of((update) => update.docChanged && given.typed(update.state.doc.toString())),
          EditorView.domEventHandlers({ blur: () => this.finish() }),
          keymap.of([
            { key: "Enter", run: (view) => (completionStatus(view.state) === "active" ? false : finish()) },
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...historyKeymap,
            ...defaultKeymap,
          ]),
        ],
      }),
    });
  }

  /** Whether something is being typed that was not handed on yet. */
  get busy(): boolean {
    return this.view.hasFocus && this.text !== this.sent;
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  show(text: string): void {
    this.sent = text;
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
  }

  mark(problems: readonly FormulaProblem[]): void {
    const lines = new Lines(this.text);
    const length = this.view.state.doc.length;
    const found = problems.map((one) => {
      const from = Math.min(lines.offset(one.offset), length);
      const word = /^[\p{L}\p{N}_.]+/u.exec(this.text.slice(from))?.[0].length ?? 1;
      return { from, to: Math.min(from + word, length), severity: "error" as const, message: [said(one.message), said(one.hint)].filter(Boolean).join("\n") };
    });
    this.view.dispatch(setDiagnostics(this.view.state, found));
  }

  close(): void {
    this.finish();
    this.view.destroy();
  }

  private finish(): void {
    if (this.text === this.sent) return;
    this.sent = this.text;
    this.given.done(this.text);
  }

  private async complete(context: CompletionContext): Promise<CompletionResult | null> {
    // A number is no beginning of a name: Enter behind it saves.
    if (!context.explicit && !context.matchBefore(/[\p{L}_][\p{L}\p{N}_.]*/u)) return null;
    const text = context.state.doc.toString();
    const lines = new Lines(text);
    const found = await ask<{ items: Proposed[] }>("/formula/completion", { ...this.given.place(), formula: text, offset: lines.point(context.pos) }).catch(() => null);
    const first = found?.items[0];
    if (context.aborted || !found || !first) return null;
    const options = found.items.map((one) => {
      const told = said(one.words);
      const [head = "", ...rest] = told.split("\n");
      return { label: one.text, displayLabel: one.text.replace(/\($/, ""), apply: one.text, type: one.sort === "function" ? "function" : "variable", detail: head.slice(0, 48), info: rest.length ? told : undefined };
    });
    return { from: lines.offset(first.start), options, filter: false };
  }
}
