"""Migrations that are killed at every statement, there and back: old or new; and a fault that must be seen as between."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest

from engine.runtime.schema.operations import MoveSealed, Operation
from tests.crash.migrating import (
    Act,
    backward,
    forward,
    forward_without_a_transaction,
    killed_everywhere,
    operations_run,
    prepared,
)


@pytest.fixture
def old(database_url: str) -> str:
    return prepared(database_url)


@pytest.mark.parametrize("act", [forward, backward], ids=["forward", "backward"])
def test_a_migration_killed_at_any_statement_leaves_the_old_or_the_new_database(old: str, act: Act) -> None:
    if act is backward:
        forward(old)
    kills = list(killed_everywhere(old, act, stride=3))
    assert [one for one in kills if one.found == "between"] == []
    assert Counter(one.found for one in kills)["old"] >= 20


def test_the_migration_has_every_kind_of_operation(old: str) -> None:
    forward(old)
    apart = {MoveSealed.__name__}  # there is no way back from it: it is killed in test_sealing_killed
    assert operations_run(old) == {kind.__name__ for kind in get_args(Operation)} - apart


def test_a_migration_outside_of_a_transaction_is_seen(old: str) -> None:
    """The control."""
    assert "between" in {one.found for one in killed_everywhere(old, forward_without_a_transaction, stride=5)}
