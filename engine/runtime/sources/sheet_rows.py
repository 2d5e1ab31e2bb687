"""Rows of sheets: the header names the columns, `fields` picks from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.diagnostics import Message
from engine.extensions import SourceColumn, SourceFault, SourceObject, SourceReach, SourceRow
from engine.model.names import Label
from engine.model.sources import Source
from engine.runtime.sources.files import file_of
from engine.runtime.transfer.sheets import Sheet

SECONDS, MEGABYTES = 60.0, 512
"""What the reading of one file may take."""


def sheet_of(source: Source, reach: SourceReach, read: Callable[..., Sheet], *how: object) -> Sheet:
    """The sheet of a run's file, read in a child with limits. Raises SourceFault, WorkerFailed."""
    found = reach.worker.call(read, file_of(source, reach).content, *how, seconds=SECONDS, megabytes=MEGABYTES)
    assert isinstance(found, Sheet)
    return found


def sheet_rows(source: Source, sheet: Sheet) -> Iterator[SourceRow]:
    """The rows of a sheet by field. Raises SourceFault when a column is missing or stands twice."""
    wanted = set(source.fields.values())
    missing = sorted(wanted - set(sheet.header))
    doubled = sorted(name for name in wanted if sheet.header.count(name) > 1)
    if missing:
        raise SourceFault(
            "missing_column", f"缺少列：{'、'.join(missing)}", f"There is no column: {', '.join(missing)}"
        )
    if doubled:
        raise SourceFault(
            "doubled_column", f"列名重复：{'、'.join(doubled)}", f"Columns stand twice: {', '.join(doubled)}"
        )
    place = {name: sheet.header.index(column) for name, column in source.fields.items()}
    for index, row in enumerate(sheet.rows):
        line = sheet.line(index)
        yield SourceRow(Message(f"第 {line} 行", f"line {line}"), {name: row[at] for name, at in place.items()})


def sheet_object(name: str, sheet: Sheet) -> SourceObject:
    """What a sheet offers: its rows, by the columns of its header that have a name of their own."""
    named = [one for one in dict.fromkeys(sheet.header) if one and sheet.header.count(one) == 1]
    columns = tuple(SourceColumn(one, Label({"zh": one, "en": one})) for one in named)
    return SourceObject(name, Label({"zh": name, "en": name}), columns, (), settings={})
