"""Workers: a child reads hostile things within limits, and another takes its place."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from runtime.workers import hostile

from engine.runtime.transfer.sheets import Sheet, read_sheet
from engine.runtime.workers import Nursery, WorkerFailed, Workers

pytestmark = pytest.mark.one_database


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    made = Workers()
    yield made
    made.close()


def failure(workers: Workers, *call: object, seconds: float = 5, megabytes: int = 200) -> WorkerFailed:
    function, *arguments = call
    with pytest.raises(WorkerFailed) as caught:
        workers.call(function, *arguments, seconds=seconds, megabytes=megabytes)  # type: ignore[arg-type]
    return caught.value


def test_a_sheet_is_read_in_a_child(workers: Workers) -> None:
    found = workers.call(read_sheet, "a.csv", "名称,数\n甲,1\n".encode(), seconds=5, megabytes=200)
    assert found == Sheet(("名称", "数"), (("甲", "1"),), (2,))


def test_a_call_over_its_time_is_killed_and_the_next_one_works(workers: Workers) -> None:
    started = time.monotonic()
    assert failure(workers, hostile.spin, seconds=0.3).code == "too_slow"
    assert time.monotonic() - started < 5
    assert workers.call(hostile.swallow, 1, seconds=5, megabytes=200) == 1_000_000


def test_a_call_over_its_memory_is_refused_and_the_next_one_works(workers: Workers) -> None:
    refused = failure(workers, hostile.swallow, 400, megabytes=100)
    assert refused.code == "too_large"
    assert "100 MB" in refused.message.zh
    assert workers.call(hostile.swallow, 50, seconds=5, megabytes=100) == 50_000_000


def test_a_refusal_keeps_its_code_and_words(workers: Workers) -> None:
    refused = failure(workers, hostile.refuse)
    assert (refused.code, refused.message.zh, refused.message.en) == ("no_such_thing", "拒绝 1", "refused 2")


def test_any_other_error_tells_nothing_of_what_was_read(workers: Workers) -> None:
    refused = failure(workers, hostile.crash)
    assert refused.code == "unreadable"
    assert "a text of the file" not in str(refused)


def test_a_child_that_ends_is_replaced(workers: Workers) -> None:
    failure(workers, hostile.leave)
    assert workers.call(hostile.chatter, seconds=5, megabytes=200) == "said"


def test_a_child_gets_no_setting_of_ours(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOUGONG_DATABASE", "postgresql://secret@host/db")
    workers.close()
    found = workers.call(hostile.environment, seconds=5, megabytes=200)
    assert isinstance(found, list)
    assert not [name for name in found if name.startswith("DOUGONG")]


def child_of(workers: Workers) -> int:
    """The process that answers."""
    found = workers.call(os.getpid, seconds=60, megabytes=200)
    assert isinstance(found, int)
    return found


def test_workers_leave_their_child_to_the_next_of_the_same_use() -> None:
    with closing(Nursery()) as nursery:
        with closing(Workers("reading", nursery)) as first:
            child = child_of(first)
            with closing(Workers("reading", nursery)) as beside:
                assert child_of(beside) != child, "one call at a time"
        with closing(Workers("printing", nursery)) as other:
            assert child_of(other) != child
        with closing(Workers("reading", nursery)) as next_one:
            assert failure(next_one, hostile.spin, seconds=0.3).code == "too_slow"
            grown = child_of(next_one)
        os.kill(grown, signal.SIGKILL)
        os.waitid(os.P_PID, grown, os.WEXITED | os.WNOWAIT)
        with closing(Workers("reading", nursery)) as last:
            child = child_of(last)
            assert child != grown
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
