"""Ownership: the unit that owns a row, from its own unit field, along a relation, or from the whole of a part."""

from __future__ import annotations

from engine.model.entities import Entity
from engine.runtime.rows import select
from engine.runtime.work import Work


def owning_unit(work: Work, entity: Entity, record: int) -> int | None:
    """The unit that the row belongs to by its definition."""
    path = entity.owned_by
    if path is None:
        if entity.part_of is None:
            return None
        path = (entity.part_of, "scope_unit")
    current: int | None = record
    holder: Entity | None = entity
    for name in path:
        if holder is None or current is None:
            return None
        found = select(work.session, holder.name, (name,), {"id": current})
        current = int(str(found[0][0])) if found and found[0][0] is not None else None
        field = holder.fields.get(name)
        holder = work.model.entities.get(field.relation.entity) if field and field.relation else None
    return current


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
