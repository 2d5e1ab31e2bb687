"""An entry as it stands in its text, to be put in elsewhere."""

from __future__ import annotations

from designer.splice.inserting import Source
from designer.splice.lines import region_of, stands_alone
from designer.splice.written import Written
from engine.dsl.source import Path


def source_of(written: Written, path: Path) -> Source:
    """The lines of a pair or item with its remarks; between brackets the entry alone."""
    around, entry = written.collection(path[:-1]), written.entry(path)
    raw = written.text[entry.start : written.entry_end(entry)]
    if around.flow:
        head, end = "" if around.is_map else "- ", written.entry_end(entry)
        behind = written.remarks(end, written.line_end(end)) if stands_alone(written, entry) else []
        remark = "".join(f"  {text}" for _, text in behind)
        return Source(head + raw + remark + written.eol, entry.column, raw)
    region = region_of(written, around, entry)
    first = region.head if region.shares else region.head + entry.column
    text = written.text[first : region.tail]
    return Source(text if text.endswith("\n") else text + written.eol, entry.column)
