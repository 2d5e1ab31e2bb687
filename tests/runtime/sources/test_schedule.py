"""Schedules: sources run by themselves when their time has come, once, and after a time in which nothing served."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from runtime.textual import Application, application

from engine.installation.scheduler import Scheduler
from engine.runtime.sources.faults import AlreadyRunning
from engine.runtime.sources.running import runner_of
from engine.runtime.sources.schedule import due, latest_slot
from engine.runtime.sources.tables import begin_run, runs_of
from engine.runtime.workers import Workers
from tests.conftest import KINDS, fresh_url

ZONE = "Asia/Shanghai"
FILES = {
    "pack.yaml": "label: {zh: 小店, en: Shop}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
    "entities/item.yaml": """label: {zh: 物料, en: Item}
title: sku
fields: {sku: {type: text, required: true, unique: true, label: {zh: 编码, en: Code}}}
""",
    "access/item.yaml": "grants: [{id: all, roles: [clerk], actions: [read, create, update]}]\n",
    "sources/items.yaml": """label: {zh: 物料, en: Items}
kind: csv
entity: item
roles: [clerk]
key: [sku]
fields: {sku: sku}
settings: {path: items.csv}
schedule: daily
""",
    "sources/by_hand.yaml": """label: {zh: 手动, en: By hand}
kind: csv
entity: item
roles: [clerk]
key: [sku]
fields: {sku: sku}
settings: {path: items.csv}
""",
}


@pytest.fixture(params=KINDS)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("schedule")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with application(folder, fresh_url(request.param, dsn, folder), FILES) as made:
        yield made


@pytest.fixture(scope="module")
def worker() -> Iterator[Workers]:
    with closing(Workers()) as reading:
        yield reading


@pytest.mark.parametrize(
    ("schedule", "now", "slot"),
    [
        ("hourly", "2026-03-02T09:59", "2026-03-02T09:00"),
        ("daily", "2026-03-02T02:29", "2026-03-01T02:30"),
        ("daily", "2026-03-02T02:30", "2026-03-02T02:30"),
        ("weekly", "2026-03-02T02:29", "2026-02-23T02:30"),
        ("weekly", "2026-03-02T02:31", "2026-03-02T02:30"),
        ("weekly", "2026-03-08T23:00", "2026-03-02T02:30"),
    ],
)
def test_the_latest_slot_is_that_of_the_zone(schedule: str, now: str, slot: str) -> None:
    here = datetime.fromisoformat(f"{now}:00+08:00").astimezone(UTC)
    assert latest_slot(schedule, here, ZONE) == datetime.fromisoformat(f"{slot}:00+08:00")


def test_a_source_that_never_ran_waits_for_its_first_slot() -> None:
    noon = datetime(2026, 3, 2, 4, tzinfo=UTC)
    assert not due("daily", None, noon, noon + timedelta(hours=1), ZONE)
    assert due("daily", None, noon, noon + timedelta(hours=15), ZONE)
    assert due("daily", noon - timedelta(days=2), noon, noon, ZONE)


def test_a_source_runs_by_itself_once_a_slot(app: Application, worker: Workers) -> None:
    installation = app.installation
    inbox = installation.settings.data / "inbox"
    inbox.mkdir()
    (inbox / "items.csv").write_text("sku\nA1\nA2\n", "utf-8")
    scheduler = Scheduler(runner_of(installation.workplace, app.clock, installation.settings, worker), ())
    assert scheduler.run_due() == ()
    app.clock.advance(timedelta(days=1))
    assert scheduler.run_due() == ("items",)
    assert scheduler.run_due() == ()
    app.clock.advance(timedelta(days=3))
    (inbox / "items.csv").unlink()
    assert scheduler.run_due() == ("items",)
    runs = installation.database.read(lambda session: runs_of(session, "items"))
    assert [(run.counts.created, run.error) for run in runs] == [(0, "no_file"), (2, None)]
    assert installation.database.read(lambda session: runs_of(session, "by_hand")) == []


def fired(zone: str, start: datetime, days: int) -> list[datetime]:
    """When a daily source is found due by somebody who looks every ten minutes, and runs at once."""
    last, found = start, []
    for step in range(days * 144):
        now = start + timedelta(minutes=10 * step + 3)
        if due("daily", last, start, now, zone):
            last = now
            found.append(now)
    return found


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Berlin", "2026-03-26T12:00"),
        ("Europe/Berlin", "2026-10-22T12:00"),
        ("America/New_York", "2026-03-05T12:00"),
        ("America/New_York", "2026-10-29T12:00"),
        ("Asia/Shanghai", "2028-02-27T00:00"),
        ("Asia/Shanghai", "2026-12-29T00:00"),
    ],
)
def test_a_daily_source_runs_once_a_day_when_the_clocks_change_in_leap_years_and_at_their_end(
    zone: str, start: str
) -> None:
    found = fired(zone, datetime.fromisoformat(f"{start}:00+00:00"), 7)
    assert len(found) == 7
    assert all(timedelta(hours=22) < later - one < timedelta(hours=26) for one, later in pairwise(found))


def test_a_clock_that_jumps_ahead_and_back_costs_no_run_and_brings_none_twice(
    app: Application, worker: Workers
) -> None:
    installation = app.installation
    inbox = installation.settings.data / "inbox"
    inbox.mkdir()
    (inbox / "items.csv").write_text("sku\nA1\n", "utf-8")
    scheduler = Scheduler(runner_of(installation.workplace, app.clock, installation.settings, worker), ())
    seen = []
    for act, days in (
        ("advance", 1),
        ("jump", 3),
        ("jump", -3),
        ("advance", 1),
        ("advance", 1),
        ("advance", 1),
        ("jump", -3),
    ):
        getattr(app.clock, act)(timedelta(days=days))
        seen.append((len(scheduler.run_due()), len(scheduler.run_due())))
    assert seen == [(1, 0), (1, 0), (0, 0), (1, 0), (1, 0), (0, 0), (0, 0)]


def test_a_run_that_died_under_a_clock_that_was_ahead_holds_nobody_up(app: Application) -> None:
    installation, now = app.installation, app.clock.now()
    installation.database.write(lambda session: begin_run(session, 7, "items", now + timedelta(days=3), None))
    installation.database.write(lambda session: begin_run(session, 8, "items", now, None))
    with pytest.raises(AlreadyRunning):
        installation.database.write(lambda session: begin_run(session, 9, "items", now, None))
