"""The working calendar against a count of minutes, one after the other, in zones with and without a change of clocks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.flows import Term
from engine.runtime.workflow.calendar import Calendar, due
from engine.runtime.workflow.calendar_days import STANDARD_HOURS, Spans, parse_hours, shipped_days

SPECIAL = {day: one.working for day, one in shipped_days().items()}
NIGHTS: Mapping[int, Spans] = {day: parse_hours("00:00-04:00 22:00-24:00" if day != 2 else "") for day in range(7)}
CALENDARS = (Calendar(SPECIAL), Calendar({}, NIGHTS), Calendar({}, {**STANDARD_HOURS, 4: parse_hours("09:00-12:00")}))
ZONES = ("Asia/Shanghai", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe")
MINUTE = timedelta(minutes=1)

calendars, zones = st.sampled_from(CALENDARS), st.sampled_from(ZONES)
starts = st.integers(0, 3 * 365 * 24 * 60 - 1).map(lambda minute: datetime(2024, 1, 1, tzinfo=UTC) + minute * MINUTE)
minutes = st.integers(1, 30 * 60)
few = settings(max_examples=80, deadline=None, derandomize=True)


def worked(calendar: Calendar, at: datetime, zone: str) -> bool:
    """Whether the minute that begins at an instant is worked."""
    local = at.astimezone(ZoneInfo(zone))
    now = local.hour * 60 + local.minute
    return any(opens <= now < closes for opens, closes in calendar.spans(local.date()))


def counted(calendar: Calendar, start: datetime, length: int, zone: str) -> datetime:
    """The end of so many worked minutes, found by looking at every one of them."""
    at, left = start, length
    while left:
        left -= worked(calendar, at, zone)
        at += MINUTE
    return at


@few
@given(calendars, starts, st.integers(1, 16 * 60), zones)
def test_working_minutes_are_those_that_one_counts(calendar: Calendar, start: datetime, length: int, zone: str) -> None:
    assert due(calendar, start, Term(minutes=length), zone) == counted(calendar, start, length, zone)


def test_the_count_finds_a_calendar_that_forgets_the_holidays() -> None:
    eve = datetime(2026, 9, 30, 9, 0, tzinfo=UTC)
    forgetful = Calendar({})
    right = counted(CALENDARS[0], eve, 600, "Asia/Shanghai")
    assert due(CALENDARS[0], eve, Term(hours=10), "Asia/Shanghai") == right
    assert due(forgetful, eve, Term(hours=10), "Asia/Shanghai") != right


@few
@given(calendars, starts, minutes, minutes, zones)
def test_a_term_is_the_sum_of_its_parts(calendar: Calendar, start: datetime, one: int, two: int, zone: str) -> None:
    halfway = due(calendar, start, Term(minutes=one), zone)
    assert due(calendar, halfway, Term(minutes=two), zone) == due(calendar, start, Term(minutes=one + two), zone)


@few
@given(calendars, starts, starts, st.integers(0, 15), st.integers(0, 30), zones)
def test_who_starts_later_is_not_done_earlier(
    calendar: Calendar, one: datetime, two: datetime, days: int, hours: int, zone: str
) -> None:
    term = Term(days=days, hours=hours)
    earlier, later = sorted((one, two))
    assert due(calendar, earlier, term, zone) <= due(calendar, later, term, zone)


@few
@given(calendars, starts, st.integers(0, 15), st.integers(0, 30), zones)
def test_a_term_ends_at_work_and_not_before_it_began(
    calendar: Calendar, start: datetime, days: int, hours: int, zone: str
) -> None:
    end = due(calendar, start, Term(days=days, hours=hours), zone)
    assert end >= start
    assert worked(calendar, end, zone) or worked(calendar, end - MINUTE, zone)


@pytest.mark.parametrize(
    ("start", "term", "zone", "end"),
    [
        ("2026-09-30T17:00+08:00", Term(hours=2), "Asia/Shanghai", "2026-10-08T10:00+08:00"),
        ("2026-09-30T10:00+08:00", Term(days=1), "Asia/Shanghai", "2026-10-08T10:00+08:00"),
        ("2026-10-09T10:00+08:00", Term(days=1), "Asia/Shanghai", "2026-10-10T10:00+08:00"),
        ("2026-03-02T12:30+08:00", Term(minutes=30), "Asia/Shanghai", "2026-03-02T13:30+08:00"),
        ("2026-03-02T09:00+08:00", Term(hours=8), "Asia/Shanghai", "2026-03-02T18:00+08:00"),
        ("2026-03-02T18:00+08:00", Term(), "Asia/Shanghai", "2026-03-03T09:00+08:00"),
        ("2026-03-06T17:00-05:00", Term(hours=2), "America/New_York", "2026-03-09T10:00-04:00"),
        ("2026-03-06T17:00-05:00", Term(hours=48, working=False), "America/New_York", "2026-03-08T18:00-04:00"),
        ("2026-03-06T17:00-05:00", Term(days=2, working=False), "America/New_York", "2026-03-08T17:00-04:00"),
    ],
)
def test_known_terms(start: str, term: Term, zone: str, end: str) -> None:
    assert due(CALENDARS[0], datetime.fromisoformat(start), term, zone) == datetime.fromisoformat(end)


def test_the_shipped_years_are_whole_and_say_where_they_come_from() -> None:
    days = shipped_days()
    assert {day.year for day in days} == {2024, 2025, 2026}
    assert all(one.source.startswith("国务院办公厅") and one.name for one in days.values())
    # 国办发明电: 28 days of holiday in 2024 and 2025 alike, 33 in 2026; the weekends worked are on weekends
    assert all(day.weekday() >= 5 for day, one in days.items() if one.working)
    assert days[date(2026, 2, 14)].working
    assert not days[date(2026, 2, 23)].working
