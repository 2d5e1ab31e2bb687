"""Lines: rows as text in which nothing is ambiguous, for an engine to read in one go. A null is bare, a text is quoted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from engine.runtime.database.protocol import Row
from engine.runtime.schema.tables import PhysicalKind

NULL = "\\N"


def write_lines(path: Path, kinds: Sequence[PhysicalKind], rows: Iterable[Row]) -> None:
    """Write stored rows of either database, their values in the order of `kinds`."""
    writers = [_WRITERS[kind] for kind in kinds]
    with path.open("w", encoding="utf-8", newline="") as file:
        for row in rows:
            cells = [NULL if value is None else write(value) for write, value in zip(writers, row, strict=True)]
            file.write(",".join(cells) + "\n")


def _quoted(value: object) -> str:
    return '"' + str(value).replace('"', '""') + '"'


def _truth(value: object) -> str:
    return "true" if value else "false"


_WRITERS: dict[PhysicalKind, Callable[[object], str]] = {
    PhysicalKind.INTEGER: str,
    PhysicalKind.INSTANT: str,
    PhysicalKind.DATE: str,
    PhysicalKind.TEXT: _quoted,
    PhysicalKind.BOOLEAN: _truth,
}
