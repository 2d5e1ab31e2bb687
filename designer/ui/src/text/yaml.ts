/** The words of a definition in colour, and its parts folded by their indentation: a fraction of what a parser of YAML weighs. */
import { foldService } from "@codemirror/language";
import { RangeSetBuilder, type Extension } from "@codemirror/state";
import { Decoration, ViewPlugin, type DecorationSet, type EditorView, type ViewUpdate } from "@codemirror/view";

const TOKEN = /(?<string>"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?)|(?<comment>(?:^|(?<=\s))#.*$)|(?<key>(?<=^\s*(?:- +)*|[{,]\s*)[\w.@-]+(?=:(?:\s|$)))|(?<sign>[{}[\],]|(?<=^\s*(?:- +)*)-(?=\s|$))/g;

const MARKS: Record<string, Decoration> = {
  string: Decoration.mark({ class: "y-string" }),
  comment: Decoration.mark({ class: "y-comment" }),
  key: Decoration.mark({ class: "y-key" }),
  sign: Decoration.mark({ class: "y-sign" }),
};

export function words(line: string): { from: number; to: number; kind: string }[] {
  return [...line.matchAll(TOKEN)].map((found) => ({
    from: found.index,
    to: found.index + found[0].length,
    kind: Object.entries(found.groups ?? {}).find(([, value]) => value !== undefined)?.[0] ?? "sign",
  }));
}

function drawn(view: EditorView): DecorationSet {
  const marks = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at);
      for (const one of line.length > 2000 ? [] : words(line.text)) marks.add(line.from + one.from, line.from + one.to, MARKS[one.kind] as Decoration);
      at = line.to + 1;
    }
  }
  return marks.finish();
}

const highlighter = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = drawn(view);
    }
    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.decorations = drawn(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

const indent = (text: string): number => text.search(/\S/);

/** A line with deeper ones below it folds to the last of them. */
const folds = foldService.of((state, start) => {
  const line = state.doc.lineAt(start);
  const own = indent(line.text);
  if (own < 0) return null;
  let end = line.to;
  for (let number = line.number + 1; number <= state.doc.lines; number++) {
    const next = state.doc.line(number);
    const depth = indent(next.text);
    if (depth >= 0 && depth <= own) break;
    if (depth >= 0) end = next.to;
  }
  return end > line.to ? { from: line.to, to: end } : null;
});

export const definitions: Extension = [highlighter, folds];
