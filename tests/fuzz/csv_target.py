"""The reader of CSV files: bytes of any encoding."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.runtime.transfer import sheets
from engine.runtime.transfer.sheets import Sheet, UnreadableSheet

DECLARED: tuple[type[Exception], ...] = (UnreadableSheet,)
Attempt = Callable[[bytes], Sheet]


def attempt() -> Attempt:
    return lambda content: sheets.read_sheet("upload.csv", content)


def _crash(right: Attempt) -> Attempt:
    """A header is taken for granted."""
    sheets._from_cells = lambda cells: Sheet(tuple(str(one) for one in cells[0]), ())
    return right


FAULTS: Mapping[str, Callable[[Attempt], Attempt]] = {"crash": _crash}
