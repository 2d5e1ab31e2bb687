"""Leaving: what many rows that are deleted together take out of their roll-up, as one delta a cell."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from engine.model.entities import Entity
from engine.model.rollups import Rollup
from engine.runtime.database.statements import StatementCache, compile_statement
from engine.runtime.query import nodes
from engine.runtime.query.membership import among, list_parameter
from engine.runtime.rollups.statements import measured
from engine.runtime.rows import insert_many
from engine.runtime.storage.rollup_tables import ID, RECORD, figure_columns
from engine.runtime.work import Work

_LEAVING = StatementCache(256)


def leave_rollup(work: Work, entity: Entity, rollup: Rollup, records: Sequence[int]) -> None:
    """Append what living rows add to a roll-up that is built, with the sign turned."""
    session = work.session
    statement = _LEAVING.get(
        (rollup.deltas, session.dialect), lambda: compile_statement(_grouped(rollup, session.dialect), session.dialect)
    )
    names, figures = rollup.columns, figure_columns(rollup)
    found = session.rows(statement, {"records": list_parameter(records, session.dialect)})
    insert_many(
        session,
        rollup.deltas,
        [
            {ID: work.ids.next(), RECORD: records[-1]}
            | dict(zip(names, row[: len(names)], strict=True))
            | {name: -int(str(value)) for name, value in zip(figures, row[len(names) :], strict=True)}
            for row in found
        ],
    )


def _grouped(rollup: Rollup, dialect: str) -> exp.Expression:
    columns = [exp.column(name, quoted=True) for name in rollup.columns]
    figures = [exp.Count(this=exp.Star()), *measured(rollup)]
    rows = exp.Select(expressions=[*columns, *figures])
    rows.set("from_", exp.From(this=nodes.table(rollup.entity, "r")))
    rows.set("where", exp.Where(this=among("r", dialect)))
    rows.set("group", exp.Group(expressions=[one.copy() for one in columns]))
    return rows
