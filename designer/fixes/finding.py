"""Problems of the draft with the command that mends each, where one is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from designer.commands.sheets import Command
from designer.draft.hashes import hash_of
from designer.fixes.branches import pruned, stateless
from designer.fixes.broken import Broken, labelled
from designer.fixes.languages import translated
from designer.fixes.rights import granted, opened
from designer.fixes.shape import with_id, without
from designer.fixes.sorting import kept_with_the_row
from designer.paths import steps_of
from engine.diagnostics import Diagnostic
from engine.dsl.compiler import Compilation
from engine.dsl.document import Document
from engine.dsl.editing.fixes import fixes
from engine.dsl.source import Path, Reading, read_source

Readings = Callable[[str], tuple[str, Reading] | None]
"""The text of a file of the draft and what it reads as; None where there is none."""

BY_CODE: Mapping[str, Callable[[Broken], Command | None]] = {
    "E201": without,
    "E202": with_id,
    "E207": without,
    "E210": with_id,
    "E481": pruned,
    "I447": without,
    "I451": kept_with_the_row,
    "W402": translated,
    "W421": stateless,
    "W440": granted,
    "W445": opened,
    "W484": pruned,
}
"""What mends a problem by its code."""
OF_THE_FILE = frozenset({"W440"})
"""Codes that speak of a whole file, wherever they stand in it."""


def fix_of(problem: Diagnostic, readings: Readings, documents: Sequence[Document]) -> Command | None:
    """The command that mends a problem; None where its author has to decide."""
    found = readings(problem.span.file)
    if found is None:
        return None
    text, reading = found
    first = next(iter(fixes(reading.source, problem)), None)
    if first is not None:
        edits = [{"start": one.start, "end": one.end, "text": one.text} for one in first.edits]
        return labelled(first.words, {"do": "text", "file": first.file, "edits": edits, "hash": hash_of(text)})
    act, path = BY_CODE.get(problem.code), path_of(problem, reading)
    if act is None or (path is None and problem.code not in OF_THE_FILE):
        return None
    return act(Broken(problem, reading.data, path or (), documents))


def path_of(problem: Diagnostic, reading: Reading) -> Path | None:
    """The path of the key or value that a problem is about; None where it is about none."""
    starts = reading.source.line_starts
    span = problem.span
    if not 0 < span.line <= len(starts):
        return None
    at = starts[span.line - 1] + span.column - 1
    fitting = [path for path, (key, _, value, _, _) in reading.positions.items() if at in (key, value)]
    return max(fitting, key=len, default=None) if any(len(one) for one in fitting) else None


def readings_of(text: Callable[[str], str | None]) -> Readings:
    """Readings of the draft's texts, each read once."""
    known: dict[str, tuple[str, Reading] | None] = {}

    def read(file: str) -> tuple[str, Reading] | None:
        if file not in known:
            found = text(file)
            known[file] = None if found is None else (found, read_source(file, found.encode("utf-8", "surrogatepass")))
        return known[file]

    return read


def with_fixes(
    compilation: Compilation, text: Callable[[str], str | None]
) -> Iterator[tuple[Diagnostic, Command | None, list[object] | None]]:
    """Each problem with its command and the path of what it is about."""
    readings = readings_of(text)
    for one in compilation.diagnostics:
        found = readings(one.span.file)
        path = path_of(one, found[1]) if found else None
        yield (
            one,
            fix_of(one, readings, compilation.documents),
            steps_of(found[1].data, path) if found and path else None,
        )
