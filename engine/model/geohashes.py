"""Geohashes: cells of the earth by texts whose beginnings are the cells around them, so that what lies near stands near.

Worked out in whole numbers of micro-degrees: the browser finds the same cell. A box is covered by the ranges of texts that
its cells begin, few enough for an index to be asked for each.
"""

from __future__ import annotations

from collections.abc import Iterator

SIGNS = "0123456789bcdefghjkmnpqrstuvwxyz"
LENGTH = 8
"""Signs of a kept cell: about 38 m by 19 m."""
BEYOND = "~"
"""Stands behind every sign: a cell's text with it behind is the end of its range."""
MOST_CELLS = 24
_HALF_LAT, _HALF_LNG = 90_000_000, 180_000_000

Box = tuple[int, int, int, int]
"""South, west, north, east in micro-degrees."""


def geohash(lat: int, lng: int, length: int = LENGTH) -> str:
    """The cell around a point in micro-degrees."""
    return _text(_row(lat, length), _column(lng, length), length)


def ranges(box: Box) -> tuple[tuple[str, str], ...]:
    """The ranges of cells that cover a box; west of its east it must lie. Nothing for a box that few cells do not cover."""
    south, west, north, east = box
    for length in range(LENGTH, 0, -1):
        rows = range(_row(south, length), _row(north, length) + 1)
        columns = range(_column(west, length), _column(east, length) + 1)
        if len(rows) * len(columns) <= MOST_CELLS:
            cells = sorted(_text(row, column, length) for row in rows for column in columns)
            return tuple(_joined(cells))
    return ()


def _joined(cells: list[str]) -> Iterator[tuple[str, str]]:
    """Cells that stand side by side are one range."""
    first = last = cells[0]
    for cell in cells[1:]:
        if cell[:-1] != last[:-1] or SIGNS.index(cell[-1]) != SIGNS.index(last[-1]) + 1:
            yield first, last + BEYOND
            first = cell
        last = cell
    yield first, last + BEYOND


def _row(lat: int, length: int) -> int:
    count = 1 << (5 * length // 2)
    return min((lat + _HALF_LAT) * count // (2 * _HALF_LAT), count - 1)


def _column(lng: int, length: int) -> int:
    count = 1 << (5 * length - 5 * length // 2)
    return min((lng + _HALF_LNG) * count // (2 * _HALF_LNG), count - 1)


def _text(row: int, column: int, length: int) -> str:
    """Bits of the column and the row in turn, the column's first, five to a sign."""
    size, bits = 5 * length, 0
    columns, rows = size - size // 2, size // 2
    for at in range(size):
        if at % 2 == 0:
            bits = bits << 1 | (column >> (columns - 1 - at // 2)) & 1
        else:
            bits = bits << 1 | (row >> (rows - 1 - at // 2)) & 1
    return "".join(SIGNS[bits >> 5 * (length - 1 - at) & 31] for at in range(length))
