"""How large a workbook becomes when it is read: one cell far away makes a sheet of millions out of a few bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.parsers import expat

from engine.diagnostics import Message

MOST_CELLS, MOST_BYTES = 5_000_000, 200_000_000
"""Cells between the first and the last that hold something, and bytes of all parts unpacked."""
SPARSE, FEW = 100, 10_000
"""Places for every cell that holds something, beyond so many places in all."""
_PIECE, _LONGEST_TAG = 1_000_000, 4_000
_FAR = 10_000_000
"""Beyond every row and column that a sheet can have."""
_PLACE = re.compile(rb"""\sr\s*=\s*["']([^"'<>]*)["']""")
_TEXT_TABLE = "content.xml"

UNREADABLE = Message("无法读取该 Excel 文件", "This Excel file cannot be read")
FAR_APART = Message(
    "表格几乎是空的：有单元格远离其他内容，请删去",
    "The sheet is nearly empty: a cell stands far from the others; delete it",
)


@dataclass(frozen=True, slots=True)
class Room:
    """How much of a workbook is read."""

    cells: int
    bytes: int

    @property
    def too_large(self) -> Message:
        megabytes = self.bytes // 1_000_000
        return Message(
            f"表格太大：解开至多 {megabytes} MB、{self.cells} 个单元格；更大的请存为 CSV",
            f"The sheet is too large: at most {megabytes} MB unpacked and {self.cells} cells; save a larger one as CSV",
        )


LARGE = Room(25_000_000, 2_000_000_000)
"""For a sheet of a million rows."""


@dataclass
class Extent:
    """The place of the farthest cell, counted from 1, and how many cells there are."""

    rows: int = 0
    columns: int = 0
    cells: int = 0

    def reach(self, row: int, column: int, times: int = 1) -> None:
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)
        self.cells += times

    def refusal(self, room: Room) -> Message | None:
        places = self.rows * self.columns
        if places > max(FEW, SPARSE * self.cells):
            return FAR_APART
        return room.too_large if places > room.cells else None


def refusal(archive: zipfile.ZipFile, room: Room | None = None) -> Message | None:
    """Why an .xlsx or .ods must not be read, or None. Raises BadZipFile, ExpatError, OSError and the like for a damaged one."""
    names = set(archive.namelist())
    if not names & {"xl/workbook.xml", _TEXT_TABLE}:
        return UNREADABLE
    given = room or Room(MOST_CELLS, MOST_BYTES)
    if sum(one.file_size for one in archive.infolist()) > given.bytes:
        return given.too_large
    found = (_part_refusal(archive, name, given) for name in sorted(names))
    return next((one for one in found if one is not None), None)


def _part_refusal(archive: zipfile.ZipFile, name: str, room: Room) -> Message | None:
    """A sheet is looked at closely only when its written places are far apart: those may be empty."""
    if name != _TEXT_TABLE and _written(archive, name).refusal(room) is None:
        return None
    return _read(archive, name).refusal(room)


def _written(archive: zipfile.ZipFile, name: str) -> Extent:
    """Every place that rows and cells write of themselves, whatever else is wrong with the part."""
    extent, rest = Extent(), b""
    for piece in _pieces(archive, name):
        for place in _PLACE.finditer(rest + piece):
            extent.reach(*_place(place[1]))
        rest = piece[-_LONGEST_TAG:]
    return extent


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as part:
        while piece := part.read(_PIECE):
            yield piece


def _place(written: bytes) -> tuple[int, int]:
    """Row and column of `C7` or of a row's `7`; what else is written there is the farthest that it could be."""
    digits = bytes(one for one in written if one in b"0123456789")
    column = 0
    for letter in written.translate(None, b"0123456789").upper()[:5]:
        column = column * 26 + max(letter - 64, 1)
    return (int(digits or b"1") if len(digits) < 8 else _FAR), min(max(column, 1), _FAR)


def _read(archive: zipfile.ZipFile, name: str) -> Extent:
    """The cells that hold something, by the parser of the language; raises ExpatError for what is not well formed."""
    cells = _Cells()
    parser = expat.ParserCreate()
    parser.StartElementHandler = cells.start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    for piece in _pieces(archive, name):
        parser.Parse(piece, False)
    parser.Parse(b"", True)
    return cells.extent


def _refuse_doctype(*declared: object) -> None:
    raise zipfile.BadZipFile("a sheet has no document type")


class _Cells:
    """Walks the rows and cells of a sheet of either kind."""

    def __init__(self) -> None:
        self.extent = Extent()
        self._row = self._rows = self._column = 0

    def start(self, name: str, given: Mapping[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self._row, self._column = (_place(given["r"].encode())[0] if "r" in given else self._row + 1), 0
            case "c":
                here = (self._row, self._column + 1)
                self._row, self._column = _place(given["r"].encode()) if "r" in given else here
            case "v" | "is":
                self.extent.reach(self._row, self._column)
            case "table-row":
                self._row, self._column = self._row + self._rows, 0
                self._rows = _times(given, "rows")
            case "table-cell" | "covered-table-cell":
                self._column += _times(given, "columns")
                if any(one.endswith("value-type") for one in given):
                    self.extent.reach(self._row + self._rows, self._column)


def _times(given: Mapping[str, str], what: str) -> int:
    written = next((value for name, value in given.items() if name.endswith(f"number-{what}-repeated")), "1")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 8 else _FAR
