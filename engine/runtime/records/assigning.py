"""Assigning: values that definitions set by formula on a stored row."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from engine.model.entities import Entity
from engine.model.formula import Formula
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.names import Reader
from engine.runtime.query.selection import named
from engine.runtime.query.statements import prepared, rows_of
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.storage.fields import storage_of
from engine.runtime.work import Work


def assigned_values(work: Work, entity: Entity, record: int, formulas: Mapping[str, Formula]) -> dict[str, object]:
    """The Python values of formulas on the stored row, by field."""
    if not formulas:
        return {}
    shape = ("assign", entity.name, tuple((name, one.source) for name, one in formulas.items()))
    statement = prepared(work, shape, lambda: _tree(work, entity, formulas))
    row = rows_of(work, statement, {"record": record})[0]
    dialect = work.session.dialect
    return {
        name: storage_of(entity.fields[name]).decode(value, dialect) for name, value in zip(formulas, row, strict=True)
    }


def _tree(
    work: Work, entity: Entity, formulas: Mapping[str, Formula]
) -> tuple[exp.Expression, RecordDecoder, Compilation]:
    compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
    alias = compilation.alias()
    columns = StoredColumns(compilation, entity, alias)
    select = exp.Select(expressions=[named(columns.lower(one), f"a{at}") for at, one in enumerate(formulas.values())])
    select.set("from_", exp.From(this=nodes.table(entity.name, alias)))
    select.set("where", exp.Where(this=nodes.compare(exp.EQ, nodes.column(alias, "id"), nodes.parameter("record"))))
    return select, RecordDecoder(entity.name, (), compilation.dialect), compilation
