"""The field names in the text of a formula as it stands in a file: where each is, and of which entity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.dsl.symbols import Symbols, resolve_path

_TOKEN = re.compile(
    r"""(?P<text>\\"(?:[^"\\]|\\\\\\.)*\\"|"(?:[^"\\]|\\.)*"|'[^']*')"""
    r"""|(?P<chain>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)(?P<call>\s*\()?|(?P<open>\()|(?P<close>\))""",
    re.ASCII,
)
_STEP = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class FieldWord:
    """A name at offsets of the text that is the field `field` of `entity`."""

    start: int
    end: int
    entity: str
    field: str


@dataclass(slots=True)
class _Call:
    """An open bracket; `child` is the entity whose rows its aggregate folds."""

    child: str | None = None


def field_words(text: str, entity: str, symbols: Symbols) -> Iterator[FieldWord]:
    """Every field name in `text`, a formula of `entity`; `text` may hold the quotes and escapes of its YAML."""
    calls: list[_Call] = []
    for token in _TOKEN.finditer(text):
        if token["open"] is not None:
            calls.append(_Call())
        elif token["close"] is not None:
            calls = calls[:-1]
        elif token["call"] is not None:
            calls.append(_Call())
        elif token["chain"] is not None:
            yield from _chain(token.start("chain"), token["chain"], (entity, calls), symbols)


def _chain(offset: int, chain: str, scope: tuple[str, list[_Call]], symbols: Symbols) -> Iterator[FieldWord]:
    """The fields along a dotted path, resolved where its first step is a name: in the rows being folded, else outside."""
    entity, calls = scope
    steps = list(_STEP.finditer(chain))
    contexts = [call.child for call in reversed(calls) if call.child is not None]
    current = next((one for one in (*contexts, entity) if _knows(symbols, one, steps[0].group())), None)
    for step in steps:
        if current is None or current not in symbols.entities:
            return
        found = resolve_path(symbols, current, step.group())
        if found.collection is not None:
            current = found.collection.entity
            if calls and calls[-1].child is None:
                calls[-1].child = current
        elif found.field is not None:
            yield FieldWord(offset + step.start(), offset + step.end(), current, step.group())
            current = found.field.target
        else:
            return


def _knows(symbols: Symbols, entity: str, name: str) -> bool:
    found = resolve_path(symbols, entity, name)
    return found.field is not None or found.collection is not None
