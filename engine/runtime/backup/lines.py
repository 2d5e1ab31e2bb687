"""Lines: a row as one line of JSON, the same for the same row in either database, and back.

Whole numbers and instants are numbers, dates are texts like 2026-03-02, bytes are base64. A row is a list in the order of
its table's columns.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from engine.runtime.database.protocol import Row
from engine.runtime.database.statements import Dialect
from engine.runtime.schema.tables import PhysicalKind

LONGEST_LINE = 256_000_000
SMALLEST, LARGEST = -(1 << 63), (1 << 63) - 1
Convert = Callable[[object], object]
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_DECODER = json.JSONDecoder()


class BadLine(ValueError):
    """A line is no row of its table."""


def line_of(row: Row, kinds: tuple[PhysicalKind, ...]) -> str:
    """A row as the database gave it, as its line without the line's end."""
    cells = list(row)
    for at, write in _rewritten(kinds):
        if cells[at] is not None:
            cells[at] = write(cells[at])
    return _ENCODER.encode(cells)


def row_of(line: bytes, kinds: tuple[PhysicalKind, ...], dialect: Dialect) -> Row:
    """The row of a line, as the columns of a database hold it. Raises BadLine."""
    try:
        cells = _DECODER.decode(line.decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadLine from None
    if not isinstance(cells, list) or len(cells) != len(kinds):
        raise BadLine
    try:
        for at, read in enumerate(_reading(kinds, dialect)):
            if cells[at] is not None:
                cells[at] = read(cells[at])
    except (ValueError, TypeError, KeyError):
        raise BadLine from None
    return tuple(cells)


def _day(cell: object) -> object:
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _base64(cell: object) -> object:
    return base64.b64encode(bytes(cell)).decode("ascii") if isinstance(cell, bytes | memoryview) else str(cell)


_WRITTEN: dict[PhysicalKind, Convert] = {
    PhysicalKind.BOOLEAN: bool,
    PhysicalKind.DATE: _day,
    PhysicalKind.BYTES: _base64,
}
"""How a cell is written; those of other kinds are as they are."""


@lru_cache(maxsize=1_000)
def _rewritten(kinds: tuple[PhysicalKind, ...]) -> tuple[tuple[int, Convert], ...]:
    """The places of a row whose cells are written otherwise than the database gives them."""
    return tuple((at, _WRITTEN[kind]) for at, kind in enumerate(kinds) if kind in _WRITTEN)


def _whole(cell: object) -> object:
    if isinstance(cell, bool) or not isinstance(cell, int) or not SMALLEST <= cell <= LARGEST:
        raise BadLine
    return cell


def _text(cell: object) -> object:
    if not isinstance(cell, str) or "\0" in cell:
        raise BadLine
    cell.encode("utf-8")
    return cell


def _truth(cell: object) -> bool:
    if not isinstance(cell, bool):
        raise BadLine
    return cell


def _date(cell: object) -> date:
    return date.fromisoformat(str(cell))


def _bytes(cell: object) -> object:
    return base64.b64decode(str(cell), validate=True)


_READ: dict[Dialect, dict[PhysicalKind, Convert]] = {
    "sqlite": {
        PhysicalKind.INTEGER: _whole,
        PhysicalKind.INSTANT: _whole,
        PhysicalKind.TEXT: _text,
        PhysicalKind.BOOLEAN: lambda cell: int(_truth(cell)),
        PhysicalKind.DATE: lambda cell: _date(cell).isoformat(),
        PhysicalKind.BYTES: _bytes,
    },
    "postgres": {
        PhysicalKind.INTEGER: _whole,
        PhysicalKind.INSTANT: _whole,
        PhysicalKind.TEXT: _text,
        PhysicalKind.BOOLEAN: _truth,
        PhysicalKind.DATE: _date,
        PhysicalKind.BYTES: _bytes,
    },
}


@lru_cache(maxsize=1_000)
def _reading(kinds: tuple[PhysicalKind, ...], dialect: Dialect) -> tuple[Convert, ...]:
    """How the cells of a row are read, in its order."""
    return tuple(_READ[dialect][kind] for kind in kinds)
