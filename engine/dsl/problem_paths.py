"""Where in the data of its document a problem stands."""

from __future__ import annotations

from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.document import Document
from engine.dsl.source import Path


def path_at(document: Document, problem: Diagnostic) -> Path:
    """The innermost part of a document that holds the place of a problem."""
    span = problem.span
    start, end = (span.line, span.column), (span.end_line or span.line, span.end_column or span.column)
    return max(_around(document, start, end), key=len, default=())


def _around(document: Document, start: tuple[int, int], end: tuple[int, int]) -> Iterator[Path]:
    for path in document.positions:
        value, key = document.value_span(path), document.key_span(path)
        for one in (value, key):
            if (one.line, one.column) <= start and end <= (one.end_line, one.end_column):
                yield path
                break
