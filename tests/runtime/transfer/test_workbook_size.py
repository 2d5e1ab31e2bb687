"""A few bytes that would make a sheet of millions of cells are refused in words; what only looks large is read."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter

from engine.runtime.transfer import workbook_size
from engine.runtime.transfer.sheets import UnreadableSheet, read_workbook
from tests.fuzz.excel_target import workbook

_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="S">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)


def sheet(rows: str) -> bytes:
    return workbook(f"<worksheet><sheetData>{rows}</sheetData></worksheet>".encode())


def cell(place: str, value: str = "1") -> str:
    return f'<c r="{place}"><v>{value}</v></c>'


def ods(*rows: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", _ODS.format("".join(rows)))
    return out.getvalue()


def text_cell(text: str, times: int = 1) -> str:
    repeated = f' table:number-columns-repeated="{times}"' if times > 1 else ""
    return f'<table:table-cell office:value-type="string"{repeated}><text:p>{text}</text:p></table:table-cell>'


def ods_row(cells: str, times: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{times}">{cells}</table:table-row>'


NOTHING = "<table:table-cell/>"


@pytest.mark.parametrize(
    "content",
    [
        sheet(f'<row r="1">{cell("A1")}</row><row r="1048576">{cell("XFD1048576")}</row>'),
        sheet(f'<row r="1">{cell("A1")}</row><row r="1048576"><c><v>2</v></c></row>'),
        sheet(f'<row r="1">{cell("A1")}{cell("XFD" + "0" * 40 + "1048576")}</row>'),
        sheet(f"<row>{cell('A1')}</row><row>{cell('A999999999999')}</row>"),
        sheet(f"<row>{cell('A1')}</row><row>{cell('ZZZZZZZZ2')}</row>"),
        sheet(f"<row>{cell('A1')}</row><row><c x='>' r='A200000'><v>1</v></c></row>"),
        sheet(f'<row r="1">{cell("A1")}</row><row r="1048576"><c r="A1048576"><v>2</v></row>'),
        ods(ods_row(text_cell("a")), ods_row(NOTHING, 1_000_000), ods_row(text_cell("b"))),
        ods(ods_row(text_cell("a", 9_000_000))),
        ods(ods_row(text_cell("a") * 3, 99_000_000)),
    ],
)
def test_a_sheet_that_would_take_all_memory_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableSheet):
        read_workbook(content)


def test_rows_that_are_only_formatted_are_no_rows() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet()
    bold = book.add_format({"bold": True})
    page.write_row(0, 0, ["name", "amount"])
    page.write_row(1, 0, ["Acme", 5])
    page.write_blank(1_048_575, 16_383, None, bold)
    page.set_row(900_000, 30, bold)
    book.close()
    assert read_workbook(out.getvalue()).rows == (("Acme", "5"),)


def test_empty_rows_at_the_end_of_a_text_table_are_no_rows() -> None:
    rows = (ods_row(text_cell("name")), ods_row(text_cell("Acme")), ods_row(NOTHING, 1_048_000))
    assert read_workbook(ods(*rows)).rows == (("Acme",),)


def test_a_part_of_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_size, "MOST_BYTES", 1_000_000)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(""))) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in given.namelist():
            archive.writestr(name, given.read(name))
        archive.writestr("xl/media/zeros.bin", bytes(1_000_001))
    with pytest.raises(UnreadableSheet, match="unpacked"):
        read_workbook(out.getvalue())
