"""Calls that say how far they are, and that are stopped while they run."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from runtime.workers import hostile

from engine.runtime.worker_child import Given
from engine.runtime.workers import Workers

pytestmark = pytest.mark.one_database


class Stopped(Exception):
    """Whoever listens has had enough."""


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.close()


def test_a_call_says_how_far_it_is_before_it_answers(workers: Workers) -> None:
    heard: list[object] = []
    found = workers.call(hostile.tell_and_answer, Given.TELL, seconds=20, megabytes=200, hear=heard.append)
    assert found == "done"
    assert [one for one in heard if one is not None] == [("stage", 0.5), ("stage", 1.0)]
    assert workers.call(hostile.tell_and_answer, Given.TELL, seconds=20, megabytes=200) == "done"  # nobody hears


def test_a_call_that_says_nothing_is_stopped_and_the_next_one_works(workers: Workers) -> None:
    def enough(said: object) -> None:
        raise Stopped

    started = time.monotonic()
    with pytest.raises(Stopped):
        workers.call(hostile.spin, seconds=60, megabytes=200, hear=enough)
    assert time.monotonic() - started < 60
    assert workers.call(hostile.tell_and_answer, Given.TELL, seconds=20, megabytes=200) == "done"
