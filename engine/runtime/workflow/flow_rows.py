"""The rows that a flow is about: what its record is called, and those that it goes over."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from engine.model.flows import Subflow
from engine.model.formula import Formula
from engine.runtime.query import nodes
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.query.stored_rows import choose_rows
from engine.runtime.records.evaluating import reference_of
from engine.runtime.rows import select
from engine.runtime.work import Work

MOST_ROWS = 1000
"""Rows that one step or one schedule goes over at most."""


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
    collection = work.model.entities[entity].collections[sub.over]

    def conditions(columns: StoredColumns) -> Sequence[exp.Expression]:
        mine = nodes.compare(exp.EQ, nodes.column(columns.alias, collection.by), nodes.parameter("record"))
        return [mine] if sub.where is None else [mine, columns.lower(sub.where)]

    shape = ("over", collection.by, sub.where.source if sub.where else "")
    return choose_rows(work, work.model.entities[collection.entity], shape, conditions, {"record": record}, MOST_ROWS)


def rows_where(work: Work, entity: str, where: Formula) -> tuple[int, ...]:
    """The living records of an entity on which a condition holds, oldest first, so many at most."""
    shape, declared = ("where", where.source), work.model.entities[entity]
    return choose_rows(work, declared, shape, lambda columns: [columns.lower(where)], {}, MOST_ROWS)
