"""What the designer's interface answers with: files, changes, diagnostics as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from designer.differences.texts import TextDifference
from designer.draft.acting import day_began
from designer.draft.desk import Desk
from designer.draft.hashes import hash_of
from designer.draft.journal import Entry, to_redo, to_undo
from engine.diagnostics import Diagnostic, Message, Severity
from engine.dsl.compiler import Compilation
from engine.dsl.source import read_source
from engine.runtime.work import Work

Json = Mapping[str, object]


def words(message: Message | None) -> Json | None:
    """A sentence in both languages."""
    return None if message is None else {"zh": message.zh, "en": message.en}


def steps_left(work: Work) -> dict[str, object]:
    """What the caller can undo and redo."""
    author = work.context.principal.user_id
    today = day_began(work.context)
    undo, redo = to_undo(work.session, author, today), to_redo(work.session, author, today)
    return {"undo": _labelled(undo), "redo": _labelled(redo)}


def _labelled(entry: Entry | None) -> Json | None:
    return None if entry is None else {"label": words(entry.label)}


def file_body(desk: Desk, file: str) -> dict[str, object]:
    """A file after a change: its hash and data, or that it is gone."""
    text = desk.text(file)
    if text is None:
        return {"file": file, "deleted": True}
    return {"file": file, "hash": hash_of(text), "data": data_of(file, text), "changed": file in desk.files}


def data_of(file: str, text: str) -> object:
    """The plain data of a text; None where it cannot be read."""
    return read_source(file, text.encode("utf-8", "surrogatepass")).data


def counts(compilation: Compilation) -> dict[str, int]:
    """How many errors and warnings there are."""
    return {
        "errors": sum(one.severity is Severity.ERROR for one in compilation.diagnostics),
        "warnings": sum(one.severity is Severity.WARNING for one in compilation.diagnostics),
    }


def problem_body(one: Diagnostic) -> dict[str, object]:
    """A diagnostic with its words in both languages."""
    span = one.span
    return {
        "code": one.code,
        "severity": str(one.severity),
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "message": words(one.message),
        "hint": words(one.hint),
    }


def problems_of(found: Iterable[Diagnostic], file: str) -> Sequence[Json]:
    return [problem_body(one) for one in found if one.span.file == file]


def texts_body(found: Sequence[TextDifference]) -> list[Json]:
    """Differences of texts, hunk by hunk."""
    return [
        {
            "file": one.file,
            "effect": str(one.effect),
            "added": one.added,
            "removed": one.removed,
            "hunks": [
                {"old": hunk.old_start, "new": hunk.new_start, "lines": [list(line) for line in hunk.lines]}
                for hunk in one.hunks
            ],
        }
        for one in found
    ]
