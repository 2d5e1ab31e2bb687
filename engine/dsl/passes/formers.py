"""Former names of resources and of the parts of a life. Those of entities and fields stand with these."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part, PassContext
from engine.model.formers import Former

NAMED = ("roles", "pages", "dashboards", "metrics", "units", "workflows", "sources", "knowledge")
"""Kinds whose names data is stored under."""
PARTS = ("states", "transitions")


def compile_formers(context: PassContext) -> Iterator[Former | Diagnostic]:
    for kind in NAMED:
        taken = context.symbols.documents.get(kind, {})
        for part in context.parts(kind):
            yield from _of(part, kind, "", part.name, taken)
    for part in context.parts("workflows"):
        for listed in PARTS:
            items = list(part.items(listed))
            ids = [one.id for one in items]
            for item in items:
                yield from _of(item, listed, part.name, item.id, ids)


def _of(part: Part, kind: str, owner: str, now: str, taken: Collection[str]) -> Iterator[Former | Diagnostic]:
    for old in part.formers():
        if old in taken:
            yield part.problem("E418", "renamed_from", name=old)
        else:
            yield Former(kind, owner, now, old, part.place)
