"""The oracle finds planted faults: a part of the table here, all of it in `make fuzz`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oracle.faults import READING, WRITING
from tests.oracle.finding import READ_SEED, WRITE_SEED, checks_until_found
from tests.oracle.serving import Seen, served

pytestmark = pytest.mark.one_database
READ = tuple(READING)[:10]
WRITTEN = ("create_without_proof", "target_not_checked", "lines_as_new_rows", "move_without_right")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """One world for all faults that only read."""
    with served(tmp_path_factory.mktemp("faults"), "sqlite:///", READ_SEED) as seen:
        yield seen


@pytest.mark.parametrize("name", READ)
def test_a_fault_of_reading_is_found(world: Seen, name: str) -> None:
    assert checks_until_found(world, READING[name])


@pytest.mark.parametrize("name", WRITTEN)
def test_a_fault_of_writing_is_found(tmp_path: Path, name: str) -> None:
    with served(tmp_path, "sqlite:///", WRITE_SEED) as seen:
        assert checks_until_found(seen, WRITING[name])
