"""The working calendar: working hours, public holidays and the weekends that make up for them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.model.flows import Term
from engine.runtime.database.protocol import Session
from engine.runtime.rows import delete, insert, select
from engine.runtime.schema.tables import Column, PhysicalKind, Table

DAY = "dougong_calendar_day"
CALENDAR_TABLE = Table(
    DAY,
    (
        Column("day", PhysicalKind.TEXT, nullable=False),
        Column("working", PhysicalKind.BOOLEAN, nullable=False),
        Column("name", PhysicalKind.TEXT, nullable=False),
        Column("source", PhysicalKind.TEXT, nullable=False),
    ),
    primary_key=("day",),
)
HOLIDAYS = Path(__file__).parent / "holidays.csv"
HOURS = ((time(9), time(12)), (time(13), time(18)))
"""The working hours of a working day, in the zone of the flow."""
WEEKDAYS = 5
FURTHEST = 3660
"""Days that a deadline is looked for at most; a calendar without a working day in ten years is none."""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not what its weekday says: a holiday, or a weekend that is worked; `source` says who says so."""

    day: date
    working: bool
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked, from when until when."""

    special: Mapping[date, bool]
    hours: tuple[tuple[time, time], ...] = HOURS

    def works(self, day: date) -> bool:
        return self.special.get(day, day.weekday() < WEEKDAYS)


def shipped_days() -> Mapping[date, SpecialDay]:
    """The public holidays that are known to this release."""
    return _shipped()


def special_days(session: Session, year: int | None = None) -> Mapping[date, SpecialDay]:
    """The special days: those shipped, with what was set here in their place; of one year, or all."""
    own = {one.day: one for one in map(_special, select(session, DAY, ("day", "working", "name", "source")))}
    found = {**shipped_days(), **own}
    return {day: one for day, one in sorted(found.items()) if year is None or day.year == year}


def calendar_of(session: Session) -> Calendar:
    """The calendar of the installation."""
    return Calendar({day: one.working for day, one in special_days(session).items()})


def set_day(session: Session, special: SpecialDay) -> None:
    """Say what a day is."""
    forget_day(session, special.day)
    row = {
        "day": special.day.isoformat(),
        "working": special.working,
        "name": special.name,
        "source": special.source,
    }
    insert(session, DAY, row)


def forget_day(session: Session, day: date) -> None:
    """Take back what was set for a day."""
    delete(session, DAY, {"day": day.isoformat()})


def due(calendar: Calendar, start: datetime, term: Term, zone: str) -> datetime:
    """The instant at which a term that begins at `start` has passed.

    Working days end at the same time of day, so many working days later; then working hours and minutes pass while work
    is done. A term that begins outside of working time begins with the next.
    """
    local = ZoneInfo(zone)
    if not term.working:
        later = start.astimezone(local) + timedelta(days=term.days)
        return later.astimezone(UTC) + timedelta(hours=term.hours, minutes=term.minutes)
    at = _in_working_time(calendar, start.astimezone(local))
    for _ in range(term.days):
        at = _same_time_next_day(calendar, at)
    left = timedelta(hours=term.hours, minutes=term.minutes)
    for begins, ends in _spans(calendar, at):
        if left <= ends - begins:
            return begins + left
        left -= ends - begins
    raise ValueError("the calendar has no working time left")


def _in_working_time(calendar: Calendar, at: datetime) -> datetime:
    """The instant itself, or the next at which work is done."""
    return next(begins for begins, _ in _spans(calendar, at)).astimezone(at.tzinfo)


def _same_time_next_day(calendar: Calendar, at: datetime) -> datetime:
    for ahead in range(1, FURTHEST):
        day = at.date() + timedelta(days=ahead)
        if calendar.works(day):
            return datetime.combine(day, at.timetz().replace(tzinfo=None), at.tzinfo)
    raise ValueError("the calendar has no working day left")


def _spans(calendar: Calendar, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The spans of working time from an instant on, in UTC so that a change of clocks does not stretch them."""
    for ahead in range(FURTHEST):
        day = at.date() + timedelta(days=ahead)
        if not calendar.works(day):
            continue
        for opens, closes in calendar.hours:
            begins = datetime.combine(day, opens, at.tzinfo).astimezone(UTC)
            ends = datetime.combine(day, closes, at.tzinfo).astimezone(UTC)
            if ends > at.astimezone(UTC):
                yield max(begins, at.astimezone(UTC)), ends


@cache
def _shipped() -> Mapping[date, SpecialDay]:
    with HOLIDAYS.open(encoding="utf-8", newline="") as file:
        rows = [
            SpecialDay(date.fromisoformat(row["day"]), row["working"] == "1", row["name"], row["source"])
            for row in csv.DictReader(file)
        ]
    return {one.day: one for one in rows}


def _special(row: tuple[object, ...]) -> SpecialDay:
    return SpecialDay(date.fromisoformat(str(row[0])), bool(row[1]), str(row[2]), str(row[3]))
