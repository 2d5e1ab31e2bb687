"""The stamp of who may do what: one row with a random number, new after every write to units, seats, delegations, roles.

What is remembered of a person's roles and units holds as long as the stamp that was read in the same transaction. The
number is random and not counted up, so that a transaction that was rolled back leaves none behind that comes again.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from engine.runtime import rows
from engine.runtime.database.protocol import Session
from engine.runtime.schema.tables import Column, PhysicalKind, Table

STAMP = "dougong_stamp"
STAMP_TABLE = Table(
    STAMP,
    (Column("id", PhysicalKind.INTEGER, nullable=False), Column("stamp", PhysicalKind.INTEGER, nullable=False)),
)
_ONLY: Mapping[str, object] = {"id": 1}


def insert(session: Session, table: str, row: Mapping[str, object]) -> None:
    """Add a row of a table that says who may do what."""
    rows.insert(session, table, row)
    _renew(session)


def update(session: Session, table: str, values: Mapping[str, object], where: Mapping[str, object]) -> int:
    """Change rows of a table that says who may do what; the number changed."""
    changed = rows.update(session, table, values, where)
    _renew(session)
    return changed


def delete(session: Session, table: str, where: Mapping[str, object]) -> int:
    """Remove rows of a table that says who may do what; the number removed."""
    removed = rows.delete(session, table, where)
    _renew(session)
    return removed


def stamp_of(session: Session) -> int | None:
    """The stamp as this transaction sees it; None as long as there was no write, which is as good a stamp as any."""
    found = rows.select(session, STAMP, ("stamp",), _ONLY)
    return int(str(found[0][0])) if found else None


def _renew(session: Session) -> None:
    stamp = secrets.randbits(62)
    if rows.update(session, STAMP, {"stamp": stamp}, _ONLY) == 0:
        rows.insert_first(session, STAMP, {**_ONLY, "stamp": stamp})
