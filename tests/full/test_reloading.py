"""Edits under load, a few of them for every run of the tests; a thousand are in `make full`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.full.desk import served
from tests.full.reloading import attempt
from tests.full.working import Work

EDITS = 12


def test_edits_under_load_fail_no_request_and_mix_no_page(tmp_path: Path, database_url: str) -> None:
    with served(tmp_path, database_url) as desk:
        outcome = attempt(desk, EDITS, warm=2, people=3)
    assert outcome.work.failures == []
    assert outcome.work.mixed == []
    assert outcome.told == 2
    assert outcome.work.newest == EDITS - 1
    assert outcome.work.statuses.total() > EDITS


@pytest.mark.one_database
def test_a_page_of_two_versions_and_a_failed_request_are_noticed(tmp_path: Path) -> None:
    """The control: a process that is killed, and a page that mixes."""
    with served(tmp_path, "") as desk:
        work = Work(desk, people=1)
        desk.serving.kill()
        asyncio.run(work.once())
    work.look("/app/task_list", "<th>Name V3</th><th>Cost V4</th>")
    assert work.failures
    assert work.mixed
