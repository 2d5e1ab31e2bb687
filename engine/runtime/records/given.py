"""Given cells: a row that does not stand yet, as a formula reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.model.entities import Entity
from engine.model.names import empty_map
from engine.runtime.query.names import Reader, find
from engine.runtime.query.records import find_record
from engine.runtime.rows import select
from engine.runtime.storage.built_in import KERNEL_FIELDS, KERNEL_TABLES, field_of
from engine.runtime.storage.fields import storage_of
from engine.runtime.work import Work


@dataclass(frozen=True, slots=True)
class GivenCells:
    """The cells of a row that does not stand yet; paths go on along relations to rows that do.

    `parts` are the values of its sub-tables' rows; `whole` is, for such a row, the relation to its whole and the whole.
    """

    work: Work
    entity: Entity
    values: Mapping[str, object]
    parts: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=empty_map)
    whole: tuple[str, GivenCells] | None = None

    def cell(self, path: tuple[str, ...]) -> object:
        if self.whole is not None and path[0] == self.whole[0] and len(path) > 1:
            return self.whole[1].cell(path[1:])
        value = self.values.get(path[0])
        holder = field_of(self.entity, path[0])
        for name in path[1:]:
            if holder is None or not isinstance(value, int):
                return None
            if holder.relation is not None:
                target = self.work.model.entities[holder.relation.entity]
                table, found = target.name, field_of(target, name)
            else:
                table, found = KERNEL_TABLES[holder.kind], KERNEL_FIELDS[holder.kind].get(name)
            if found is None:
                return None
            rows = select(self.work.session, table, (name,), {"id": value})
            value = storage_of(found).decode(rows[0][0], self.work.session.dialect) if rows else None
            holder = found
        return value

    def children(self, path: tuple[str, ...]) -> Sequence[GivenCells]:
        collection = self.entity.collections.get(path[0])
        if collection is None:
            return ()
        child, whole = self.work.model.entities[collection.entity], (collection.by, self)
        return [GivenCells(self.work, child, row, whole=whole) for row in self.parts.get(path[0], ())]


@dataclass(frozen=True, slots=True)
class SeenCells:
    """Given cells as their reader sees them, here and along relations: what may not be read is empty."""

    given: GivenCells
    readable: frozenset[str]

    def cell(self, path: tuple[str, ...]) -> object:
        if path[0] not in self.readable:
            return None
        value, field = self.given.values.get(path[0]), self.given.entity.fields.get(path[0])
        if len(path) == 1 or field is None or field.relation is None:
            return self.given.cell(path)
        work, target = self.given.work, field.relation.entity
        if not isinstance(value, int) or find(Reader(work.model, work.context), target, path[1:]) is None:
            return None
        record, name = find_record(work, target, value, (path[1:],)), ".".join(path[1:])
        return record.cells.get(name) if record is not None and name not in record.masked else None

    def children(self, path: tuple[str, ...]) -> Sequence[GivenCells]:
        return self.given.children(path)
