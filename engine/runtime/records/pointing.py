"""Pointing: the record, person or unit that a path of references leads to from a stored row, whoever asks."""

from __future__ import annotations

from sqlglot import exp

from engine.model.entities import Entity
from engine.model.requests import Path
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.names import Reader
from engine.runtime.query.selection import named
from engine.runtime.query.statements import Built, prepared, rows_of
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.work import Work


def reference_of(work: Work, entity: str, record: int, path: Path) -> int | None:
    """The id at the end of a path of references; None where a reference on the way is empty."""
    if not path:
        return record
    declared = work.model.entities[entity]
    statement = prepared(work, ("pointing", entity, path), lambda: _tree(work, declared, path))
    found = rows_of(work, statement, {"record": record})
    return int(str(found[0][0])) if found and found[0][0] is not None else None


def _tree(work: Work, entity: Entity, path: Path) -> Built:
    compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
    alias = compilation.alias()
    columns = StoredColumns(compilation, entity, alias)
    select = exp.Select(expressions=[named(columns.column(path), "target")])
    select.set("from_", exp.From(this=nodes.table(entity.name, alias)))
    select.set("where", exp.Where(this=nodes.compare(exp.EQ, nodes.column(alias, "id"), nodes.parameter("record"))))
    return select, RecordDecoder(entity.name, (), compilation.dialect), compilation
