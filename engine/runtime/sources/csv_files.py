"""CSV files as sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.extensions import ConnectorSpec, SourceObject, SourceReach, SourceRow
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from engine.runtime.sources.files import INBOX_PATH
from engine.runtime.sources.sheet_rows import sheet_object, sheet_of, sheet_rows
from engine.runtime.transfer.sheets import Sheet, read_csv

PYTHON_ENCODINGS = {"utf-8": ("utf-8-sig",), "gbk": ("gb18030",), "gb18030": ("gb18030",)}
CSV_SETTINGS: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "path": {"type": "string", "minLength": 1, "x-titles": INBOX_PATH},
        "encoding": {"enum": ["auto", "utf-8", "gbk", "gb18030"], "x-titles": {"zh": "编码", "en": "Encoding"}},
        "delimiter": {"enum": [",", ";", "\t", "|"], "x-titles": {"zh": "分隔符", "en": "Delimiter"}},
    },
}


class CsvConnector:
    """Rows of a CSV file. Without `encoding` UTF-8 and GB18030 are tried, without `delimiter` the first line tells."""

    spec = ConnectorSpec(
        "csv",
        Label({"zh": "CSV 文件", "en": "CSV file"}),
        "general",
        CSV_SETTINGS,
        remote=False,
        icon="file",
        brings=Label({"zh": "任何系统导出的表", "en": "Tables that any system exports"}),
    )

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow]:
        yield from sheet_rows(source, _sheet(source, reach))

    def describe(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceObject]:
        yield sheet_object("CSV", _sheet(source, reach))


def _sheet(source: Source, reach: SourceReach) -> Sheet:
    encodings = PYTHON_ENCODINGS.get(str(source.settings.get("encoding", "auto")))
    delimiter = source.settings.get("delimiter")
    return sheet_of(source, reach, read_csv, encodings, delimiter if isinstance(delimiter, str) else None)
