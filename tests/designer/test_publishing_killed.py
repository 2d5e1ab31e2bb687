"""A publication that is killed anywhere leaves the old or the new installation: texts, tables, version and model alike."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.designer.publishing_killed import (
    Fault,
    killed_everywhere,
    publish,
    recorded_before_the_swap,
    state_of,
    without_a_mark,
)
from tests.designer.publishing_world import world

STRIDE = 11
LATE = 40
"""A step at which texts are being swapped."""


@pytest.fixture
def old(tmp_path: Path, database_url: str) -> Path:
    folder = tmp_path / "old"
    with world(folder, database_url):
        pass
    return folder


def test_a_killed_publication_is_all_or_nothing(old: Path, database_url: str) -> None:
    assert state_of(old, database_url) == "old"
    found = Counter(state for _, _, state in killed_everywhere(old, database_url, STRIDE))
    assert found["between"] == 0
    assert found["old"] >= 4
    assert found["new"] >= 1
    publish(old, database_url)
    assert state_of(old, database_url) == "new"


@pytest.mark.one_database
@pytest.mark.parametrize("fault", [without_a_mark, recorded_before_the_swap])
def test_a_publication_without_its_order_is_seen(tmp_path: Path, fault: Fault) -> None:
    """The controls: without the mark, and with the version recorded before the texts stand, something is between."""
    old = tmp_path / "old"
    with world(old, ""):
        pass
    states = (state for _, _, state in killed_everywhere(old, "", 2, fault, LATE))
    assert any(state == "between" for state in states)
