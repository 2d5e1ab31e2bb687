"""Excel files as sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.extensions import ConnectorSpec, SourceReach, SourceRow
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from engine.runtime.sources.sheet_rows import sheet_of, sheet_rows
from engine.runtime.transfer.sheets import read_workbook

EXCEL_SETTINGS: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "path": {"type": "string", "minLength": 1},
        "sheet": {"type": "string", "minLength": 1, "maxLength": 31},
    },
}


class ExcelConnector:
    """Rows of the named sheet of an .xlsx, .xls or .ods file; without a name of the first one."""

    spec = ConnectorSpec(
        "excel", Label({"zh": "Excel 文件", "en": "Excel file"}), "general", EXCEL_SETTINGS, remote=False
    )

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow]:
        name = source.settings.get("sheet")
        yield from sheet_rows(source, sheet_of(source, reach, read_workbook, name if isinstance(name, str) else None))
