"""Events after the clock was set back and the process started again: a reader that stood at the end sees them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from runtime.records.shop import SHOP
from runtime.textual import Application, application

from engine.application import Installation, bring_up_to_date, open_installation
from engine.runtime.events import Event, EventPosition, read_events
from engine.runtime.records.writing import create
from tests.conftest import FixedClock


def events(installation: Installation, after: EventPosition) -> list[Event]:
    return installation.database.read(lambda session: read_events(session, after))


def written_later(first: Application, brought_up_to_date: bool) -> list[Event]:
    """What a reader who has read everything sees of an area added by a process that starts three days earlier."""
    first.write(lambda work: create(work, "area", {"name": "before"}))
    stands = events(first.installation, EventPosition())[-1].position
    first.installation.database.close()
    clock = FixedClock(first.clock.now() - timedelta(days=3))
    again = open_installation(first.installation.settings, clock)
    if brought_up_to_date:
        bring_up_to_date(again)
    Application(again, clock, first.clerk).write(lambda work: create(work, "area", {"name": "after"}))
    try:
        return events(again, stands)
    finally:
        again.database.close()


def test_an_event_after_the_clock_was_set_back_is_read(tmp_path: Path, database_url: str) -> None:
    with application(tmp_path, database_url, SHOP) as first:
        assert [one.action for one in written_later(first, True)] == ["create"]


@pytest.mark.one_database
def test_without_going_on_after_the_events_it_would_be_missed(tmp_path: Path) -> None:
    """The control."""
    with application(tmp_path, "", SHOP) as first:
        assert written_later(first, False) == []
