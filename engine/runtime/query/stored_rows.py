"""Stored rows asked by definitions, whoever acts: expressions on one row, or the rows that conditions choose.

Formulas of definitions (guards, values, checks, people of a step) read what is stored; rights are asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from engine.model.entities import Entity
from engine.runtime.database.protocol import Row
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.decoding import RecordDecoder
from engine.runtime.query.membership import among, array_type, is_member, list_parameter
from engine.runtime.query.names import Reader
from engine.runtime.query.selection import named
from engine.runtime.query.statements import Built, prepared, rows_of
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.work import Work

Build = Callable[[StoredColumns], Sequence[exp.Expression]]
Shape = tuple[object, ...]


def ask_row(work: Work, entity: Entity, record: int, shape: Shape, build: Build) -> Row | None:
    """The values of the built expressions on a row, deleted or not; None for one that is not there.

    `shape` tells these expressions from all others on the entity.
    """

    def tree() -> Built:
        compilation, columns = _columns(work, entity)
        wanted = [named(one, f"a{at}") for at, one in enumerate(build(columns))]
        mine = nodes.compare(exp.EQ, nodes.column(columns.alias, "id"), nodes.parameter("record"))
        return _select(columns, wanted, mine), RecordDecoder(entity.name, (), compilation.dialect), compilation

    found = rows_of(work, prepared(work, ("asked", entity.name, *shape), tree), {"record": record})
    return found[0] if found else None


def ask_rows(
    work: Work, entity: Entity, records: Sequence[int], shape: Shape, build: Build
) -> dict[int, tuple[object, ...]]:
    """What `ask_row` says of each of many rows, by id."""

    def tree() -> Built:
        compilation, columns = _columns(work, entity)
        wanted = [named(one, f"a{at}") for at, one in enumerate(build(columns))]
        expressions = [nodes.column(columns.alias, "id"), *wanted]
        mine = among(columns.alias, compilation.dialect)
        return _select(columns, expressions, mine), RecordDecoder(entity.name, (), compilation.dialect), compilation

    listed = {"records": list_parameter(records, work.session.dialect)}
    found = rows_of(work, prepared(work, ("asked of many", entity.name, *shape), tree), listed)
    return {int(str(row[0])): row[1:] for row in found}


def rows_alike(
    work: Work, entity: Entity, fields: Sequence[str], keys: Sequence[tuple[object, ...]]
) -> list[tuple[tuple[object, ...], int, int | None]]:
    """The living rows that hold, as stored, what one of the keys says of these fields: key, id and owning unit."""

    def tree() -> Built:
        compilation, columns = _columns(work, entity)
        expressions: list[exp.Expression] = [nodes.column(columns.alias, one) for one in ("id", "scope_unit", *fields)]
        living = nodes.is_null(nodes.column(columns.alias, "deleted_at"))
        among_them = [
            is_member(cell, nodes.parameter(f"k{at}"), array_type(entity, name), compilation.dialect)
            for at, (name, cell) in enumerate(zip(fields, expressions[2:], strict=True))
        ]
        where = nodes.all_of([living, *among_them])
        return _select(columns, expressions, where), RecordDecoder(entity.name, (), compilation.dialect), compilation

    dialect = work.session.dialect
    lists = {f"k{at}": list_parameter(dict.fromkeys(key[at] for key in keys), dialect) for at in range(len(fields))}
    sought, found = set(keys), rows_of(work, prepared(work, ("alike", entity.name, *fields), tree), lists)
    return [
        (key, int(str(row[0])), None if row[1] is None else int(str(row[1])))
        for row in found
        if (key := tuple(row[2:])) in sought
    ]


def choose_rows(
    work: Work, entity: Entity, shape: Shape, build: Build, values: Mapping[str, object], most: int
) -> tuple[int, ...]:
    """The living rows on which all the built conditions hold, oldest first, `most` at most; `values` are their parameters."""

    def tree() -> Built:
        compilation, columns = _columns(work, entity)
        identity = nodes.column(columns.alias, "id")
        living = nodes.is_null(nodes.column(columns.alias, "deleted_at"))
        where = nodes.all_of([living, *build(columns)])
        query = _select(columns, [identity], where).order_by(identity.copy()).limit(most)
        return query, RecordDecoder(entity.name, (), compilation.dialect), compilation

    found = rows_of(work, prepared(work, ("chosen", entity.name, *shape), tree), values)
    return tuple(int(str(row[0])) for row in found)


def _columns(work: Work, entity: Entity) -> tuple[Compilation, StoredColumns]:
    compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
    return compilation, StoredColumns(compilation, entity, compilation.alias())


def _select(columns: StoredColumns, wanted: list[exp.Expression], where: exp.Expression) -> exp.Select:
    query = exp.Select(expressions=wanted)
    query.set("from_", exp.From(this=nodes.table(columns.entity.name, columns.alias)))
    query.set("where", exp.Where(this=where))
    return query
