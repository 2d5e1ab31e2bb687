"""Kills in the middle of flows: the short form of `make crash PARTS=flows`, and the faults that it must see."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.flowing import FlowTrial, attempt_flows

SEED = 20260302


def test_flows_lose_and_double_nothing_at_any_kill(tmp_path: Path, database_url: str) -> None:
    outcome = attempt_flows(FlowTrial(orders=24, kills=5, seed=SEED), tmp_path, database_url)
    assert outcome.books.clean, outcome.books
    assert outcome.kills == 5
    assert outcome.events >= 24 * 8


@pytest.mark.one_database
@pytest.mark.parametrize("fault", ["new_keys_at_every_try", "effects_beside_the_transaction"])
def test_the_trial_of_flows_sees_planted_faults(tmp_path: Path, fault: str) -> None:
    """The control."""
    outcome = attempt_flows(
        FlowTrial(orders=16, kills=3, seed=SEED, fault=f"tests.crash.planted:{fault}"), tmp_path, ""
    )
    assert not outcome.books.clean
