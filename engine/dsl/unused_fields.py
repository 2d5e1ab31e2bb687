"""Fields that nothing names: they stand on no form, page, list, figure or paper, in no formula, rule or demo row."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.annotations import LABEL, Use
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
    texts = {text for uses in context.uses.values() for use in uses if (text := _named(use))}
    words = {word for text in texts for word in _NAMES.findall(text)}
    for part in entities:
        for name, _ in part.entries("fields"):
            if name not in words:
                yield part.key_problem("I447", "fields", name, field=name)


def _named(use: Use) -> str:
    """The text that names things: not what people read, nor the name of a field where it is declared."""
    if use.meaning == LABEL:
        return ""
    if use.is_key:
        return "" if len(use.path) == ENTITY_KEYS and use.path[0] == "fields" else str(use.path[-1])
    return use.text
