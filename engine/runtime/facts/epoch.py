"""The epoch of facts: another number once rows change past the event log. A copy of another epoch is made anew."""

from __future__ import annotations

from secrets import randbits

from engine.runtime.database.protocol import Session
from engine.runtime.rows import insert, select, update
from engine.runtime.schema.tables import Column, PhysicalKind, Table

EPOCH_TABLE = Table(
    "dougong_fact_epoch",
    (Column("id", PhysicalKind.INTEGER, nullable=False), Column("epoch", PhysicalKind.INTEGER, nullable=False)),
)
_ONE = 1


def epoch_of(session: Session) -> int:
    """The epoch of the rows that the session sees; 0 where rows were only ever written past nobody."""
    rows = select(session, EPOCH_TABLE.name, ("epoch",), {"id": _ONE})
    return int(str(rows[0][0])) if rows else 0


def begin_epoch(session: Session) -> None:
    """Rows were loaded, removed or altered by set: no copy that was made before says what they say."""
    number = randbits(62) + 1
    if not update(session, EPOCH_TABLE.name, {"epoch": number}, {"id": _ONE}):
        insert(session, EPOCH_TABLE.name, {"id": _ONE, "epoch": number})
