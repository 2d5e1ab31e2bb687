"""The field names in the text of a formula as it stands in a file: where each is, and of which entity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.dsl.environments import VARIABLES
from engine.dsl.symbols import Symbols, resolve_path

_TOKEN = re.compile(
    r"""(?P<text>\\"(?:[^"\\]|\\\\\\.)*\\"|"(?:[^"\\]|\\.)*"|'[^']*')"""
    r"""|(?P<chain>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)(?P<call>\s*\()?""",
    re.ASCII,
)
_UNFINISHED = re.compile(r"(?:[^\W\d]\w*\.)*(?:[^\W\d]\w*)?\Z")
_STEP = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class FieldWord:
    """A name at offsets of the text that is the field `field` of `entity`."""

    start: int
    end: int
    entity: str
    field: str


def field_words(text: str, entity: str, symbols: Symbols) -> Iterator[FieldWord]:
    """Every field name in `text`, a formula of `entity`; `text` may hold the quotes and escapes of its YAML."""
    for offset, chain in chains(text):
        yield from _chain(offset, chain, entity, symbols)


def chains(text: str) -> Iterator[tuple[int, str]]:
    """Every chain of names in `text` with its offset; calls and what stands in quotes are none."""
    for token in _TOKEN.finditer(text):
        if token["chain"] is not None and token["call"] is None:
            yield token.start("chain"), token["chain"]


def texts_in(text: str) -> Iterator[tuple[int, str]]:
    """Every text in quotes in `text`, a formula as it is meant or as its file has it, with its offset: quotes and escapes
    stand around it."""
    for token in _TOKEN.finditer(text):
        if token["text"] is not None:
            yield token.start("text"), token["text"]


def unfinished_text(before: str) -> str | None:
    """The chain of names that a formula cut off here ends with; None inside a text in quotes."""
    if before.count('"') % 2:
        return None
    found = _UNFINISHED.search(before)
    return found.group() if found else ""


def inside_quotes(raw: str) -> tuple[str, int]:
    """A formula as its file has it without the quotes around it, every character in its place, and where it begins."""
    if raw[:1] not in {'"', "'"}:
        return raw, 0
    inner = raw[1:-1]
    return (inner.replace("''", '" ') if raw[0] == "'" else inner), 1


def _chain(offset: int, chain: str, entity: str, symbols: Symbols) -> Iterator[FieldWord]:
    """The fields along a dotted path, through relations and collections; a variable of the request is none."""
    if "".join(chain.split()) in VARIABLES:
        return
    current = entity
    for step in _STEP.finditer(chain):
        if current not in symbols.entities:
            return
        found = resolve_path(symbols, current, step.group())
        if found.collection is not None:
            current = found.collection.entity
        elif found.field is not None:
            yield FieldWord(offset + step.start(), offset + step.end(), current, step.group())
            current = found.field.target or ""
        else:
            return
