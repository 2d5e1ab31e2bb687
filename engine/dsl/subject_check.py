"""Entities that hold what is sensitive and that no data subject's request would ever reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import Diagnostic
from engine.dsl.part import PassContext
from engine.model.entities import Entity
from engine.model.subjects import declared_level, ways_to_subjects

SENSITIVE = ("G3", "G4")


def check_subjects(context: PassContext, entities: Mapping[str, object]) -> Iterator[Diagnostic]:
    """Every entity with a field of level G3 or above that reaches no subject and does not say that it is about nobody."""
    known = {name: one for name, one in entities.items() if isinstance(one, Entity)}
    reached = ways_to_subjects(known)
    for part in context.parts("entities"):
        entity = known.get(part.name)
        if entity is None or entity.about_nobody or reached.get(part.name):
            continue
        field = next((one for one in entity.fields.values() if declared_level(one) in SENSITIVE), None)
        if field is not None:
            place = part.inner("fields", field.name)
            key = ("level",) if place.has("level") else ()
            yield place.problem("W405", *key, entity=part.name, field=field.name, level=declared_level(field))
