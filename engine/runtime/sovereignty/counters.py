"""Counters: of how many people data have left in a calendar year. Distinct people, over all destinations that count together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from engine.model.sources import Destination
from engine.runtime.database.protocol import Session
from engine.runtime.rows import insert_first, select, update
from engine.runtime.schema.tables import Column, PhysicalKind, Table

PERSON, YEAR = "dougong_egress_person", "dougong_egress_year"
COUNTER_TABLES = (
    Table(
        PERSON,
        (
            Column("year", PhysicalKind.INTEGER, nullable=False),
            Column("pool", PhysicalKind.TEXT, nullable=False),
            Column("person", PhysicalKind.TEXT, nullable=False),
            Column("sensitive", PhysicalKind.INTEGER, nullable=False),
        ),
        primary_key=("year", "pool", "person"),
    ),
    Table(
        YEAR,
        (
            Column("year", PhysicalKind.INTEGER, nullable=False),
            Column("pool", PhysicalKind.TEXT, nullable=False),
            Column("persons", PhysicalKind.INTEGER, nullable=False),
            Column("sensitive", PhysicalKind.INTEGER, nullable=False),
        ),
        primary_key=("year", "pool"),
    ),
)
SENSITIVE = "G4"
NEAR = 80
"""Per cent of a limit from which somebody is warned."""


@dataclass(frozen=True, slots=True)
class Tally:
    """People counted so far, and those of them with data of level G4."""

    persons: int = 0
    sensitive: int = 0


@dataclass(frozen=True, slots=True)
class Counting:
    """Who a request is about, in which year, as which pool; `prints` are digests of ids, one for each person."""

    year: int
    pool: str
    prints: tuple[str, ...]
    sensitive: bool


def counting_of(destination: Destination, persons: Iterable[str], level: str, year: int) -> Counting | None:
    """What a request counts as; None where its destination has no limit."""
    prints = tuple(sorted({hashlib.sha256(one.encode()).hexdigest()[:32] for one in persons}))
    if not prints or destination.limits == (None, None):
        return None
    return Counting(year, destination.pool[:200], prints, level >= SENSITIVE)


def tally(session: Session, year: int, pool: str) -> Tally:
    """What was counted in a year."""
    rows = select(session, YEAR, ("persons", "sensitive"), {"year": year, "pool": pool[:200]})
    return Tally(int(str(rows[0][0])), int(str(rows[0][1]))) if rows else Tally()


def tally_with(session: Session, counting: Counting) -> Tally:
    """What the counters would say with a request."""
    new, lifted = _new(session, counting)
    before = tally(session, counting.year, counting.pool)
    return Tally(before.persons + len(new), before.sensitive + (len(new) + len(lifted) if counting.sensitive else 0))


def count_in(session: Session, counting: Counting) -> Tally:
    """Count a request's people in the transaction that lets it out; what the counters say then."""
    where = {"year": counting.year, "pool": counting.pool}
    held = select(session, YEAR, ("persons",), where, lock=True)
    new, lifted = _new(session, counting)
    after = tally_with(session, counting)
    values = {"persons": after.persons, "sensitive": after.sensitive}
    if held:
        update(session, YEAR, values, where)
    else:
        insert_first(session, YEAR, {**where, **values})
    for person in new:
        insert_first(session, PERSON, {**where, "person": person, "sensitive": int(counting.sensitive)})
    for person in lifted:
        update(session, PERSON, {"sensitive": 1}, {**where, "person": person})
    return after


def is_past(session: Session, counting: Counting) -> bool:
    """Whether people of a later year were counted already: then the clock has gone back over a new year."""
    return bool(select(session, YEAR, ("year",), {"year >": counting.year, "pool": counting.pool}, limit=1))


def is_full(destination: Destination, counted: Tally) -> bool:
    """Whether a tally is over what a destination may have."""
    persons, sensitive = destination.limits
    return (persons is not None and counted.persons > persons) or (
        sensitive is not None and counted.sensitive > sensitive
    )


def is_near(destination: Destination, counted: Tally) -> bool:
    """Whether a tally has reached four fifths of a limit."""
    pairs = zip(destination.limits, (counted.persons, counted.sensitive), strict=True)
    return any(most and counted * 100 >= most * NEAR for most, counted in pairs)


def _new(session: Session, counting: Counting) -> tuple[list[str], list[str]]:
    """The people who are counted for the first time, and those for the first time with data of level G4."""
    new, lifted = [], []
    for person in counting.prints:
        where = {"year": counting.year, "pool": counting.pool, "person": person}
        rows = select(session, PERSON, ("sensitive",), where)
        if not rows:
            new.append(person)
        elif counting.sensitive and not rows[0][0]:
            lifted.append(person)
    return new, lifted
