"""Deltas: what a write adds to the figures of its entity, appended in its own transaction: no two writers wait for each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.model.entities import Entity
from engine.model.requests import Change
from engine.model.rollup_splits import SCOPE_UNIT
from engine.model.rollups import Rollup, rollups_of
from engine.runtime.database.statements import StatementCache
from engine.runtime.rows import insert_many
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.rollup_tables import COUNT, HALF, ID, LOWER, RECORD, ROWS, UPPER, figure_columns
from engine.runtime.work import Work

Row = Mapping[str, object]


class RollupSink:
    """Appends the deltas of every Change of an entity with a roll-up."""

    def accept(self, work: Work, changes: Sequence[Change]) -> None:
        rollups = rollups_of(work.model)
        found: dict[str, list[Row]] = {}
        for change in changes:
            rollup = rollups.get(change.entity)
            if rollup is not None:
                rows = _rows(work, work.model.entities[change.entity], rollup, change)
                found.setdefault(rollup.deltas, []).extend(rows)
        for deltas, rows_of_it in found.items():
            insert_many(work.session, deltas, rows_of_it)


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
    found: dict[str, object] = {}
    for name, encode in _held(entity, rollup).columns:
        value = values.get(name)
        found[name] = value if value is None or encode is None else encode(value, dialect)
    return found


def _figures(entity: Entity, rollup: Rollup, values: Row | None, sign: int) -> dict[str, int]:
    held = _held(entity, rollup)
    found = dict(held.nothing)
    found[ROWS] = sign
    for one in held.measures:
        value = values.get(one.name) if values is not None else None
        if isinstance(value, Decimal | int):
            upper, lower = divmod(int(Decimal(value).scaleb(one.scale)), HALF)
            found[one.upper], found[one.lower], found[one.count] = sign * upper, sign * lower, sign
    return found


@dataclass(frozen=True, slots=True)
class _Measure:
    """A field that is summed, with its three columns."""

    name: str
    scale: int
    upper: str
    lower: str
    count: str


@dataclass(frozen=True, slots=True)
class _Held:
    """What a roll-up holds of an entity, worked out once: `columns` with how a Python value is stored (None: as it is)."""

    columns: tuple[tuple[str, Callable[[object, str], object] | None], ...]
    measures: tuple[_Measure, ...]
    nothing: Mapping[str, int]


_HELD = StatementCache(256)


def _held(entity: Entity, rollup: Rollup) -> _Held:
    return _HELD.get(rollup.deltas, lambda: _worked_out(entity, rollup))


def _worked_out(entity: Entity, rollup: Rollup) -> _Held:
    storages = {name: storage_of(entity.fields[name]) for name in rollup.columns if name != SCOPE_UNIT}
    return _Held(
        tuple((name, storages[name].to_stored if name in storages else None) for name in rollup.columns),
        tuple(
            _Measure(name, entity.fields[name].scale, f"{UPPER}{name}", f"{LOWER}{name}", f"{COUNT}{name}")
            for name in rollup.measures
        ),
        dict.fromkeys(figure_columns(rollup), 0),
    )


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: value + other[name] for name, value in one.items()}
