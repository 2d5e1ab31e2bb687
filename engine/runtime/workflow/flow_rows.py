"""The rows that a flow is about: what its record is called, and those that a sub-flow goes over."""

from __future__ import annotations

from sqlglot import exp

from engine.model.entities import Entity
from engine.model.flows import Subflow
from engine.model.formula import Formula
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.names import Reader
from engine.runtime.query.statements import Built, prepared, rows_of
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.records.pointing import reference_of
from engine.runtime.rows import select
from engine.runtime.work import Work

MOST_ROWS = 1000
"""Rows that one sub-flow goes over at most."""


def title_of(work: Work, entity: str, record: int) -> str:
    """What a record is called."""
    declared = work.model.entities[entity]
    found = select(work.session, entity, (declared.title,), {"id": record}) if declared.title else []
    return str(found[0][0]) if found and found[0][0] is not None else declared.label.text(work.context.language)


def rows_over(work: Work, entity: str, record: int, sub: Subflow) -> tuple[int, ...]:
    """The records of a sub-flow: the flow's own, the one along a path, or those of a collection that are chosen."""
    if not sub.over:
        found = reference_of(work, entity, record, sub.path)
        return () if found is None else (found,)
    declared = work.model.entities[entity]
    collection = declared.collections[sub.over]
    shape = ("over", entity, sub.over, sub.where.source if sub.where else "")
    child = work.model.entities[collection.entity]
    statement = prepared(work, shape, lambda: _tree(work, child, collection.by, sub))
    return tuple(int(str(row[0])) for row in rows_of(work, statement, {"record": record}))


def rows_where(work: Work, entity: str, where: Formula) -> tuple[int, ...]:
    """The living records of an entity on which a condition holds, oldest first, so many at most."""
    declared = work.model.entities[entity]
    statement = prepared(work, ("where", entity, where.source), lambda: _all_where(work, declared, where))
    return tuple(int(str(row[0])) for row in rows_of(work, statement, {}))


def _all_where(work: Work, entity: Entity, where: Formula) -> Built:
    compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
    alias = compilation.alias()
    columns, identity = StoredColumns(compilation, entity, alias), nodes.column(alias, "id")
    living = exp.Is(this=nodes.column(alias, "deleted_at"), expression=exp.Null())
    query = exp.Select(expressions=[identity])
    query.set("from_", exp.From(this=nodes.table(entity.name, alias)))
    query.set("where", exp.Where(this=exp.and_(living, nodes.parens(columns.lower(where)))))
    ordered = query.order_by(identity.copy()).limit(MOST_ROWS)
    return ordered, RecordDecoder(entity.name, (), compilation.dialect), compilation


def _tree(work: Work, child: Entity, by: str, sub: Subflow) -> Built:
    compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
    alias = compilation.alias()
    columns = StoredColumns(compilation, child, alias)
    identity = nodes.column(alias, "id")
    conditions: list[exp.Expression] = [
        nodes.compare(exp.EQ, nodes.column(alias, by), nodes.parameter("record")),
        exp.Is(this=nodes.column(alias, "deleted_at"), expression=exp.Null()),
    ]
    if sub.where is not None:
        conditions.append(nodes.parens(columns.lower(sub.where)))
    query = exp.Select(expressions=[identity])
    query.set("from_", exp.From(this=nodes.table(child.name, alias)))
    query.set("where", exp.Where(this=exp.and_(*conditions)))
    ordered = query.order_by(identity.copy()).limit(MOST_ROWS)
    return ordered, RecordDecoder(child.name, (), compilation.dialect), compilation
