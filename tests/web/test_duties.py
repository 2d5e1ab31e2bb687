"""Duties: who has not written by the hour of a working day is reminded once; heads of units see who it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from engine.runtime.duties import DutyClock
from engine.runtime.notices import notices_for
from engine.runtime.workflow.calendar_days import SpecialDay, set_days
from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site

HALF_PAST_FIVE = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""Monday, 17:30 in Shanghai."""
REPORT = {"moved": "甲", "stuck": "乙", "next": "丙", "journey_stage": "lead"}
TITLE = "今天的日报还没写，一分钟就好"


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(tmp_path, unmade_url(request.param, dsn, tmp_path), HALF_PAST_FIVE) as running:
        yield running


def told(site: Site, person: str) -> list[str]:
    notices = site.inside(lambda work: notices_for(work.session, site.ids[person]))
    return [one.message.title for one in notices]


def test_only_who_has_not_written_is_reminded_and_only_once(site: Site) -> None:
    assert site.client("wang").post("/api/records/daily_snapshot", json=REPORT).status_code == 201
    clock = DutyClock(site.installation.workplace, "Asia/Shanghai")
    assert clock.look(datetime(2026, 3, 2, 9, 29, tzinfo=UTC)) == 0
    assert clock.look(HALF_PAST_FIVE) == 1
    assert clock.look(HALF_PAST_FIVE) == 0
    assert (told(site, "li"), told(site, "wang"), told(site, "lead")) == ([TITLE], [], [])
    inbox = site.client("li").get("/inbox?tab=notices").text
    assert 'href="/r/daily_snapshot/new"' in inbox
    assert site.client("li").get("/r/daily_snapshot/new").status_code == 200


@pytest.mark.parametrize(
    ("day", "works", "count"),
    [(date(2026, 3, 1), None, 0), (date(2026, 3, 1), True, 2), (date(2026, 3, 2), False, 0)],
    ids=["sunday", "make-up-day", "holiday"],
)
def test_the_calendar_says_on_which_days(site: Site, day: date, works: bool | None, count: int) -> None:
    if works is not None:
        site.inside(lambda work: set_days(work.session, [SpecialDay(day, works, "调休", "")]))
    clock = DutyClock(site.installation.workplace, "Asia/Shanghai")
    assert clock.look(datetime(day.year, day.month, day.day, 10, tzinfo=UTC)) == count


def test_the_head_of_a_unit_sees_who_has_not_written(site: Site) -> None:
    desk = site.client("lead").get("/app/unit_desk").text
    assert "已写 0 / 1" in desk
    assert "<dd>Li</dd>" in desk
    assert "Wang" not in desk
    assert site.client("li").post("/api/records/daily_snapshot", json=REPORT).status_code == 201
    desk = site.client("lead").get("/app/unit_desk").text
    assert "今天都写了" in desk
