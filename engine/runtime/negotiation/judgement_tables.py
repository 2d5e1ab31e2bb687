"""Judgements: what a decision came to beside what was advised, in figures that are worked out once and read many at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import insert, select
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table

JUDGEMENT = "dougong_negotiation_judgement"
_TEXT, _NUMBER = PhysicalKind.TEXT, PhysicalKind.INTEGER
_TEXTS = frozenset({"negotiation", "advised", "moved"})
_MAYBE = frozenset({"best", "chosen", "low", "high", "won", "chance", "waited"})
"""What is None where nobody knows it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A decision, by its id, beside the package that was expected to leave most when it was taken.

    `advised` is that package, empty where no chance was known; `followed` whether its terms were taken, `moved` the levers
    by which they were not (`payment_days+` gives the customer more than advised, `price-` less). In fen: `best` and
    `chosen` are what the two were expected to leave, `low` to `high` how far apart they may be, `won` what the chosen terms
    leave when they are signed; `whole` where our own cost is taken off. `chance` of winning in ten-thousandths,
    `waited` seconds since the terms of now stood as they were, `offered` whether a customer's offer was on the table.
    `reads` are the Reads that it was made on.
    """

    id: int
    negotiation: str
    record: int
    at: datetime
    by: int
    unit: int
    advised: str
    followed: bool
    moved: str
    whole: bool
    best: int | None
    chosen: int | None
    low: int | None
    high: int | None
    won: int | None
    chance: int | None
    waited: int | None
    offered: bool
    reads: int

    @property
    def regret(self) -> int | None:
        """How much less than advised the chosen terms were expected to leave; nothing where they leave more."""
        return None if self.best is None or self.chosen is None else max(self.best - self.chosen, 0)


_COLUMNS = tuple(one.name for one in fields(Judgement))
JUDGEMENT_TABLE = Table(
    JUDGEMENT,
    tuple(Column(name, _TEXT if name in _TEXTS else _NUMBER, nullable=name in _MAYBE) for name in _COLUMNS),
    indexes=(
        Index("dougong_negotiation_judgement__at", ("negotiation", "at")),
        Index("dougong_negotiation_judgement__by", ("negotiation", "by", "at")),
    ),
    derived=True,
)


def add_judgement(session: Session, judgement: Judgement) -> None:
    row = {name: getattr(judgement, name) for name in _COLUMNS}
    flags = {name: int(row[name]) for name in ("followed", "whole", "offered")}
    insert(session, JUDGEMENT, row | flags | {"at": to_micros(judgement.at)})


def judgement_of_decision(session: Session, identity: int) -> Judgement | None:
    rows = select(session, JUDGEMENT, _COLUMNS, {"id": identity})
    return _judgement(rows[0]) if rows else None


def newest_judgements(session: Session, where: Mapping[str, object], most: int) -> list[Judgement]:
    """At most so many, the newest first."""
    rows = select(session, JUDGEMENT, _COLUMNS, where, order=("-at", "-id"), limit=most)
    return [_judgement(row) for row in rows]


def _judgement(row: Row) -> Judgement:
    cells = dict(zip(_COLUMNS, row, strict=True))

    def number(name: str) -> int:
        return int(str(cells[name]))

    def maybe(name: str) -> int | None:
        return None if cells[name] is None else number(name)

    return Judgement(
        id=number("id"),
        negotiation=str(cells["negotiation"]),
        record=number("record"),
        at=from_micros(number("at")),
        by=number("by"),
        unit=number("unit"),
        advised=str(cells["advised"]),
        followed=bool(number("followed")),
        moved=str(cells["moved"]),
        whole=bool(number("whole")),
        best=maybe("best"),
        chosen=maybe("chosen"),
        low=maybe("low"),
        high=maybe("high"),
        won=maybe("won"),
        chance=maybe("chance"),
        waited=maybe("waited"),
        offered=bool(number("offered")),
        reads=number("reads"),
    )
