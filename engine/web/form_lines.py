"""Lines of a form: the rows of its sub-tables, those that were entered among those that stand and were not touched.

A line that stands and was not touched need not travel with the form: what is missing among the lines sent stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from engine.model.access import FieldRight
from engine.model.entities import REFERENCE_KINDS, Collection, Entity
from engine.model.requests import Condition, QueryRequest, Record, Sort
from engine.runtime.query.listing import MOST_ROWS
from engine.runtime.query.lists import list_records
from engine.runtime.query.names import HTML, TITLE
from engine.runtime.query.picker import pick
from engine.runtime.query.rights import field_rights
from engine.runtime.storage.json import json_of
from engine.runtime.work import Work
from engine.web.form_bodies import FormBody, without_blank_rows
from engine.widgets.contract import Line

MOST_LINES = 2000
"""Lines of a sub-table that a form shows."""
OWN = frozenset({"id", "version", "_seen"})


def entered_texts(entity: Entity, record: Record) -> dict[str, object]:
    """The cells of a record as a form holds them."""
    return {
        name: record.cells.get(f"{name}.{HTML}") or json_of(record.cells[name], field)
        for name, field in entity.fields.items()
        if name in record.cells
    }


def parts_of(work: Work, entity: Entity) -> dict[str, Collection]:
    """The collections of an entity whose rows are parts of it."""
    return {one.name: one for one in entity.collections.values() if work.model.entities[one.entity].part_of == one.by}


def lines_of(work: Work, entity: Entity, record: int | None, body: FormBody) -> dict[str, tuple[Line, ...]]:
    """The lines of each sub-table as its form shows them: where they stand, what was entered in place of what stands."""
    given = without_blank_rows(body.children)
    found = {}
    for name, one in parts_of(work, entity).items():
        stored = stored_lines(work, one, record) if record is not None else ()
        rows = body.children.get(name, ()) if body.add_row == name else given.get(name, ())
        typed = [*_typed(work, one, rows, {line.id: line for line in stored})]
        if body.add_row == name:
            typed.append(Line(Record(one.entity, 0, 0, {}), len(typed), True))
        found[name] = tuple(_together(stored, typed))
    return found


def stored_lines(work: Work, collection: Collection, record: int) -> tuple[Record, ...]:
    """The rows of a part as its form holds them, with the titles of what they point at, as their reader may see them."""
    child = work.model.entities[collection.entity]
    rights = field_rights(work, child.name, None)
    columns = tuple((name,) for name in child.fields if rights.get(name, FieldRight.NONE) is not FieldRight.NONE)
    where = Condition((collection.by,), "eq", record)
    request = QueryRequest(child.name, columns, where, sort=(Sort(("id",)),), limit=MOST_ROWS)
    return tuple(
        Record(child.name, row.id, row.version, {**entered_texts(child, row), **_titles(row)})
        for row in _all_rows(work, request)
    )


def _all_rows(work: Work, request: QueryRequest) -> Iterator[Record]:
    left = MOST_LINES
    while left > 0:
        page = list_records(work, request)
        yield from page.records[:left]
        left -= len(page.records)
        if page.next_cursor is None:
            return
        request = replace(request, cursor=page.next_cursor)


def _titles(row: Record) -> dict[str, object]:
    return {name: value for name, value in row.cells.items() if name.endswith(f".{TITLE}")}


def _together(stored: Iterable[Record], typed: Sequence[Line]) -> Iterator[Line]:
    """Those that stand, in their order, and behind them the new ones. Numbers go to the entered ones first: their places
    among the lines sent are what problems and conflicts name.
    """
    by_id = {one.record.id: one for one in typed if one.record.id}
    number = len(typed)
    for row in stored:
        line = by_id.pop(row.id, None)
        if line is None:
            line, number = Line(row, number, False), number + 1
        yield line
    yield from (one for one in typed if one.record.id == 0 or one.record.id in by_id)


def _typed(
    work: Work, collection: Collection, rows: Sequence[Mapping[str, object]], stored: Mapping[int, Record]
) -> Iterator[Line]:
    titles = _Titles(work, work.model.entities[collection.entity])
    for number, row in enumerate(rows):
        identity, version = int(str(row.get("id", 0))), row.get("version")
        cells = {name: value for name, value in row.items() if name not in OWN}
        stands = stored.get(identity)
        cells |= titles.of(cells, stands.cells if stands is not None else {})
        yield Line(Record(collection.entity, identity, version if isinstance(version, int) else 0, cells), number, True)


class _Titles:
    """What rows read that were chosen in lines, each asked for once."""

    def __init__(self, work: Work, entity: Entity) -> None:
        self.work, self.entity = work, entity
        self.names = tuple(name for name, field in entity.fields.items() if field.kind in REFERENCE_KINDS)
        self.known: dict[tuple[str, str], str | None] = {}

    def of(self, cells: Mapping[str, object], stands: Mapping[str, object]) -> dict[str, object]:
        found = {}
        for name in self.names:
            value, path = cells.get(name), f"{name}.{TITLE}"
            if not isinstance(value, str) or not value:
                continue
            title = stands.get(path) if stands.get(name) == value else self._asked(name, value)
            if title is not None:
                found[path] = title
        return found

    def _asked(self, name: str, value: str) -> str | None:
        if (name, value) not in self.known:
            picked = pick(self.work, self.entity.name, name, "", 1, only=value)
            self.known[name, value] = picked[0].label if picked else None
        return self.known[name, value]
