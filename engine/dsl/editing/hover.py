"""Hover and go to definition: what the word under the cursor is, and where it is declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from engine.diagnostics import Message, Span
from engine.dsl.annotations import FORMULA
from engine.dsl.editing.completion import description
from engine.dsl.editing.formula_words import functions, words_of_formula
from engine.dsl.editing.named import Named, named_at
from engine.dsl.editing.schema_at import Place, place_at
from engine.dsl.editing.spot import Spot, offset_of, spot_at
from engine.dsl.editing.workspace import Known, Workspace

_CHAIN = re.compile(r"[A-Za-z_\u4e00-\u9fff][\w]*(?:\.[A-Za-z_]\w*)*")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What stands under the cursor: its words, the span of the word, and where it is declared (None: nowhere in text)."""

    words: Message
    span: Span
    declared: Span | None


def meaning_at(workspace: Workspace, file: FilePath, line: int, column: int) -> Meaning | None:
    """The meaning of the word at a line and column (from 1) of the editor's text; None where there is none."""
    pack_file = workspace.pack_file(file)
    if pack_file is None:
        return None
    document = workspace.parsed(pack_file, workspace.text(file))
    spot = spot_at(document, offset_of(document, line, column))
    if spot is None or not spot.path:
        return None
    known = workspace.known()
    if spot.is_key:
        return _key(spot, known)
    place = place_at(document, spot.path, known.widgets, known.nodes)
    return _value(spot, place, known) if place else None


def _key(spot: Spot, known: Known) -> Meaning | None:
    around = place_at(spot.document, spot.path[:-1], known.widgets, known.nodes)
    named = around.schema.get("x-ref-keys") if around else None
    if isinstance(named, str):
        return _named(spot, named_at(named, spot.document, spot.path, str(spot.path[-1]), known.symbols))
    place = place_at(spot.document, spot.path, known.widgets, known.nodes)
    return Meaning(_schema_words(place), _span(spot, spot.start, spot.end), None) if place else None


def _value(spot: Spot, place: Place, known: Known) -> Meaning | None:
    if place.schema.get("x-type") == FORMULA or place.schema.get("x-formula"):
        return _in_formula(spot, known)
    if place.meaning is None:
        return Meaning(_schema_words(place), _span(spot, spot.start, spot.end), None)
    word = _word(spot)
    candidates = named_at(place.meaning, spot.document, spot.path, word, known.symbols)
    return _named(spot, candidates, word)


def _word(spot: Spot) -> str:
    """The name in the value as far as the step under the cursor."""
    value = str(spot.document.at(spot.path))
    reach = spot.at - spot.start - max(spot.raw.find(value), 0)
    end = value.find(".", max(reach, 0))
    return value if end < 0 else value[:end]


def _in_formula(spot: Spot, known: Known) -> Meaning | None:
    """The chain under the cursor up to the step it stands on, or a function."""
    for found in _CHAIN.finditer(spot.raw):
        start, end = spot.start + found.start(), spot.start + found.end()
        if not start <= spot.at <= end:
            continue
        chain = found.group()
        if spot.raw[found.end() :].lstrip().startswith("("):
            return _one(functions(), chain.lower(), _span(spot, start, end))
        stop = chain.find(".", spot.at - start)
        chain = chain if stop < 0 else chain[:stop]
        words = words_of_formula(spot.document, spot.path, chain, known.symbols)
        return _one(words, chain, _span(spot, start, start + len(chain)))
    return None


def _named(spot: Spot, candidates: Iterator[Named], word: str = "") -> Meaning | None:
    return _one(candidates, word or str(spot.path[-1]), _span(spot, spot.start, spot.end))


def _one(candidates: Iterator[Named], name: str, span: Span) -> Meaning | None:
    found = next((one for one in candidates if one.name.lower() == name.lower()), None)
    if found is None:
        return None
    words = Message(f"{name}\n{found.words.zh}".strip(), f"{name}\n{found.words.en}".strip())
    return Meaning(words, span, found.span)


def _schema_words(place: Place) -> Message:
    """The description of a value, what it may be, and what it is when it is not written."""
    words = description(place.schema)
    options = place.schema.get("enum")
    told = ", ".join(map(str, options)) if isinstance(options, list) else str(place.schema.get("type", ""))
    default = place.schema.get("default")
    zh = [words.zh, told, f"缺省：{default}" if default is not None else ""]
    en = [words.en, told, f"default: {default}" if default is not None else ""]
    return Message("\n".join(filter(None, zh)), "\n".join(filter(None, en)))


def _span(spot: Spot, start: int, end: int) -> Span:
    return spot.document.sources[0].span(start, end)
