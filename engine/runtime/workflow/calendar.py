"""The working calendar: when work is done, and when a term has passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.model.flows import Term
from engine.runtime.database.protocol import Session
from engine.runtime.workflow.calendar_days import STANDARD_HOURS, Spans, special_days, working_hours

FURTHEST = 3660
"""Days that a deadline is looked for at most; a calendar without a working day in ten years is none."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked, from when until when. `special` days differ from their weekday: worked or not."""

    special: Mapping[date, bool]
    hours: Mapping[int, Spans] = field(default_factory=lambda: STANDARD_HOURS)

    def works(self, day: date) -> bool:
        return self.special.get(day, bool(self.hours[day.weekday()]))

    def spans(self, day: date) -> Spans:
        """When work is done on a day. A day off that is worked has the hours of the first day of the week that has any."""
        if not self.works(day):
            return ()
        return self.hours[day.weekday()] or next(spans for _, spans in sorted(self.hours.items()) if spans)


def calendar_of(session: Session) -> Calendar:
    """The calendar of the installation."""
    special = {day: one.working for day, one in special_days(session).items()}
    return Calendar(special, working_hours(session))


def due(calendar: Calendar, start: datetime, term: Term, zone: str) -> datetime:
    """The instant (UTC) at which a term that begins at `start` has passed.

    A working term begins at once or, outside of working time, when work is taken up again. So many working days later it
    is the same time of day; then working hours and minutes pass while work is done.
    """
    local = ZoneInfo(zone)
    if not term.working:
        later = start.astimezone(local) + timedelta(days=term.days)
        return later.astimezone(UTC) + timedelta(hours=term.hours, minutes=term.minutes)
    at = _in_working_time(calendar, start.astimezone(local))
    if term.days:
        at = _in_working_time(calendar, _days_later(calendar, at, term.days))
    left = timedelta(hours=term.hours, minutes=term.minutes)
    for begins, ends in _spans(calendar, at):
        if left <= ends - begins:
            return begins + left
        left -= ends - begins
    raise ValueError("the calendar has no working time left")


def worked_minutes(calendar: Calendar, start: datetime, end: datetime, zone: str) -> int:
    """The whole minutes of working time between two instants."""
    worked = timedelta()
    for begins, ends in _spans(calendar, start.astimezone(ZoneInfo(zone))):
        if begins >= end:
            break
        worked += min(ends, end) - begins
    return worked // timedelta(minutes=1)


def _in_working_time(calendar: Calendar, at: datetime) -> datetime:
    """The instant itself, or the next at which work is done."""
    return next(begins for begins, _ in _spans(calendar, at)).astimezone(at.tzinfo)


def _days_later(calendar: Calendar, at: datetime, days: int) -> datetime:
    """The same time of day so many working days later."""
    left = days
    for ahead in range(1, FURTHEST):
        day = at.date() + timedelta(days=ahead)
        left -= calendar.works(day)
        if not left:
            return datetime.combine(day, at.time().replace(fold=0), at.tzinfo)
    raise ValueError("the calendar has too few working days")


def _spans(calendar: Calendar, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The spans of working time from an instant on, in UTC so that a change of clocks does not stretch them."""
    now = at.astimezone(UTC)
    for ahead in range(FURTHEST):
        day = at.date() + timedelta(days=ahead)
        for opens, closes in calendar.spans(day):
            begins, ends = _instant(day, opens, at), _instant(day, closes, at)
            if ends > now and ends > begins:
                yield max(begins, now), ends


def _instant(day: date, minutes: int, like: datetime) -> datetime:
    """The minute of a day in the zone of `like`, in UTC; the last one of a day is the first of the next."""
    whole, rest = divmod(minutes, 24 * 60)
    at = time(rest // 60, rest % 60)
    return datetime.combine(day + timedelta(days=whole), at, like.tzinfo).astimezone(UTC)
