"""Data subjects: which entities are people and companies that may ask for their data, and by which way rows belong to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.model.entities import Entity, Field, FieldKind, OnDelete


@dataclass(frozen=True, slots=True)
class SubjectWay:
    """A way from the rows of an entity to the subject that they belong to: relation fields, none for the subject itself.

    `parted`: what the row says of the subject can be taken out of it, and the rest stays (its relation is cleared).
    """

    subject: str
    path: tuple[str, ...] = ()
    parted: bool = False


def subject_entities(entities: Mapping[str, Entity]) -> frozenset[str]:
    """The entities whose rows are data subjects: declared ones, and those at which `subject` paths end."""
    ends = (_end(entities, one) for one in entities.values() if one.subject)
    return frozenset(one for one in ends if one is not None) | frozenset(
        one.name for one in entities.values() if one.data_subject
    )


def ways_to_subjects(entities: Mapping[str, Entity]) -> Mapping[str, tuple[SubjectWay, ...]]:
    """By entity how its rows belong to subjects; none for those that belong to nobody.

    A row belongs by its declared path, as a part of a whole that belongs, or because it cannot be without a row that does.
    """
    subjects = subject_entities(entities)
    found: dict[str, tuple[SubjectWay, ...]] = {name: (SubjectWay(name),) for name in sorted(subjects)}
    for name, entity in sorted(entities.items()):
        way = _declared(entities, entity)
        if way is not None:
            found[name] = (*found.get(name, ()), way)
    while added := _bound(entities, found):
        found |= added
    return found


def bound_to(field: Field) -> bool:
    """Whether a row cannot be without the one that the field points at: it goes with it."""
    relation = field.relation
    return relation is not None and (field.required or relation.on_delete is OnDelete.CASCADE)


def declared_level(field: Field) -> str:
    """The level that the text declares: where it is found automatically, the lowest that it may be."""
    return (field.floor or "G1") if field.level == "auto" else max(field.level, field.floor or "G0")


def is_personal(field: Field) -> bool:
    """Whether a field says who somebody is or what is sensitive about them."""
    reached_by = field.kind in (FieldKind.PHONE, FieldKind.EMAIL)
    return reached_by or field.mask is not None or declared_level(field) >= "G2"


def tells(entity: Entity, field: Field) -> bool:
    """Whether a row is told from all others by a field."""
    return field.unique or field.name in entity.natural_key


def _declared(entities: Mapping[str, Entity], entity: Entity) -> SubjectWay | None:
    end = _end(entities, entity)
    if entity.subject is None or end is None:
        return None
    path = tuple(entity.subject.split("."))
    first = entity.fields[path[0]]
    parted = not first.required and first.relation is not None and first.relation.on_delete is OnDelete.CLEAR
    return SubjectWay(end, path, parted)


def _end(entities: Mapping[str, Entity], entity: Entity) -> str | None:
    """The entity at which the `subject` path ends; None for a path that is no way of relations."""
    at: Entity | None = entity
    for name in (entity.subject or "").split("."):
        field = at.fields.get(name) if at is not None else None
        at = entities.get(field.relation.entity) if field is not None and field.relation is not None else None
    return at.name if at is not None else None


def _bound(
    entities: Mapping[str, Entity], found: Mapping[str, tuple[SubjectWay, ...]]
) -> dict[str, tuple[SubjectWay, ...]]:
    """The ways of entities that have none yet, by what they cannot be without."""
    added: dict[str, tuple[SubjectWay, ...]] = {}
    for name, entity in sorted(entities.items()):
        if name in found:
            continue
        ways = [
            SubjectWay(way.subject, (field.name, *way.path))
            for field in entity.fields.values()
            if field.relation is not None and bound_to(field)
            for way in found.get(field.relation.entity, ())
            if not way.parted
        ]
        if ways:
            added[name] = tuple(dict.fromkeys(ways))
    return added
