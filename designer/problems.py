"""Problems of the draft with the command that mends each, where one is known that cannot be mistaken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count

from designer.commands.new_ids import ids_of
from designer.commands.sheets import Command
from designer.draft.hashes import hash_of
from designer.paths import steps_of
from designer.plain import value_at
from engine.diagnostics import Diagnostic, Message
from engine.dsl.editing.fixes import fixes
from engine.dsl.source import Path, Reading, read_source

ID = "id"
Readings = Callable[[str], tuple[str, Reading] | None]
"""The text of a file of the draft and what it reads as; None where there is none."""


def fix_of(problem: Diagnostic, readings: Readings) -> Command | None:
    """The command that mends a problem; None where its author has to decide."""
    found = readings(problem.span.file)
    if found is None:
        return None
    text, reading = found
    first = next(iter(fixes(reading.source, problem)), None)
    if first is not None:
        edits = [{"start": one.start, "end": one.end, "text": one.text} for one in first.edits]
        return _labelled(first.words, {"do": "text", "file": first.file, "edits": edits, "hash": hash_of(text)})
    act = _BY_CODE.get(problem.code)
    path = path_of(problem, reading)
    return act(problem, reading.data, path) if act is not None and path else None


def path_of(problem: Diagnostic, reading: Reading) -> Path | None:
    """The path of the key or value that a problem is about; None where it is about none."""
    starts = reading.source.line_starts
    span = problem.span
    if not 0 < span.line <= len(starts):
        return None
    at = starts[span.line - 1] + span.column - 1
    fitting = [path for path, (key, _, value, _, _) in reading.positions.items() if at in (key, value)]
    return max(fitting, key=len, default=None) if any(len(one) for one in fitting) else None


def _without(problem: Diagnostic, data: object, path: Path) -> Command | None:
    """What does not belong there goes."""
    words = Message(f"去掉 {path[-1]}", f"Remove {path[-1]}")
    steps = steps_of(data, path)
    return _labelled(words, {"do": "remove", "file": problem.span.file, "path": steps, "expect": value_at(data, path)})


def _with_id(problem: Diagnostic, data: object, path: Path) -> Command | None:
    """An id that nothing else of the file has."""
    if problem.code == "E202" and (problem.hint is None or problem.hint.en != f"add {ID}:"):
        return None
    path = path[:-1] if path[-1] == ID else path
    item = value_at(data, path)
    stem = item.get("widget", "item") if isinstance(item, Mapping) else "item"
    taken = set(ids_of(data))
    free = next(name for number in count(1) if (name := f"{stem}{number}") not in taken)
    steps = [*path] if problem.code == "E210" else steps_of(data, path)
    words = Message(f"标识设为 {free}", f"Give it the id {free}")
    return _labelled(words, {"do": "set", "file": problem.span.file, "path": [*steps, ID], "value": free})


def _labelled(words: Message, command: Mapping[str, object]) -> Command:
    return {**command, "label": {"zh": words.zh, "en": words.en}}


_BY_CODE: Mapping[str, Callable[[Diagnostic, object, Path], Command | None]] = {
    "E201": _without,
    "E202": _with_id,
    "E207": _without,
    "E210": _with_id,
}


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
    problems: Sequence[Diagnostic], text: Callable[[str], str | None]
) -> Iterator[tuple[Diagnostic, Command | None, list[object] | None]]:
    """Each problem with its command and the path of what it is about."""
    readings = readings_of(text)
    for one in problems:
        found = readings(one.span.file)
        path = path_of(one, found[1]) if found else None
        yield one, fix_of(one, readings), steps_of(found[1].data, path) if found and path else None
