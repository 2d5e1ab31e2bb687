"""Moments: when the installation last did what it does now and then, by name."""

from __future__ import annotations

from datetime import datetime

from engine.runtime.database.protocol import Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert_first, select
from engine.runtime.schema.tables import Column, PhysicalKind, Table

MOMENT = "dougong_moment"
MOMENT_TABLE = Table(
    MOMENT,
    (Column("name", PhysicalKind.TEXT, nullable=False), Column("at", PhysicalKind.INTEGER, nullable=False)),
    primary_key=("name",),
)


def remember_moment(session: Session, name: str, at: datetime) -> None:
    """It was done now. Of two transactions that say so at once, the later one is run again after the first."""
    delete(session, MOMENT, {"name": name})
    insert_first(session, MOMENT, {"name": name, "at": to_micros(at)})


def last_moment(session: Session, name: str) -> datetime | None:
    """When it was done last, None when it never was."""
    rows = select(session, MOMENT, ("at",), {"name": name})
    return from_micros(int(str(rows[0][0]))) if rows else None


def forget_moment(session: Session, name: str) -> None:
    """As if it had never been done."""
    delete(session, MOMENT, {"name": name})
