"""CSV files as sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.extensions import ConnectorSpec, SourceReach, SourceRow
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from engine.runtime.sources.sheet_rows import sheet_of, sheet_rows
from engine.runtime.transfer.sheets import read_csv

PYTHON_ENCODINGS = {"utf-8": ("utf-8-sig",), "gbk": ("gb18030",), "gb18030": ("gb18030",)}
CSV_SETTINGS: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "path": {"type": "string", "minLength": 1},
        "encoding": {"enum": ["auto", "utf-8", "gbk", "gb18030"]},
        "delimiter": {"enum": [",", ";", "\t", "|"]},
    },
}


class CsvConnector:
    """Rows of a CSV file. Without `encoding` UTF-8 and GB18030 are tried, without `delimiter` the first line tells."""

    spec = ConnectorSpec("csv", Label({"zh": "CSV 文件", "en": "CSV file"}), "general", CSV_SETTINGS, remote=False)

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow]:
        encodings = PYTHON_ENCODINGS.get(str(source.settings.get("encoding", "auto")))
        delimiter = source.settings.get("delimiter")
        how = (encodings, delimiter if isinstance(delimiter, str) else None)
        yield from sheet_rows(source, sheet_of(source, reach, read_csv, *how))
