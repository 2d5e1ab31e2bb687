"""Spooling: a sheet of any size and kind becomes a file of lines, read on from any place. Both run in a killable child.

A line is a JSON list: the number that the row has in its sheet, then its cells.
"""

from __future__ import annotations

import codecs
import csv
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import python_calamine

from engine.diagnostics import Message
from engine.runtime.transfer.sheets import COLUMN_LIMIT, ENCODINGS, UnreadableSheet, cell_text, refuse_greedy
from engine.runtime.transfer.workbook_size import LARGE, UNREADABLE

MOST_ROWS = 2_000_000
SHOWN = 2_000
MOST_TOGETHER = 20_000
"""Lines that are read at once at most, though they be one record."""
"""Rows that come back with the header: a sheet of no more is shown, tried and written at once."""
PIECE = 1 << 20
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
Numbered = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Spooled:
    """A sheet that was read: its columns, how many rows it has, the first of them with their numbers."""

    header: tuple[str, ...]
    count: int
    first: tuple[tuple[int, tuple[str, ...]], ...]


def spool(source: str, filename: str, target: str) -> Spooled:
    """Read the first sheet of a file into lines at `target`. Raises UnreadableSheet."""
    rows = _rows(Path(source), filename)
    number, names = next(rows, (1, []))
    if number != 1 or not any(names):
        raise UnreadableSheet(Message("第一行应为列名", "The first line must hold the column names"))
    header = tuple(name.strip() for name in names)
    if len(header) > COLUMN_LIMIT:
        raise UnreadableSheet(Message(f"最多 {COLUMN_LIMIT} 列", f"At most {COLUMN_LIMIT} columns"))
    count, first = 0, list[tuple[int, tuple[str, ...]]]()
    with Path(target).open("w", encoding="utf-8", newline="\n") as lines:
        for at, cells in rows:
            if not any(text and not text.isspace() for text in cells):
                continue
            count += 1
            if count > MOST_ROWS:
                raise UnreadableSheet(Message(f"最多 {MOST_ROWS} 行", f"At most {MOST_ROWS} rows"))
            kept = (cells + [""] * (len(header) - len(cells)))[: len(header)]
            lines.write(_ENCODER.encode([at, *kept]) + "\n")
            if len(first) < SHOWN:
                first.append((at, tuple(kept)))
    return Spooled(header, count, tuple(first))


def read_lines(
    path: str, offset: int, count: int, together: Sequence[int] = ()
) -> tuple[list[tuple[int, tuple[str, ...]]], int | None]:
    """The next lines from an offset on, and the offset behind them; None when they are the last.

    There are more than `count` where the cells `together` of those that follow are those of the last one: they are one record.
    """
    found: list[tuple[int, tuple[str, ...]]] = []
    place = offset
    with Path(path).open("rb") as lines:
        lines.seek(offset)
        for line in lines:
            number, *cells = json.loads(line)
            if len(found) >= count and not _one_record(found[-1][1], cells, together):
                return found, place
            if len(found) == MOST_TOGETHER:
                return found, place
            found.append((number, tuple(cells)))
            place += len(line)
    return found, None


def _one_record(above: Sequence[str], line: Sequence[str], together: Sequence[int]) -> bool:
    return bool(together) and all(above[at].strip() == line[at].strip() for at in together)


def _rows(source: Path, filename: str) -> Iterator[Numbered]:
    with source.open("rb") as file:
        start = file.read(4)
    if filename.lower().endswith(WORKBOOKS) or start == b"PK\x03\x04":
        return _workbook_rows(source, start)
    return _csv_rows(source)


def _workbook_rows(source: Path, start: bytes) -> Iterator[Numbered]:
    if start[:2] == b"PK":
        refuse_greedy(source, LARGE)
    try:
        with source.open("rb") as file:
            sheet = python_calamine.load_workbook(file).get_sheet_by_index(0)
            for number, row in enumerate(_all_rows(sheet), start=1):
                yield number, [cell_text(value) for value in row]
    except (python_calamine.CalamineError, IndexError, zipfile.BadZipFile) as error:
        raise UnreadableSheet(UNREADABLE) from error


def _all_rows(sheet: python_calamine.CalamineSheet) -> Iterator[Sequence[object]]:
    """The rows from the first line and column on; the library leaves out columns before the first that holds something."""
    left = [None] * (sheet.start[1] if sheet.start is not None else 0)
    for row in sheet.iter_rows():
        yield [*left, *row]


def _csv_rows(source: Path) -> Iterator[Numbered]:
    encoding = _encoding(source)
    try:
        with source.open(encoding=encoding, newline="") as text:
            first = text.readline()
            text.seek(0)
            mark = max(",;\t", key=first.count)
            yield from enumerate(csv.reader(text, delimiter=mark, strict=True), start=1)
    except csv.Error as error:
        raise UnreadableSheet(
            Message("CSV 文件格式有误，请检查引号", "The CSV is malformed; check its quotes")
        ) from error


def _encoding(source: Path) -> str:
    """What a text file is written in: by its mark, else UTF-8 where that is right, else GB18030. Raises UnreadableSheet."""
    with source.open("rb") as file:
        start = file.read(3)
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _checked(source, ("utf-16",), "UTF-16")
    return _checked(source, ENCODINGS, "UTF-8、GB18030、UTF-16")


def _checked(source: Path, encodings: Iterable[str], names: str) -> str:
    for encoding in encodings:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with source.open("rb") as file:
                while piece := file.read(PIECE):
                    decoder.decode(piece)
                decoder.decode(b"", final=True)
        except UnicodeError:
            continue
        return encoding
    raise UnreadableSheet(Message(f"文件编码应为 {names} 之一", f"The file must be one of {names.replace('、', ', ')}"))
