"""Inserting: many new rows of one entity written by one statement, numbered, and known as they stand then."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

from engine.model.entities import Entity, FieldKind
from engine.runtime.instants import to_micros
from engine.runtime.records.changes import ChangeSet
from engine.runtime.records.foretelling import foretell
from engine.runtime.records.fresh_rows import Fresh
from engine.runtime.records.numbering import number_rows
from engine.runtime.records.stored import StoredRow, columns_of, inserted_rows
from engine.runtime.work import Work


def insert_fresh(work: Work, changes: ChangeSet, entity: Entity, rows: Sequence[Fresh]) -> None:
    """Write new rows in their order; each has its id then."""
    if not rows:
        return
    _number(work, entity, rows)
    foretold = foretell(work, entity, [one.whole for one in rows])
    for one, record in zip(rows, work.ids.many(len(rows)), strict=True):
        one.id = record
        changes.touch(entity, record, None, "create", foretold=foretold)
        changes.now[entity.name, record] = StoredRow(record, 1, None, one.unit, one.whole)
    now, by = to_micros(work.context.now), work.context.principal.user_id or None
    built_in = ([one.id for one in rows], *map(repeat, (1, now, by, now, by, None)), [one.unit for one in rows])
    columns = inserted_rows(work, entity, [(one.id, one.whole) for one in rows])
    work.session.load(entity.name, columns_of(entity), zip(*built_in, *columns, strict=False))


def _number(work: Work, entity: Entity, rows: Sequence[Fresh]) -> None:
    for one in rows:
        one.whole = dict(one.values)
    for declared in entity.fields.values():
        if declared.kind is FieldKind.NUMBER_CODE and declared.number is not None:
            bare = [one for one in rows if one.values[declared.name] is None]
            if bare:
                numbers = number_rows(work, entity, declared, [one.unit for one in bare])
                for one, number in zip(bare, numbers, strict=True):
                    one.whole[declared.name] = number
