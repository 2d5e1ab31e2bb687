"""Ownership: the unit that owns a row, from its own unit field, along a relation, or from the whole of a part."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.entities import Entity
from engine.runtime.rows import select
from engine.runtime.work import Work


def owning_unit_of(work: Work, entity: Entity, values: Mapping[str, object]) -> int | None:
    """The unit that a row with these values will belong to."""
    path = path_to_unit(entity)
    return _at_end(work, entity, path, values.get(path[0])) if path else None


def path_to_unit(entity: Entity) -> tuple[str, ...]:
    """The way from a row to its unit; empty for rows that belong to none."""
    if entity.owned_by is not None:
        return entity.owned_by
    return (entity.part_of, "scope_unit") if entity.part_of is not None else ()


def _at_end(work: Work, entity: Entity, path: tuple[str, ...], first: object) -> int | None:
    """The unit at the end of a path whose first value is known."""
    current = int(str(first)) if first is not None else None
    holder = _target(work, entity, path[0])
    for name in path[1:]:
        if holder is None or current is None:
            return None
        found = select(work.session, holder.name, (name,), {"id": current})
        current = int(str(found[0][0])) if found and found[0][0] is not None else None
        holder = _target(work, holder, name)
    return current


def _target(work: Work, holder: Entity, name: str) -> Entity | None:
    field = holder.fields.get(name)
    return work.model.entities.get(field.relation.entity) if field and field.relation else None


def owner_dependents(work: Work, entity: Entity, record: int) -> list[tuple[str, int]]:
    """The rows of other entities whose owner follows this row's: parts, and rows owned along a relation to it."""
    found: list[tuple[str, int]] = []
    for other in work.model.entities.values():
        for name in _leading_fields(other):
            field = other.fields.get(name)
            if field and field.relation and field.relation.entity == entity.name:
                found += [
                    (other.name, int(str(row[0]))) for row in select(work.session, other.name, ("id",), {name: record})
                ]
    return found


def _leading_fields(entity: Entity) -> tuple[str, ...]:
    if entity.owned_by is not None and len(entity.owned_by) > 1:
        return entity.owned_by[:1]
    return (entity.part_of,) if entity.part_of else ()
