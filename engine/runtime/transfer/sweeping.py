"""Sweeping: files of sheets that belong to no import: of uploads that broke off, and of imports that have left the list."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from engine.runtime.database.protocol import Database
from engine.runtime.transfer.tables import SHEETS, run_of


def sweep_sheets(database: Database, folder: Path, before: int) -> int:
    """Remove files of sheets, older than an id, whose import is not there; how many."""
    gone = 0
    for path, run in _sheets(folder / SHEETS):
        if run < before and database.read(partial(run_of, run=run)) is None:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _sheets(folder: Path) -> Iterator[tuple[Path, int]]:
    """The files of sheets, as they came or read, with the id that the import of each has or was to have."""
    if folder.exists():
        yield from ((path, int(path.stem)) for path in sorted(folder.iterdir()) if path.stem.isdecimal())
