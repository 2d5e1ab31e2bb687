"""Slots: the days on which a report comes. Pure: a rhythm, a moment and the working calendar decide."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, datetime, timedelta

from engine.model.reports import Every, Rhythm

Works = Callable[[date], bool]
BACK = 1
"""Days after which a report that was missed is too old to come."""
LONGEST_HOLIDAY = 20
ONE = timedelta(days=1)


def last_slot(rhythm: Rhythm, here: datetime, works: Works) -> date | None:
    """The day of the slot that came last by `here`, a local moment; None when none came lately."""
    for back in range(BACK + 1):
        day = here.date() - back * ONE
        if datetime.combine(day, rhythm.at, here.tzinfo) <= here and comes_on(rhythm, day, works):
            return day
    return None


def comes_on(rhythm: Rhythm, day: date, works: Works) -> bool:
    """Whether a report comes on a day: on its own, or on the first worked one after its own was off."""
    if rhythm.every is Every.DAY:
        return True
    if not works(day):
        return False
    if rhythm.every is Every.WORKDAY:
        return True
    for back in range(LONGEST_HOLIDAY):
        at = day - back * ONE
        if back and works(at):
            return False
        if _its_own(rhythm, at):
            return True
    return False


def _its_own(rhythm: Rhythm, day: date) -> bool:
    if rhythm.every is Every.WEEK:
        return day.isoweekday() == rhythm.on
    return day.day == min(rhythm.on, calendar.monthrange(day.year, day.month)[1])
