"""Mass removal: many rows deleted by a handful of statements, where nothing but their traces follows from it.

What `delete` does for a row is done here for thousands: the row is marked, its version ends and a last one says who deleted
it, its event is logged, its figures leave the roll-ups, and rows that are computed from it are computed anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from sqlglot import exp

from engine.model.entities import Entity
from engine.model.rollups import rollups_of
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.events import log_deletions
from engine.runtime.instants import to_micros
from engine.runtime.query import nodes
from engine.runtime.query.membership import among, is_member, list_parameter
from engine.runtime.records.changes import recompute
from engine.runtime.records.computing import graph_of
from engine.runtime.rollups.leaving import leave_rollup
from engine.runtime.rollups.state import built_cells
from engine.runtime.rows import select
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work
from engine.runtime.workflow.flow_sink import concerned_entities

AT_ONCE = 500
"""Rows that are computed anew together."""


def removed_plainly(work: Work, entity: Entity) -> bool:
    """Whether rows of an entity may be removed so: no flow follows it, nobody's inbox holds it, it has no parts, and what is
    computed from it stands one step away."""
    model = work.model
    parts = any(model.entities[one.entity].part_of == one.by for one in entity.collections.values())
    rollup = rollups_of(model).get(entity.name)
    ready = rollup is None or rollup.cells in built_cells(work.session)
    near = all(len(route) <= 1 for route in _upward(work, entity))
    return ready and near and not parts and not entity.inbox and entity.name not in model.derived(concerned_entities)


def remove_plain(work: Work, entity: Entity, records: Sequence[int]) -> None:
    """Delete living rows that nothing points at."""
    if not records:
        return
    session, now = work.session, to_micros(work.context.now)
    rollup = rollups_of(work.model).get(entity.name)
    if rollup is not None:
        leave_rollup(work, entity, rollup, records)
    by = work.context.principal.user_id or None
    listed = {"records": list_parameter(records, session.dialect)}
    bound = {**listed, "now": now, "user": by, "run": work.context.run, "cause": work.context.cause}
    for statement in _statements(entity.name, session.dialect):
        session.execute(statement, {name: bound[name] for name in statement.parameters})
    found = select(session, entity.name, ("id", "version"), {"id in": list(records)})
    log_deletions(work, entity.name, [(int(str(record)), int(str(version))) for record, version in found])
    for name, field in _pointed(work, entity):
        _compute_anew(work, name, entity.name, field, records)


def _upward(work: Work, entity: Entity) -> Iterator[tuple[object, ...]]:
    """The routes from rows of an entity to the rows they point at."""
    for (name, _), dependents in graph_of(work.model).dependents.items():
        if name == entity.name:
            yield from (one.route for one in dependents if one.route and one.route[0].up)


def _pointed(work: Work, entity: Entity) -> dict[tuple[str, str], None]:
    """The entities that are computed from rows of this one, with the field that leads to them."""
    return {
        (one.entity, one.route[0].field): None
        for (name, _), dependents in graph_of(work.model).dependents.items()
        if name == entity.name
        for one in dependents
        if one.route and one.route[0].up
    }


def _compute_anew(work: Work, target: str, entity: str, field: str, records: Sequence[int]) -> None:
    rows = select(work.session, entity, (field,), {"id in": list(records), f"{field} is not null": None})
    ids = sorted({int(str(row[0])) for row in rows})
    for start in range(0, len(ids), AT_ONCE):
        recompute(work, work.model.entities[target], ids[start : start + AT_ONCE])


@cache
def _statements(entity: str, dialect: Dialect) -> tuple[Statement, ...]:
    """Mark the rows, end their versions, add the last ones."""
    table = version_table_name(entity)
    mark = exp.Update(
        this=nodes.table(entity, "r"),
        expressions=[
            _set("deleted_at", nodes.parameter("now")),
            _set("updated_at", nodes.parameter("now")),
            _set("updated_by", nodes.parameter("user")),
            _set("version", exp.Add(this=exp.column("version", quoted=True), expression=nodes.number(1))),
        ],
        where=exp.Where(this=among("r", dialect)),
    )
    standing = [
        is_member(exp.column("record", quoted=True), nodes.parameter("records"), "bigint", dialect),
        nodes.is_null(exp.column("valid_to", quoted=True)),
    ]
    end = exp.Update(
        this=nodes.bare_table(table),
        expressions=[_set("valid_to", nodes.parameter("now"))],
        where=exp.Where(this=nodes.all_of(standing)),
    )
    return tuple(compile_statement(one, dialect) for one in (mark, end, _last_versions(entity, table, dialect)))


def _last_versions(entity: str, table: str, dialect: Dialect) -> exp.Expression:
    unit = exp.Coalesce(
        this=exp.Cast(this=nodes.column("r", "scope_unit"), to=exp.DataType.build("text")),
        expressions=[nodes.text("null")],
    )
    columns: dict[str, exp.Expression] = {
        "record": nodes.column("r", "id"),
        "version": nodes.column("r", "version"),
        "valid_from": nodes.parameter("now"),
        "action": nodes.text("delete"),
        "actor": nodes.parameter("user"),
        "run": nodes.parameter("run"),
        "cause": nodes.parameter("cause"),
        "changed": nodes.text("[]"),
        "before": nodes.concatenated(nodes.text('{"scope_unit": '), unit, nodes.text("}")),
    }
    rows = exp.Select(expressions=[*columns.values()])
    rows.set("from_", exp.From(this=nodes.table(entity, "r")))
    rows.set("where", exp.Where(this=among("r", dialect)))
    names = [exp.to_identifier(name, quoted=True) for name in columns]
    return exp.Insert(this=exp.Schema(this=nodes.bare_table(table), expressions=names), expression=rows)


def _set(name: str, value: exp.Expression) -> exp.EQ:
    return exp.EQ(this=exp.column(name, quoted=True), expression=value)
