"""Tables of a roll-up: folded cells, and the deltas that writes append. Their own columns begin with `_`, as no field does."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.entities import Entity
from engine.model.rollup_splits import SCOPE_UNIT
from engine.model.rollups import Rollup
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table
from engine.runtime.storage.fields import storage_of

SPLIT, KEY, ROWS, ID, RECORD = "_split", "_key", "_rows", "_id", "_record"
UPPER, LOWER, COUNT = "_upper_", "_lower_", "_count_"
HALF = 10**9
"""A sum is kept as that of the upper and that of the lower nine digits: neither leaves 64 bits before 9 billion rows."""


def rollup_tables(entity: Entity, rollup: Rollup) -> tuple[Table, Table]:
    """The tables of cells and of deltas. No column is a foreign key: an erased target takes its cells along by a rebuild."""
    shared = (*(_column(entity, name) for name in rollup.columns), *_figures(rollup))
    cells = Table(
        rollup.cells,
        (
            Column(SPLIT, PhysicalKind.INTEGER, nullable=False),
            Column(KEY, PhysicalKind.TEXT, nullable=False),
            *shared,
        ),
        primary_key=(SPLIT, KEY),
        indexes=tuple(_indexes(rollup)),
        derived=True,
    )
    deltas = Table(
        rollup.deltas,
        (
            Column(ID, PhysicalKind.INTEGER, nullable=False),
            Column(RECORD, PhysicalKind.INTEGER, nullable=False),
            *shared,
        ),
        primary_key=(ID,),
        indexes=(Index(f"ix_{rollup.deltas[:50]}_record", (RECORD,)),),
        derived=True,
    )
    return cells, deltas


def _indexes(rollup: Rollup) -> Iterator[Index]:
    """By day for who reads all units, by unit and day for who reads some."""
    name = f"ix_{rollup.entity[:40]}_{rollup.mark}"
    for at, time in enumerate(rollup.times):
        if time in rollup.columns:
            yield Index(f"{name}_{at}", (SPLIT, time))
            yield Index(f"{name}_unit_{at}", (SPLIT, SCOPE_UNIT, time))
    if not rollup.times and SCOPE_UNIT in rollup.columns:
        yield Index(f"{name}_unit", (SPLIT, SCOPE_UNIT))


def figure_columns(rollup: Rollup) -> tuple[str, ...]:
    """The columns that are summed: the number of rows, and three for each measure."""
    return (ROWS, *(f"{part}{name}" for name in rollup.measures for part in (UPPER, LOWER, COUNT)))


def _figures(rollup: Rollup) -> Iterator[Column]:
    return (Column(name, PhysicalKind.INTEGER, nullable=False) for name in figure_columns(rollup))


def _column(entity: Entity, name: str) -> Column:
    if name == SCOPE_UNIT:
        return Column(name, PhysicalKind.INTEGER)
    return Column(name, storage_of(entity.fields[name]).physical)
