"""When people are told: at once, together, outside of quiet hours, on working days, in their own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.notifying.preferences import Digest, Preferences
from engine.runtime.notifying.timing import due_for

SHANGHAI = "Asia/Shanghai"
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai."""
NIGHT = (time(22), time(8))


def weekdays(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("chosen", "kind", "now", "zone", "due"),
    [
        (Preferences(), "notify", MONDAY, SHANGHAI, MONDAY),
        (Preferences(quiet=NIGHT), "notify", MONDAY, SHANGHAI, MONDAY),
        (Preferences(quiet=NIGHT), "notify", datetime(2026, 3, 2, 15, tzinfo=UTC), SHANGHAI, datetime(2026, 3, 3, tzinfo=UTC)),
        (Preferences(quiet=NIGHT), "notify", datetime(2026, 3, 2, 23, 59, tzinfo=UTC), SHANGHAI, datetime(2026, 3, 3, tzinfo=UTC)),
        (Preferences(quiet=NIGHT), "notify", datetime(2026, 3, 3, tzinfo=UTC), SHANGHAI, datetime(2026, 3, 3, tzinfo=UTC)),
        (Preferences(quiet=NIGHT), "notify", MONDAY, "America/New_York", datetime(2026, 3, 2, 1, tzinfo=UTC)),
        (Preferences(quiet=NIGHT), "notify", datetime(2026, 3, 2, 4, tzinfo=UTC), "America/New_York", datetime(2026, 3, 2, 13, tzinfo=UTC)),
        (Preferences(quiet=(time(9), time(10))), "notify", MONDAY, SHANGHAI, datetime(2026, 3, 2, 2, tzinfo=UTC)),
        (Preferences(quiet=(time(9), time(10))), "urge", MONDAY, SHANGHAI, MONDAY),
        (Preferences(quiet=(time(9), time(10)), urgent_through=False), "urge", MONDAY, SHANGHAI, datetime(2026, 3, 2, 2, tzinfo=UTC)),
        (Preferences(digest=Digest.HOURLY), "notify", MONDAY, SHANGHAI, datetime(2026, 3, 2, 2, tzinfo=UTC)),
        (Preferences(digest=Digest.HOURLY), "escalation", MONDAY, SHANGHAI, MONDAY),
        (Preferences(digest=Digest.DAILY), "notify", MONDAY - timedelta(minutes=1), SHANGHAI, MONDAY),
        (Preferences(digest=Digest.DAILY), "notify", MONDAY, SHANGHAI, MONDAY + timedelta(days=1)),
        (Preferences(digest=Digest.WORKDAYS), "notify", datetime(2026, 3, 6, 2, tzinfo=UTC), SHANGHAI, datetime(2026, 3, 9, 1, tzinfo=UTC)),
        (Preferences(digest=Digest.DAILY, digest_at=time(7), quiet=NIGHT), "notify", MONDAY, SHANGHAI, datetime(2026, 3, 3, tzinfo=UTC)),
        (Preferences(digest=Digest.DAILY, digest_at=time(2, 30)), "notify", datetime(2026, 3, 8, 6, tzinfo=UTC), "America/New_York", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_when_somebody_is_told(chosen: Preferences, kind: str, now: datetime, zone: str, due: datetime) -> None:
    found = due_for(chosen, NoticeKind(kind), now, zone, weekdays)
    assert found.astimezone(UTC) == due


@pytest.mark.one_database
def test_a_calendar_without_a_working_day_keeps_nobody_waiting_for_ever() -> None:
    due = due_for(Preferences(digest=Digest.WORKDAYS), NoticeKind.NOTIFY, MONDAY, SHANGHAI, lambda day: False)
    assert due - MONDAY < timedelta(days=2)
