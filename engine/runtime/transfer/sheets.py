"""Sheets: rows of text out of CSV and Excel files, read in a killable child, and rows written back without formulas."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO
from xml.parsers.expat import ExpatError

import python_calamine
import xlsxwriter

from engine.diagnostics import DougongError, Message
from engine.runtime.transfer.workbook_size import UNREADABLE, Room, refusal

ROW_LIMIT = 200_000
COLUMN_LIMIT = 400
ENCODINGS = ("utf-8-sig", "gb18030")
_DAMAGED = (zipfile.BadZipFile, zlib.error, ExpatError, OSError, EOFError, ValueError, RuntimeError)
MOST_DIGITS = 15
"""Digits that a sheet's number holds exactly."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class UnreadableSheet(DougongError):
    """A file is not a sheet that can be read; the message says why and what would work."""

    code = "unreadable_sheet"
    status = 422


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and rows of texts; `lines` are the sheet's numbers of the rows, for messages (default: from 2 on)."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...] = ()

    def line(self, index: int) -> int:
        """The number that a row has in its sheet, where blank rows count."""
        return self.lines[index] if self.lines else index + 2


def read_sheet(filename: str, content: bytes) -> Sheet:
    """The first sheet of an .xlsx, .xls, .ods or .csv file. Raises UnreadableSheet."""
    if filename.lower().endswith((".xlsx", ".xlsm", ".xls", ".ods")) or content[:4] == b"PK\x03\x04":
        return read_workbook(content)
    return read_csv(content)


def read_csv(content: bytes, encodings: Sequence[str] | None = None, delimiter: str | None = None) -> Sheet:
    """A CSV file in one of `encodings` (Python's names; default UTF-8, then GB18030). Raises UnreadableSheet."""
    for encoding in encodings or ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        mark = delimiter or max(",;\t", key=text.split("\n", 1)[0].count)
        try:
            return _from_cells(list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)))
        except csv.Error as error:
            raise UnreadableSheet(
                Message("CSV 文件格式有误，请检查引号", "The CSV is malformed; check its quotes")
            ) from error
    names = " 或 ".join(encodings or ("UTF-8", "GB18030")), " or ".join(encodings or ("UTF-8", "GB18030"))
    raise UnreadableSheet(Message(f"文件编码应为 {names[0]}", f"The file must be {names[1]}"))


def read_workbook(content: bytes, name: str | None = None) -> Sheet:
    """The named sheet of an .xlsx, .xls or .ods file, the first one without a name. Raises UnreadableSheet."""
    if content[:2] == b"PK":
        refuse_greedy(io.BytesIO(content))
    try:
        book = python_calamine.load_workbook(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0) if name is None else book.get_sheet_by_name(name)
        cells: Sequence[Sequence[object]] = sheet.to_python(skip_empty_area=False)
    except python_calamine.WorksheetNotFound as error:
        raise UnreadableSheet(Message(f"没有工作表 {name}", f"There is no sheet {name}")) from error
    except (python_calamine.CalamineError, IndexError) as error:
        raise UnreadableSheet(UNREADABLE) from error
    return _from_cells(cells)


def refuse_greedy(content: BinaryIO | Path, room: Room | None = None) -> None:
    """The library makes room for every cell up to the last; what would not fit ends the process, so it is refused before."""
    try:
        with zipfile.ZipFile(content) as archive:
            message = refusal(archive, room)
    except _DAMAGED as error:
        raise UnreadableSheet(UNREADABLE) from error
    if message is not None:
        raise UnreadableSheet(message)


def _from_cells(cells: Sequence[Sequence[object]]) -> Sheet:
    kept = [[cell_text(value) for value in row] for row in cells]
    if not kept or not any(kept[0]):
        raise UnreadableSheet(Message("第一行应为列名", "The first line must hold the column names"))
    header = tuple(name.strip() for name in kept[0])
    if len(header) > COLUMN_LIMIT or len(kept) - 1 > ROW_LIMIT:
        raise UnreadableSheet(
            Message(f"最多 {COLUMN_LIMIT} 列、{ROW_LIMIT} 行", f"At most {COLUMN_LIMIT} columns and {ROW_LIMIT} rows")
        )
    width = len(header)
    filled = [(line, row) for line, row in enumerate(kept[1:], start=2) if any(text.strip() for text in row)]
    rows = tuple(tuple((row + [""] * width)[:width]) for _, row in filled)
    return Sheet(header, rows, tuple(line for line, _ in filled))


def cell_text(value: object) -> str:
    """A cell as text; whole numbers lose the `.0` that Excel's doubles have."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        at_midnight = value.hour == value.minute == value.second == 0
        return value.date().isoformat() if at_midnight else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def neutral(text: str) -> str:
    """Text that no spreadsheet program takes for a formula: a leading = + - @ TAB or CR gets an apostrophe before it."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def write_csv(header: Sequence[str], rows: Iterable[Sequence[tuple[str, bool]]]) -> bytes:
    """CSV in UTF-8 with a byte order mark for Excel. Each cell is (text, is a number); numbers keep their sign."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([neutral(name) for name in header])
    for row in rows:
        writer.writerow([_csv_text(text, numeric) for text, numeric in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _csv_text(text: str, numeric: bool) -> str:
    """A cell as CSV: a long run of digits gets a TAB behind it, which programs of sheets leave alone and do not round."""
    if len(text) > MOST_DIGITS and text.strip("-").replace(".", "").isdigit():
        return f"{text}\t"
    return text if numeric else neutral(text)


def write_xlsx(
    header: Sequence[str],
    rows: Iterable[Sequence[tuple[str, bool]]],
    made_at: datetime,
    heads: Collection[int] = frozenset(),
    mark: str = "",
) -> bytes:
    """An .xlsx whose texts are string cells; numbers of at most 15 digits are numbers, longer ones stay texts.

    `made_at` is an aware instant, written into the file as when it was made. `heads` are places of rows that stand above
    a group: they are bold, and what stands below each can be folded.
    A `mark` names the sheet and heads it in print.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": made_at.astimezone(UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet(mark or None)
    if mark:
        sheet.set_header(f"&C{mark}")
    bold = book.add_format({"bold": True})
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, bold)
    for line, row in enumerate(rows, start=1):
        head = line - 1 in heads
        look = bold if head else None
        if heads and not head:
            sheet.set_row(line, None, None, {"level": 1})
        for column, (text, numeric) in enumerate(row):
            if numeric and text and sum(character.isdigit() for character in text) <= MOST_DIGITS:
                sheet.write_number(line, column, float(text), look)
            elif text:
                sheet.write_string(line, column, text, look)
    sheet.outline_settings(symbols_below=False)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
