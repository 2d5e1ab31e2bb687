"""Tables of themes: what was learnt of each relation that is proposed by words, and the groups of leftovers with their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.runtime.database.protocol import Session
from engine.runtime.rows import delete, insert, insert_many, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

LEARNT = "dougong_learnt"
LEFTOVER = "dougong_leftover"
LEFTOVER_ROW = "dougong_leftover_row"
LEARNT_TABLE = Table(
    LEARNT,
    (Column("about", PhysicalKind.TEXT, nullable=False), Column("kept", PhysicalKind.TEXT, nullable=False)),
    primary_key=("about",),
)
LEFTOVER_TABLE = Table(
    LEFTOVER,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("about", PhysicalKind.TEXT, nullable=False),
        Column("state", PhysicalKind.TEXT, nullable=False),
        Column("decided_by", PhysicalKind.INTEGER),
        Column("decided_at", PhysicalKind.INTEGER),
        Column("named", PhysicalKind.INTEGER),
    ),
    indexes=(Index("dougong_leftover__about", ("about", "state")),),
)
LEFTOVER_ROW_TABLE = Table(
    LEFTOVER_ROW,
    (
        Column("leftover", PhysicalKind.INTEGER, nullable=False),
        Column("place", PhysicalKind.INTEGER, nullable=False),
        Column("record", PhysicalKind.INTEGER, nullable=False),
    ),
    primary_key=("leftover", "place"),
)
THEME_TABLES = (LEARNT_TABLE, LEFTOVER_TABLE, LEFTOVER_ROW_TABLE)


class LeftoverState(StrEnum):
    """A group waits for a name, has one, or was put aside by a person; what was decided is not proposed again."""

    OPEN = "open"
    NAMED = "named"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Leftover:
    """A group of rows whose sentences fit no theme, the most typical first."""

    id: int
    about: str
    state: LeftoverState
    rows: tuple[int, ...]


def about_of(entity: str, field: str) -> str:
    return f"{entity}.{field}"


def learnt(session: Session, about: str) -> str | None:
    rows = select(session, LEARNT, ("kept",), {"about": about})
    return str(rows[0][0]) if rows else None


def keep_learnt(session: Session, about: str, kept: str) -> None:
    delete(session, LEARNT, {"about": about})
    insert(session, LEARNT, {"about": about, "kept": kept})


def leftovers(
    session: Session, about: str, state: LeftoverState | None = None, most: int | None = None
) -> list[Leftover]:
    """The groups of a relation, the newest first."""
    where = {"about": about} if state is None else {"about": about, "state": state.value}
    found = select(session, LEFTOVER, ("id", "state"), where, order=("-id",), limit=most)
    return [Leftover(int(str(one)), about, LeftoverState(str(at)), _rows(session, int(str(one)))) for one, at in found]


def named_rows(session: Session, about: str) -> dict[int, tuple[int, ...]]:
    """The rows that a person gave a theme by naming their group, by the theme's id."""
    where = {"about": about, "state": LeftoverState.NAMED.value}
    found = select(session, LEFTOVER, ("id", "named"), where, order=("id",))
    return {int(str(theme)): _rows(session, int(str(one))) for one, theme in found if theme is not None}


def _rows(session: Session, leftover: int) -> tuple[int, ...]:
    found = select(session, LEFTOVER_ROW, ("record",), {"leftover": leftover}, order=("place",))
    return tuple(int(str(row[0])) for row in found)


def add_leftover(session: Session, leftover: Leftover) -> None:
    row = {"id": leftover.id, "about": leftover.about, "state": leftover.state.value}
    insert(session, LEFTOVER, {**row, "decided_by": None, "decided_at": None, "named": None})
    put_rows(session, leftover.id, leftover.rows)


def put_rows(session: Session, leftover: int, rows: Sequence[int]) -> None:
    """What a group holds now."""
    delete(session, LEFTOVER_ROW, {"leftover": leftover})
    insert_many(
        session,
        LEFTOVER_ROW,
        [{"leftover": leftover, "place": at, "record": row} for at, row in enumerate(rows)],
    )


def decide_leftover(
    session: Session, leftover: int, state: LeftoverState, who: tuple[int, int], named: int | None = None
) -> bool:
    """What a person (id, instant) decided of a group that was open; False when it was not."""
    row = {"state": state.value, "decided_by": who[0], "decided_at": who[1], "named": named}
    return update(session, LEFTOVER, row, {"id": leftover, "state": LeftoverState.OPEN.value}) > 0
