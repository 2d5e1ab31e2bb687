"""Removed packs whose data was kept: which migration retired which tables, so that the pack finds them when it returns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.runtime.database.protocol import Session
from engine.runtime.rows import delete, insert, select
from engine.runtime.schema.live import table_names
from engine.runtime.schema.tables import Column, PhysicalKind, Table

REMOVED = "dougong_removed_pack"
REMOVED_TABLE = Table(
    REMOVED,
    (
        Column("migration", PhysicalKind.INTEGER, nullable=False),
        Column("pack", PhysicalKind.TEXT, nullable=False),
        Column("tables", PhysicalKind.TEXT, nullable=False),
    ),
    primary_key=("migration",),
)


@dataclass(frozen=True, slots=True)
class Removal:
    """A pack was removed by a migration that kept these tables as tombstones."""

    migration: int
    pack: str
    tables: frozenset[str]


def remember_removal(session: Session, migration: int, pack: str, tables: Iterable[str]) -> None:
    """A pack was removed and its data kept."""
    insert(session, REMOVED, {"migration": migration, "pack": pack, "tables": " ".join(sorted(tables))})


def removals(session: Session) -> list[Removal]:
    """Removals whose data is still kept, newest first."""
    if REMOVED not in table_names(session):
        return []
    rows = select(session, REMOVED, ("migration", "pack", "tables"), order=("-migration",))
    return [Removal(int(str(number)), str(pack), frozenset(str(tables).split())) for number, pack, tables in rows]


def forget_removal(session: Session, migration: int) -> None:
    """Its data is in use again."""
    delete(session, REMOVED, {"migration": migration})
