"""Deltas: what a write adds to the figures of its entity, appended in its own transaction: no two writers wait for each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from engine.model.entities import Entity
from engine.model.requests import Change
from engine.model.rollups import SCOPE_UNIT, Rollup, rollups_of
from engine.runtime.rows import insert_many
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.rollup_tables import COUNT, HALF, ID, LOWER, RECORD, ROWS, UPPER, figure_columns
from engine.runtime.work import Work

Row = Mapping[str, object]


class RollupSink:
    """Appends the deltas of every Change of an entity with a roll-up."""

    def accept(self, work: Work, changes: Sequence[Change]) -> None:
        rollups = rollups_of(work.model)
        for change in changes:
            rollup = rollups.get(change.entity)
            if rollup is not None:
                entity = work.model.entities[change.entity]
                insert_many(work.session, rollup.deltas, [*_rows(work, entity, rollup, change)])


def _rows(work: Work, entity: Entity, rollup: Rollup, change: Change) -> Iterator[Row]:
    """Nothing, one delta or two: a row that stays in its cells changes them once, one that moves leaves and arrives."""
    dialect = work.session.dialect
    old = change.before if change.lived else None
    new = change.after if change.lives else None
    was = _columns(entity, rollup, old, dialect) if old is not None else None
    now = _columns(entity, rollup, new, dialect) if new is not None else None
    figures: list[tuple[Row, Row]] = []
    if was is not None and was == now:
        figures.append((was, _added(_figures(entity, rollup, new, 1), _figures(entity, rollup, old, -1))))
    else:
        if was is not None:
            figures.append((was, _figures(entity, rollup, old, -1)))
        if now is not None:
            figures.append((now, _figures(entity, rollup, new, 1)))
    for columns, added in figures:
        if any(added.values()):
            yield {ID: work.ids.next(), RECORD: change.id, **columns, **added}


def _columns(entity: Entity, rollup: Rollup, values: Row, dialect: str) -> Row:
    return {
        name: values.get(name) if name == SCOPE_UNIT else storage_of(entity.fields[name]).encode(values[name], dialect)
        for name in rollup.columns
    }


def _figures(entity: Entity, rollup: Rollup, values: Row | None, sign: int) -> dict[str, int]:
    found = dict.fromkeys(figure_columns(rollup), 0)
    found[ROWS] = sign
    for name in rollup.measures:
        value = values.get(name) if values is not None else None
        if isinstance(value, Decimal | int):
            stored = int(Decimal(value).scaleb(entity.fields[name].scale))
            upper, lower = divmod(stored, HALF)
            found |= {f"{UPPER}{name}": sign * upper, f"{LOWER}{name}": sign * lower, f"{COUNT}{name}": sign}
    return found


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: value + other[name] for name, value in one.items()}
