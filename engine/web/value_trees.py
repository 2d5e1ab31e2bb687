"""Value trees: why a computed field of a record has its value, from the cells that the reader may read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.model.entities import Entity, Field
from engine.model.requests import Condition, QueryRequest, Record
from engine.runtime.access.rights import readable_fields
from engine.runtime.formula.explain import ValueNode, explain
from engine.runtime.query.lists import list_records
from engine.runtime.query.names import Reader, visible_paths
from engine.runtime.query.records import get_record
from engine.runtime.records.defaults import moment_of
from engine.runtime.work import Work

ROWS = 100


class ReadCells:
    """Cells as the reader gets them: by dotted path, with the rows of collections."""

    def __init__(self, cells: Mapping[str, object], collections: Mapping[str, Sequence[ReadCells]]) -> None:
        self._cells = cells
        self._collections = collections

    def cell(self, path: tuple[str, ...]) -> object:
        return self._cells.get(".".join(path))

    def children(self, path: tuple[str, ...]) -> Sequence[ReadCells]:
        return self._collections.get(path[0], ())


def value_tree(work: Work, entity: Entity, field: Field, record: int) -> ValueNode | None:
    """The tree of a computed field; None when the reader may not read the field on this row, or name what it reads."""
    formula = field.formula
    if formula is None or field.name not in readable_fields(work.model, work.context, entity.name):
        return None
    paths = tuple(tuple(path.split(".")) for path in sorted(formula.references))
    own = tuple(path for path in paths if path[0] not in entity.collections)
    visible = visible_paths(Reader(work.model, work.context), entity.name, own)
    if len(visible) != len(own):
        return None
    found = get_record(work, entity.name, record, (*visible, (field.name,)))
    if field.name not in _read(found):
        return None
    collections = _collections(work, entity, paths, record)
    cells = ReadCells(_read(found), collections or {})
    return explain(formula, cells, moment_of(work)) if collections is not None else None


def _read(record: Record) -> Mapping[str, object]:
    """The cells that are read as they are, none behind a mask."""
    return {name: value for name, value in record.cells.items() if name not in record.masked}


def _collections(
    work: Work, entity: Entity, paths: Sequence[tuple[str, ...]], record: int
) -> Mapping[str, Sequence[ReadCells]] | None:
    found: dict[str, Sequence[ReadCells]] = {}
    for name in {path[0] for path in paths if path[0] in entity.collections}:
        collection = entity.collections[name]
        child = work.model.entities[collection.entity]
        wanted = tuple(path[1:] for path in paths if path[0] == name and len(path) > 1) or (("id",),)
        visible = visible_paths(Reader(work.model, work.context), child.name, (*wanted, (collection.by,)))
        if len(visible) != len(wanted) + 1:
            return None
        request = QueryRequest(child.name, visible, where=Condition((collection.by,), "eq", record), limit=ROWS)
        found[name] = [ReadCells(_read(row), {}) for row in list_records(work, request).records]
    return found


def tree_lines(node: ValueNode, depth: int = 0) -> list[tuple[int, str, str]]:
    """The tree as lines for people: depth, text, value."""
    value = (
        "—" if node.value is None else format(node.value, "f") if hasattr(node.value, "as_tuple") else str(node.value)
    )
    lines = [(depth, node.text, value)]
    for child in node.children:
        lines += tree_lines(child, depth + 1)
    return lines
