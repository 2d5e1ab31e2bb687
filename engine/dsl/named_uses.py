"""What the definitions say of fields and of one another, as values of the model: the walk that references, renaming and
formulas are read by, once more for lineage."""

from __future__ import annotations

from collections.abc import Iterator

from engine.dsl.annotations import FORMULA
from engine.dsl.document import Document
from engine.dsl.part import PassContext
from engine.dsl.scopes import entity_at, formula_entity
from engine.dsl.source import Path
from engine.dsl.symbols import Symbols
from engine.model.uses import Use

SILENT = frozenset({"tests", "demo", "texts", "pack", "roles", "units"})
"""Kinds that no value of a record flows through: what tries, fills, words and orders an application."""
MEANINGS = frozenset(
    {FORMULA, "field", "path", "sort", "collection", "metric", "form", "rule", "map", "pipeline", "destination"}
)
"""What may carry a value: fields by whatever way they are named, and what is made of them."""
WRITING = frozenset({"entities", "workflows"})
"""Kinds whose `set` names fields that are written."""
SET = 2
"""Steps from the end to `set`, the name of the field being the last."""


def named_uses(context: PassContext) -> tuple[Use, ...]:
    """Every use of a name in the sound documents, in the order of kinds, names and text."""
    symbols = context.symbols
    around = (symbols.entities, {name: one.pack for name, one in symbols.documents.get("workflows", {}).items()})
    found: list[Use] = []
    for kind in sorted(context.sound.keys() - SILENT):
        for document in context.sound[kind]:
            given = (around, context.formulas.get(document.resource))
            found += context.alone.of("named uses", document, given, lambda at=document: tuple(_uses(context, at)))  # type: ignore[misc]
    return tuple(found)


def _uses(context: PassContext, document: Document) -> Iterator[Use]:
    for one in context.meanings(document):
        if one.meaning not in MEANINGS or not (one.text or one.is_key):
            continue
        formula = context.formula(document, one.path) if one.meaning == FORMULA else None
        speaks_of = formula_entity if one.meaning == FORMULA else entity_at
        yield Use(
            resource=document.resource,
            steps=one.path,
            meaning=one.meaning,
            text=str(one.path[-1]) if one.is_key else one.text,
            entity=speaks_of(document, one.path, context.symbols) or "",
            place=document.place(one.path),
            formula=formula,
            into=_written(document, one.path, context.symbols),
        )


def _written(document: Document, path: Path, symbols: Symbols) -> str:
    """The entity of the field that the value at `path` goes into; empty where it goes into none."""
    if document.kind not in WRITING or len(path) < SET or path[-SET] not in {"set", "values"}:
        return ""
    return entity_at(document, path, symbols) or ""
