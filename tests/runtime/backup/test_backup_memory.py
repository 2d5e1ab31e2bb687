"""Backups of any size in bounded memory: rows and files pass, they are never held."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from runtime.backup.backup_world import Place, place, tiny

from engine.runtime.database.protocol import Session
from engine.runtime.rows import insert_many, select

ROWS, LENGTH = 20_000, 1_000
BOUND = 12_000_000


def fill(session: Session) -> None:
    """Twenty megabytes of rows."""
    names = ("id", "version", "created_at", "updated_at", "name", "status")
    model = select(session, "task", names, limit=1)[0]
    row = dict(zip(names, model, strict=True))
    for start in range(0, ROWS, 1000):
        made = [
            {**row, "id": 10 + number, "name": f"{number:08d}" * (LENGTH // 8)} for number in range(start, start + 1000)
        ]
        insert_many(session, "task", made)


def peak(act: Callable[[], object]) -> int:
    """The most bytes that Python held more than before, while it acted."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        act()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.fixture
def large(tmp_path: Path, database_url: str) -> Place:
    (tmp_path / "source").mkdir()
    made = tiny(tmp_path / "source", database_url)
    with made.opened() as installation:
        installation.database.write(fill)
    (made.data / "inbox" / "large.bin").write_bytes(bytes(range(256)) * 150_000)
    return made


def test_memory_does_not_grow_with_the_data(large: Place, tmp_path: Path) -> None:
    large.backup("warm.zip")
    used = peak(lambda: large.backup("measured.tar"))
    target = place(tmp_path / "target", packs=large.folder / "my_app")
    assert used < BOUND < ROWS * LENGTH
    assert peak(lambda: target.restore(large.folder / "measured.tar")) < BOUND


def test_what_holds_all_rows_would_be_seen(large: Place) -> None:
    """The control of the test above."""
    with large.opened() as installation:
        assert peak(lambda: installation.database.read(lambda session: select(session, "task", ("name",)))) > BOUND
