"""Sheets: rows of text out of CSV and Excel files, read in a killable child, and rows written back without formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import python_calamine
import xlsxwriter

from engine.diagnostics import DougongError, Message

ROW_LIMIT = 200_000
COLUMN_LIMIT = 400
ENCODINGS = ("utf-8-sig", "gb18030")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


class UnreadableSheet(DougongError):
    """A file is not a sheet that can be read; the message says why and what would work."""

    code = "unreadable_sheet"
    status = 422


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and rows of texts; `first_line` is the file's line number of the first row, for messages."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    first_line: int = 2


def read_sheet(filename: str, content: bytes) -> Sheet:
    """The first sheet of an .xlsx, .xls, .ods or .csv file. Raises UnreadableSheet."""
    if filename.lower().endswith((".xlsx", ".xlsm", ".xls", ".ods")) or content[:4] == b"PK\x03\x04":
        return _from_cells(_excel(content))
    return _from_cells(_csv(content))


def _csv(content: bytes) -> Sequence[Sequence[object]]:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
        try:
            return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        except csv.Error as error:
            raise UnreadableSheet(
                Message("CSV 文件格式有误,请检查引号", "The CSV is malformed; check its quotes")
            ) from error
    raise UnreadableSheet(Message("文件编码应为 UTF-8 或 GB18030", "The file must be UTF-8 or GB18030"))


def _excel(content: bytes) -> Sequence[Sequence[object]]:
    try:
        book = python_calamine.load_workbook(io.BytesIO(content))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, IndexError) as error:
        raise UnreadableSheet(Message("无法读取该 Excel 文件", "This Excel file cannot be read")) from error


def _from_cells(cells: Sequence[Sequence[object]]) -> Sheet:
    kept = [[_text(value) for value in row] for row in cells]
    if not kept or not any(kept[0]):
        raise UnreadableSheet(Message("第一行应为列名", "The first line must hold the column names"))
    header = tuple(name.strip() for name in kept[0])
    if len(header) > COLUMN_LIMIT or len(kept) - 1 > ROW_LIMIT:
        raise UnreadableSheet(
            Message(f"最多 {COLUMN_LIMIT} 列、{ROW_LIMIT} 行", f"At most {COLUMN_LIMIT} columns and {ROW_LIMIT} rows")
        )
    width = len(header)
    rows = tuple(tuple((row + [""] * width)[:width]) for row in kept[1:] if any(text.strip() for text in row))
    return Sheet(header, rows)


def _text(value: object) -> str:
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
        writer.writerow([text if numeric else neutral(text) for text, numeric in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def write_xlsx(header: Sequence[str], rows: Iterable[Sequence[tuple[str, bool]]]) -> bytes:
    """An .xlsx whose texts are string cells; numbers of at most 15 digits are numbers, longer ones stay texts."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, bold)
    for line, row in enumerate(rows, start=1):
        for column, (text, numeric) in enumerate(row):
            if numeric and text and sum(character.isdigit() for character in text) <= 15:
                sheet.write_number(line, column, float(text))
            elif text:
                sheet.write_string(line, column, text)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
