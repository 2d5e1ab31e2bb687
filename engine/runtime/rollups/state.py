"""The state of roll-ups: which are built, and how far one under construction has come."""

from __future__ import annotations

from engine.model.app import AppModel
from engine.model.rollups import Rollup, rollups_of
from engine.runtime.database.protocol import Session
from engine.runtime.rows import delete, insert, select, update
from engine.runtime.schema.tables import Column, PhysicalKind, Table

NOTHING_YET = -1
ROLLUP_TABLE = Table(
    "dougong_rollup",
    (
        Column("cells", PhysicalKind.TEXT, nullable=False),
        Column("entity", PhysicalKind.TEXT, nullable=False),
        Column("counted_to", PhysicalKind.INTEGER, nullable=False),
        Column("built", PhysicalKind.BOOLEAN, nullable=False),
    ),
    primary_key=("cells",),
)
"""Per table of cells: the id of the last row that a construction has counted, and whether it is done."""


def built_cells(session: Session) -> frozenset[str]:
    """The tables of cells from which figures may be read."""
    return frozenset(str(row[0]) for row in select(session, ROLLUP_TABLE.name, ("cells", "built")) if row[1])


def counted_to(session: Session, rollup: Rollup) -> int | None:
    """How far the construction of a roll-up has come; None when it has not begun."""
    rows = select(session, ROLLUP_TABLE.name, ("counted_to",), {"cells": rollup.cells})
    return int(str(rows[0][0])) if rows else None


def remember(session: Session, rollup: Rollup, counted: int, done: bool) -> None:
    """A construction has come to the row `counted`."""
    values = {"counted_to": counted, "built": done}
    if not update(session, ROLLUP_TABLE.name, values, {"cells": rollup.cells}):
        insert(session, ROLLUP_TABLE.name, {"cells": rollup.cells, "entity": rollup.entity, **values})


def forget(session: Session, rollup: Rollup) -> None:
    """The roll-up no longer holds what the rows say: figures come from rows until it is built anew."""
    delete(session, ROLLUP_TABLE.name, {"cells": rollup.cells})


def forget_undeclared(session: Session, model: AppModel) -> None:
    """Roll-ups that the model does not have are kept by nobody from now on, and must not be believed when they return."""
    declared = {one.cells for one in rollups_of(model).values()}
    for (cells,) in select(session, ROLLUP_TABLE.name, ("cells",)):
        if cells not in declared:
            delete(session, ROLLUP_TABLE.name, {"cells": cells})


def unbuilt(session: Session, model: AppModel) -> tuple[Rollup, ...]:
    """The roll-ups of a model that are not built, in order of entities."""
    known = built_cells(session)
    return tuple(one for one in rollups_of(model).values() if one.cells not in known)
