"""Fields that nothing names: they stand on no form, page, list, figure or paper, in no formula, rule or demo row."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.annotations import LABEL, Use
from engine.dsl.document import Document
from engine.dsl.part import PassContext

_NAMES = re.compile(r"\w+")
ENTITY_KEYS = 2
"""Steps to the name of a field where it is declared: `fields`, its name."""


def unused_fields(context: PassContext) -> Iterator[Diagnostic]:
    """Fields of entities that have a form, and that no word of any definition means. A name that something else bears too is
    taken for used."""
    entered = {part.text("entity", part.name) for part in context.parts("forms")}
    entities = [part for part in context.parts("entities") if part.name in entered]
    if not entities:
        return
    words = set[str]().union(
        *(_words_of(document, context) for listed in context.sound.values() for document in listed)
    )
    for part in entities:
        for name, _ in part.entries("fields"):
            if name not in words:
                yield part.key_problem("I447", "fields", name, field=name)


def _words_of(document: Document, context: PassContext) -> frozenset[str]:
    """The words of what a document names."""

    def found() -> frozenset[str]:
        texts = {text for use in context.meanings(document) if (text := _named(use))}
        return frozenset(word for text in texts for word in _NAMES.findall(text))

    return context.alone.of("words", document, None, found)


def _named(use: Use) -> str:
    """The text that names things: not what people read, nor the name of a field where it is declared."""
    if use.meaning == LABEL:
        return ""
    if use.is_key:
        return "" if len(use.path) == ENTITY_KEYS and use.path[0] == "fields" else str(use.path[-1])
    return use.text
