"""Plain data as YAML text: quotes where the core schema needs them, short values on one line, others over several."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping

from engine.dsl.scalars import Inexact, Misleading, resolve

WIDTH = 120
_FLOW_SIGNS = frozenset(",[]{}")
_FIRST_SIGNS = frozenset("?:,[]{}#&*!|>'\"%@`-=<~")
_LINE_OF_BLOCK = re.compile(r"[^\s].*(?<!\s)|")
QUOTES = ("'", '"')


class NotWritable(ValueError):
    """A value that no definition can hold; `args[0]` names it."""


def scalar_text(value: object, *, flow: bool, quote: str = "") -> str:
    """A scalar on one line. `quote` is the quote that a text before it stood in: it is kept. Raises NotWritable."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if not isinstance(value, str):
        raise NotWritable(type(value).__name__)
    return _text(value, flow, quote)


def key_text(key: str) -> str:
    """A key as it stands before its colon."""
    return scalar_text(key, flow=True)


def _number(value: float) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        raise NotWritable(str(value))
    text = str(value) if isinstance(value, int) else repr(value)
    try:
        read = resolve(text)
    except Inexact:
        raise NotWritable(text) from None
    if type(read) is not type(value) or read != value:
        raise NotWritable(text)
    return text


def _text(value: str, flow: bool, quote: str) -> str:
    if "\n" in value or "\r" in value or quote == '"':
        return json.dumps(value, ensure_ascii=False)
    if quote == "'":
        return "'" + value.replace("'", "''") + "'"
    return value if _is_plain(value, flow) else json.dumps(value, ensure_ascii=False)


def _is_plain(text: str, flow: bool) -> bool:
    """Does a text read as itself without quotes?"""
    if not text or text != text.strip() or not text.isprintable() or text.startswith(("---", "...")):
        return False
    first_is_sign = text[0] in _FIRST_SIGNS
    if first_is_sign and not (text[0] == "-" and len(text) > 1 and (text[1].isalpha() or text[1] == "_")):
        return False
    if ": " in text or " #" in text or text.endswith(":") or (flow and (":" in text or _FLOW_SIGNS & set(text))):
        return False
    try:
        return resolve(text) == text
    except (Misleading, Inexact):
        return False


def flow_text(value: object) -> str:
    """Any value on one line. Raises NotWritable."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key_text(str(key))}: {flow_text(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow_text, value)) + "]"
    return scalar_text(value, flow=True)


def is_collection(value: object) -> bool:
    return isinstance(value, Mapping | list)


def entry_lines(head: str, value: object, column: int, *, compact: bool = True, item: bool = False) -> Iterator[str]:
    """The lines of an entry that begins with `head` (`key:` or `-`) at `column`; the first line has no indentation.

    `compact` writes short collections between brackets on one line; `item` says that it stands in a list.
    """
    if isinstance(value, str) and _fits_block(value):
        yield from _block_lines(head, value, column)
        return
    if not is_collection(value):
        yield f"{head} {scalar_text(value, flow=False)}"
        return
    assert isinstance(value, Mapping | list)
    line = flow_text(value)
    if not value or (compact and _is_small(value) and column + len(head) + 1 + len(line) <= WIDTH):
        yield f"{head} {line}"
        return
    inner = list(_parts(value, column + 2, compact=compact or not item))
    pad = " " * (column + 2)
    if item and isinstance(value, Mapping):
        yield f"{head} {inner[0]}"
        inner = inner[1:]
    else:
        yield head
        inner[0] = pad + inner[0]
    yield from inner


def _parts(value: Mapping[str, object] | list[object], column: int, *, compact: bool) -> Iterator[str]:
    """The lines of all entries of a collection at `column`; the very first has no indentation."""
    pad, first = " " * column, True
    for head, part, item in _heads(value):
        lines = list(entry_lines(head, part, column, compact=compact, item=item))
        yield lines[0] if first else pad + lines[0]
        yield from lines[1:]
        first = False


def _heads(value: Mapping[str, object] | list[object]) -> Iterator[tuple[str, object, bool]]:
    if isinstance(value, list):
        yield from (("-", part, True) for part in value)
    else:
        yield from ((f"{key_text(str(key))}:", part, False) for key, part in value.items())


def _is_small(value: Mapping[str, object] | list[object]) -> bool:
    """Is it short enough for one line: plain values alone, or a map with such parts?"""
    parts = list(value.values()) if isinstance(value, Mapping) else value
    inner = [part for part in parts if isinstance(part, Mapping | list)]
    return not inner or (isinstance(value, Mapping) and not any(_holds_collections(part) for part in inner))


def _holds_collections(value: Mapping[str, object] | list[object]) -> bool:
    return any(map(is_collection, value.values() if isinstance(value, Mapping) else value))


def _fits_block(value: str) -> bool:
    """Can a text over several lines stand as it is, line by line?"""
    lines = value.removesuffix("\n").split("\n")
    return "\n" in value and bool(lines[0]) and bool(lines[-1]) and all(map(_LINE_OF_BLOCK.fullmatch, lines))


def _block_lines(head: str, value: str, column: int) -> Iterator[str]:
    yield f"{head} |" if value.endswith("\n") else f"{head} |-"
    pad = " " * (column + 2)
    yield from (pad + line if line else "" for line in value.removesuffix("\n").split("\n"))
