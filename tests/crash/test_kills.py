"""Kills in the middle of requests: a short trial for every run of the tests, and the faults that it must see."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.books import Books
from tests.crash.kills import CONTROLS, LATE, Control, Trial, attempt

SEED = 20260302


def test_nothing_acknowledged_is_lost_and_nothing_doubled_at_any_kill(tmp_path: Path, database_url: str) -> None:
    outcome = attempt(Trial(requests=2000, kills=20, seed=SEED, fault=LATE), tmp_path, database_url)
    assert outcome.kills >= 20
    assert outcome.acknowledged == 2000
    assert outcome.resent >= outcome.kills
    assert outcome.books.clean, outcome.books
    assert outcome.finished


@pytest.mark.one_database
@pytest.mark.parametrize("control", CONTROLS, ids=lambda one: one.name)
def test_the_trial_sees_planted_faults(tmp_path: Path, control: Control) -> None:
    """The control; `make crash` runs it on PostgreSQL too."""
    assert any(control.seen(books_of(control, tmp_path / str(turn), SEED + turn)) for turn in range(4))


def books_of(control: Control, folder: Path, seed: int) -> Books:
    folder.mkdir()
    return attempt(control.trial(seed), folder, "").books
