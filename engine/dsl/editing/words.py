"""The names that a text uses, word by word: where each stands, and what it means. One reading for references and renames."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.diagnostics import Span
from engine.dsl.annotations import FORMULA, Use
from engine.dsl.document import Document
from engine.dsl.editing.formula_words import words_of_formula
from engine.dsl.editing.named import Named, named_at
from engine.dsl.symbols import Symbols
from engine.dsl.words_of_formulas import chains, inside_quotes


@dataclass(frozen=True, slots=True)
class Word:
    """A name at a place of a file, and where it is declared."""

    span: Span
    declared: Span


def words_of(document: Document, use: Use, name: str, symbols: Symbols) -> Iterator[Word]:
    """The words of one use that end with `name` and are declared somewhere; of a path or formula each step by itself."""
    key_start, key_end, start, end, number = document.positions[use.path]
    begin, stop = (key_start, key_end) if use.is_key else (start, end)
    source = document.sources[number]
    raw = source.text[begin:stop]
    for chain, offset in _chains(raw, use):
        for step in re.finditer(r"[^.]+", chain):
            if step.group() != name:
                continue
            written = chain[: step.end()]
            found = _named(document, use, written, symbols)
            if found is not None and found.span is not None:
                at = begin + offset + step.start()
                yield Word(source.span(at, at + len(name)), found.span)


def _chains(raw: str, use: Use) -> Iterator[tuple[str, int]]:
    """The chains of names in a value as written, with their offsets."""
    if use.meaning == FORMULA:
        inner, shift = inside_quotes(raw)
        yield from ((chain, shift + offset) for offset, chain in chains(inner) if " " not in chain)
    elif use.text:
        shift = 1 if use.meaning == "sort" and use.text.startswith("-") else 0
        yield use.text[shift:], max(raw.find(use.text), 0) + shift


def _named(document: Document, use: Use, written: str, symbols: Symbols) -> Named | None:
    candidates: Iterable[Named] = (
        words_of_formula(document, use.path, written, symbols)
        if use.meaning == FORMULA
        else named_at(use.meaning, document, use.path, written, symbols)
    )
    return next((one for one in candidates if one.name == written), None)
