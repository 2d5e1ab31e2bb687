"""What is found in texts, as JSON: offsets count code points from 0, words come in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from designer.api.answers import words
from designer.paths import steps_of
from designer.texts.reading_desk import Page
from engine.diagnostics import Diagnostic, Span
from engine.dsl.annotations import FORMULA
from engine.dsl.editing.completion import Proposal
from engine.dsl.editing.fixes import Fix, fixes
from engine.dsl.editing.outline import Part
from engine.dsl.editing.workspace import Workspace
from engine.dsl.edits import Edit
from engine.dsl.source import SourceText

Json = dict[str, object]


def proposals(found: Iterable[Proposal], most: int) -> list[Json]:
    """The likeliest of what may stand at the cursor."""
    listed: list[Json] = []
    for one in found:
        listed.append(
            {"text": one.text, "sort": one.sort, "words": words(one.words), "start": one.start, "end": one.end}
        )
        if len(listed) == most:
            break
    return listed


def offsets(source: SourceText, span: Span) -> tuple[int, int]:
    """The offsets of a span in its text."""
    starts = source.line_starts
    start = starts[min(max(span.line, 1), len(starts)) - 1] + max(span.column, 1) - 1
    if not span.end_line:
        return min(start, len(source.text)), min(start, len(source.text))
    end = starts[min(span.end_line, len(starts)) - 1] + span.end_column - 1
    return min(start, len(source.text)), min(max(start, end), len(source.text))


def place(workspace: Workspace, span: Span) -> Json | None:
    """Where something stands: file, line, offsets, and its line in words; None for a file that is gone."""
    location = workspace.location(span.file)
    try:
        text = workspace.text(location).removeprefix("\ufeff") if location is not None else None
    except OSError:
        text = None
    if text is None:
        return None
    source = SourceText.of(span.file, text)
    start, end = offsets(source, span)
    line = text[source.line_starts[source.line(start) - 1] :].split("\n", 1)[0]
    shift = max(0, span.column - 80)
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "start": start,
        "end": end,
        "excerpt": line[shift : shift + 200].strip(),
    }


def problem(source: SourceText, one: Diagnostic) -> Json:
    """A diagnostic of a text with its offsets, and the edits that mend it."""
    start, end = offsets(source, one.span)
    return {
        "code": one.code,
        "severity": str(one.severity),
        "line": one.span.line,
        "column": one.span.column,
        "start": start,
        "end": end,
        "message": words(one.message),
        "hint": words(one.hint),
        "fixes": [_fix(fix) for fix in fixes(source, one)],
    }


def _fix(fix: Fix) -> Json:
    return {"words": words(fix.words), "sure": fix.sure, "edits": edits(fix.edits)}


def edits(found: Iterable[Edit]) -> list[Json]:
    return [{"start": one.start, "end": one.end, "text": one.text} for one in found]


def part(page: Page, one: Part) -> Json:
    """A part of the outline with the parts in it."""
    source = page.written.sources[0]
    start, end = offsets(source, one.whole)
    named, named_end = offsets(source, one.named)
    return {
        "name": one.name,
        "words": words(one.words),
        "sort": one.sort,
        "start": start,
        "end": end,
        "named": [named, named_end],
        "path": steps_of(page.written.data, one.path),
        "parts": [part(page, inner) for inner in one.parts],
    }


def formulas(page: Page) -> Iterator[Json]:
    """Where the formulas of a text stand, quotes included, and under which path."""
    document = page.written
    for use in page.workspace.annotations.uses(document):
        if use.meaning == FORMULA:
            _, _, start, end, _ = document.positions[use.path]
            yield {"start": start, "end": end, "path": steps_of(document.data, use.path)}
