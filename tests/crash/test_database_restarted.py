"""The database restarted, held and filled with waiters under load; processes asked to end; clients that dawdle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MISSING, server_programs
from tests.crash.cluster import Cluster, cluster
from tests.crash.restarting import attempt

BOUNDED = 15.0
"""Seconds within which everything has an end on a machine that is busy with much else; `make crash` judges the figures."""


@pytest.fixture(scope="module")
def server(postgres_server: str) -> Iterator[Cluster]:
    """A server of this file's own, as safe as one in service."""
    if server_programs() is None:
        pytest.skip(MISSING)
    with cluster() as made:
        yield made


def test_a_restart_of_the_database_loses_nothing_and_keeps_nobody_waiting(tmp_path: Path, server: Cluster) -> None:
    outcome = attempt(tmp_path, server)
    assert any(one.sent < outcome.up and one.ended > outcome.down for one in outcome.asked), "it met the load"
    assert outcome.slowest < BOUNDED
    assert outcome.unavailable < BOUNDED
    assert outcome.books.clean, outcome.books


def test_answers_before_the_commit_are_seen_when_the_database_restarts(tmp_path: Path, server: Cluster) -> None:
    """The control; a restart meets few requests between answer and commit, so it is tried until one does."""
    assert any(lost_in(tmp_path / str(turn), server) for turn in range(8))


def lost_in(folder: Path, server: Cluster) -> bool:
    folder.mkdir()
    return bool(attempt(folder, server, "tests.crash.planted:answer_before_the_commit", seconds=1.0).books.lost)
