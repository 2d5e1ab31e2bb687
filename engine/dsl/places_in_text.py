"""From an offset in a text value to its place in the file, past quotes and escapes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from engine.diagnostics import Diagnostic, Span
from engine.dsl.document import Document
from engine.dsl.source import Path

_ESCAPED = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)|.", re.DOTALL)
_DOUBLED = re.compile(r"''|.", re.DOTALL)


def raw_offset(raw: str, offset: int) -> int:
    """Where the character at `offset` of a value stands in `raw`, the value as written on one line."""
    if raw[:1] not in {'"', "'"}:
        return offset
    pattern = _ESCAPED if raw[0] == '"' else _DOUBLED
    position = 1
    for _ in range(offset):
        found = pattern.match(raw, position)
        if found is None:
            break
        position = found.end()
    return min(position, len(raw) - 1)


def inside(document: Document, path: Path, problem: Diagnostic, offset: int) -> Diagnostic:
    """A problem of the text at `path` at the character `offset` of its value; as it is where the text has several lines."""
    _, _, start, end, number = document.positions[path]
    source = document.sources[number]
    raw = source.text[start:end]
    if "\n" in raw:
        return problem
    begin = start + raw_offset(raw, offset)
    span = source.span(begin, begin + 1)
    return replace(problem, span=span, excerpt=source.excerpt(span))


def located(document: Document, path: Path, problems: Iterable[Diagnostic], base: Span) -> Iterator[Diagnostic]:
    """Problems of the formula at `path`, which count columns from behind a quote at `base`, at their true places."""
    _, _, start, end, number = document.positions[path]
    source = document.sources[number]
    raw = source.text[start:end]
    for one in problems:
        inside = one.span.line == base.line and one.span.column > base.column and "\n" not in raw
        if not inside:
            yield replace(one, excerpt=source.excerpt(one.span))
            continue
        begin = start + raw_offset(raw, one.span.column - base.column - 1)
        span = source.span(begin, begin + 1)
        yield replace(one, span=span, excerpt=source.excerpt(span))
