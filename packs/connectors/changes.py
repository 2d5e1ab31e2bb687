"""Following changes: pages of rows in the order in which they changed, none lost while others change meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from engine.diagnostics import Message
from engine.extensions import Checkpoint, SourceFault, SourceReach, SourceRow
from engine.model.sources import Source

SINCE = "since"
Row = Mapping[str, object]
Ask = Callable[[str, int], Sequence[Row]]
"""The rows that changed at an instant or later (empty: all), in the order of their changes, behind so many of them."""


def changes(source: Source, reach: SourceReach, version: str, size: int, ask: Ask) -> Iterator[SourceRow | Checkpoint]:
    """The rows of a source with checkpoints; `version` is the column of the change, `size` the rows of a full page.

    A next page is asked for by the instant up to which rows were read, not by its number: a row that changes while pages
    are read leaves its place, and those behind it move up over the edge of a page. Rows of that instant come once more and
    are left out. Only where a whole page is of one instant it is counted on. Raises SourceFault where that brings the same.
    """
    since = "" if reach.cursor is None else str(reach.cursor.get(SINCE, ""))
    behind, page, edge, before = 0, 1, list[Row](), list[Row]()
    while True:
        rows = list(ask(since, behind))
        if behind and rows == before:
            raise SourceFault(
                "page_repeats",
                "对方反复返回同一页，请检查版本",
                "The same page comes again and again: check the version",
            )
        for number, row in enumerate(rows, start=1):
            if row in edge:
                continue
            place = Message(f"第 {page} 页第 {number} 条", f"page {page}, item {number}")
            values = {name: row.get(column) for name, column in source.fields.items()}
            yield SourceRow(place, values, str(row.get(version) or ""))
        latest = max([since, *(str(row.get(version) or "") for row in rows)])
        if latest:
            yield Checkpoint({SINCE: latest})
        if len(rows) < size:
            return
        since, behind = (latest, 0) if latest > since else (since, behind + len(rows))
        before, edge = rows, [row for row in rows if str(row.get(version) or "") == latest]
        page += 1
