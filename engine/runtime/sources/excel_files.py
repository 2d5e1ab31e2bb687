"""Excel files as sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.extensions import ConnectorSpec, SourceObject, SourceReach, SourceRow
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from engine.runtime.sources.files import INBOX_PATH
from engine.runtime.sources.sheet_rows import sheet_object, sheet_of, sheet_rows
from engine.runtime.transfer.sheets import Sheet, read_workbook

EXCEL_SETTINGS: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "path": {"type": "string", "minLength": 1, "x-titles": INBOX_PATH},
        "sheet": {"type": "string", "minLength": 1, "maxLength": 31, "x-titles": {"zh": "工作表", "en": "Sheet"}},
    },
}


class ExcelConnector:
    """Rows of the named sheet of an .xlsx, .xls or .ods file; without a name of the first one."""

    spec = ConnectorSpec(
        "excel",
        Label({"zh": "Excel 文件", "en": "Excel file"}),
        "general",
        EXCEL_SETTINGS,
        remote=False,
        icon="table",
        brings=Label({"zh": "每周、每月放进文件夹的表格", "en": "Sheets that somebody puts into a folder"}),
    )

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow]:
        yield from sheet_rows(source, _sheet(source, reach))

    def describe(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceObject]:
        yield sheet_object(str(source.settings.get("sheet", "Excel")), _sheet(source, reach))


def _sheet(source: Source, reach: SourceReach) -> Sheet:
    name = source.settings.get("sheet")
    return sheet_of(source, reach, read_workbook, name if isinstance(name, str) else None)
