"""The outline of a text: its parts with their labels, as editors list them beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.diagnostics import Message, Span
from engine.dsl.document import Document
from engine.dsl.editing.named import label_of
from engine.dsl.source import Path

DEEPEST = 6
"""Keys and items below this are told by the one around them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A key or an item of a list: `whole` is the span of all of it, `named` that of its name. `sort` is map, list or value."""

    path: Path
    name: str
    words: Message
    sort: str
    whole: Span
    named: Span
    parts: tuple[Part, ...]


def outline(document: Document) -> tuple[Part, ...]:
    """The parts of a document's own file in the order of its text; what could not be read has none."""
    return tuple(_parts(document, (), document.data))


def _parts(document: Document, path: Path, value: object) -> Iterator[Part]:
    if len(path) >= DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _part(document, (*path, key), str(key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if isinstance(inner, Mapping):
                yield from _part(document, (*path, index), _item_name(inner, index), inner)


def _part(document: Document, path: Path, name: str, value: object) -> Iterator[Part]:
    key_start, key_end, start, end, source = document.positions.get(path, (-1, -1, -1, -1, -1))
    if source != 0:
        return
    text = document.sources[0]
    begin = key_start if key_start >= 0 else start
    stop = max(len(text.text[:end].rstrip()), key_end, begin)
    named = (
        text.span(key_start, key_end) if key_start >= 0 else text.span(start, min(_first_line(text.text, start), stop))
    )
    sort = "map" if isinstance(value, Mapping) else "list" if isinstance(value, list) else "value"
    yield Part(
        path, name, label_of(document, path), sort, text.span(begin, stop), named, tuple(_parts(document, path, value))
    )


def _first_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _item_name(item: Mapping[str, object], index: int) -> str:
    """What an item is called: its id or name, with its widget or step; else its number."""
    name = next((str(item[key]) for key in ("id", "name", "title") if isinstance(item.get(key), str)), f"{index + 1}")
    kind = next((str(item[key]) for key in ("widget", "step", "type") if isinstance(item.get(key), str)), "")
    return f"{name} ({kind})" if kind else name
