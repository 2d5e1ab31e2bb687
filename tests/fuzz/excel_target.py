"""The reader of Excel files: bytes as they are, or the parts of a workbook as text, zipped here as Excel does."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

import python_calamine

from engine.runtime.transfer import sheets
from engine.runtime.transfer.sheets import UnreadableSheet

DECLARED: tuple[type[Exception], ...] = (UnreadableSheet,)
Attempt = Callable[[bytes], object]
_MARK = b"\n=== styles\n"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{_OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
}


def attempt() -> Attempt:
    return lambda content: sheets.read_sheet("upload.xlsx", content if content[:2] == b"PK" else workbook(content))


def workbook(content: bytes) -> bytes:
    """An .xlsx whose sheet is the text, and whose styles are what stands after their mark."""
    sheet, _, styles = content.partition(_MARK)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, _HEAD + text)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        archive.writestr("xl/styles.xml", styles or b"<styleSheet/>")
    return out.getvalue()


def _crash(right: Attempt) -> Attempt:
    """What the library refuses is not caught."""

    def wrong(content: bytes) -> object:
        given = content if content[:2] == b"PK" else workbook(content)
        sheets._refuse_greedy(given)
        return python_calamine.load_workbook(io.BytesIO(given)).get_sheet_by_index(0).to_python()

    return wrong


FAULTS: Mapping[str, Callable[[Attempt], Attempt]] = {"crash": _crash}
