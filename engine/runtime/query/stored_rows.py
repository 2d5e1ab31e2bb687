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
