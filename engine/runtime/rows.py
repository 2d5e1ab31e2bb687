"""Rows of the kernel's own tables: small statements from declared tables, built from nodes and cached by shape.

Entities of an application are never read here: their only source is engine.runtime.query.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from sqlglot import exp

from engine.runtime.database.errors import DatabaseBusy, UniqueViolation
from engine.runtime.database.protocol import Row, Session
from engine.runtime.database.statements import Dialect, Statement, StatementCache, compile_statement
from engine.runtime.query.membership import is_member, list_parameter

_CACHE = StatementCache(2000)
Conditions = Sequence[str]
"""Column names compared for equality, or `name <`, `name <=`, `name >`, `name >=`, `name is null`, `name is not null`, or
`name in` with a list of numbers, `name in texts` with one of texts."""

_LISTS = {"in": "bigint", "in texts": "text"}
_COMPARE: Mapping[str, type[exp.Binary]] = {
    "": exp.EQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
    "<>": exp.NEQ,
}


def insert(session: Session, table: str, row: Mapping[str, object]) -> None:
    """Add one row."""
    session.execute(_insert(session, table, tuple(row)), row)


def insert_first(session: Session, table: str, row: Mapping[str, object]) -> None:
    """Add a row that another transaction may be adding too. Raises DatabaseBusy when it was: the unit of work is run
    again then, and finds the row."""
    try:
        insert(session, table, row)
    except UniqueViolation:
        raise DatabaseBusy from None


def insert_many(session: Session, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Add rows that all have the same columns."""
    if rows:
        session.execute_many(_insert(session, table, tuple(rows[0])), rows)


def insert_rows(session: Session, table: str, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Add rows given as their values, in the order of the columns; many in the quickest way that the database has."""
    if len(rows) > FEW:
        session.load(table, columns, rows)
    else:
        insert_many(session, table, [dict(zip(columns, row, strict=True)) for row in rows])


FEW = 20
"""Rows up to which a prepared statement is as quick as loading them."""


def select(
    session: Session,
    table: str,
    columns: Iterable[str],
    where: Mapping[str, object] | None = None,
    order: Sequence[str] = (),
    limit: int | None = None,
    lock: bool = False,
) -> list[Row]:
    """Rows in which all conditions hold; keys of `where` are conditions, a leading minus in `order` descends.

    `lock` keeps the rows from being changed by others until the transaction ends; SQLite has one writer anyway.
    """
    given = where or {}
    shape = _Shape(session.dialect, table, tuple(columns), tuple(given), tuple(order), limit, lock)
    return session.rows(_CACHE.get(shape, lambda: _select(session, shape)), _values(given, session.dialect))


def count(session: Session, table: str, where: Mapping[str, object]) -> int:
    """How many rows fulfil all conditions; walks them, so only where there are few."""
    shape = ("count", session.dialect, table, tuple(where))

    def make() -> Statement:
        query = exp.select(exp.Count(this=exp.Star())).from_(_table(table))
        return compile_statement(query.where(_condition(tuple(where), session.dialect)), session.dialect)

    row = session.row(_CACHE.get(shape, make), _values(where, session.dialect))
    return int(str(row[0])) if row else 0


def update(session: Session, table: str, values: Mapping[str, object], where: Mapping[str, object]) -> int:
    """Change rows; the number changed."""
    shape = ("update", session.dialect, table, tuple(values), tuple(where))
    return session.execute(_CACHE.get(shape, lambda: _update(session, shape)), _bound(values, where, session.dialect))


def update_returning(
    session: Session, table: str, values: Mapping[str, object], where: Mapping[str, object], columns: Sequence[str]
) -> Row | None:
    """Change a row; these columns of it as they stand then, None when there is none."""
    shape = ("returning", session.dialect, table, tuple(values), tuple(where), tuple(columns))

    def make() -> Statement:
        returning = exp.Returning(expressions=[_column(name) for name in columns])
        tree = _update_tree(table, tuple(values), tuple(where), session.dialect, returning)
        return compile_statement(tree, session.dialect)

    return session.row(_CACHE.get(shape, make), _bound(values, where, session.dialect))


def update_many(session: Session, table: str, rows: Sequence[tuple[object, Mapping[str, object]]]) -> None:
    """Change rows given as (id, values), all in the same columns."""
    if rows:
        shape = ("update", session.dialect, table, tuple(rows[0][1]), ("id",))
        statement = _CACHE.get(shape, lambda: _update(session, shape))
        session.execute_many(
            statement,
            [{f"set_{name}": value for name, value in values.items()} | {"is_id": id} for id, values in rows],
        )


def delete(session: Session, table: str, where: Mapping[str, object]) -> int:
    """Remove rows; the number removed."""
    shape = ("delete", session.dialect, table, tuple(where))

    def make() -> Statement:
        condition = exp.Where(this=_condition(tuple(where), session.dialect))
        return compile_statement(exp.Delete(this=_table(table), where=condition), session.dialect)

    return session.execute(_CACHE.get(shape, make), _values(where, session.dialect))


def _insert(session: Session, table: str, columns: tuple[str, ...]) -> Statement:
    def make() -> Statement:
        names = exp.Schema(this=_table(table), expressions=[exp.to_identifier(name, quoted=True) for name in columns])
        values = exp.Values(expressions=[exp.Tuple(expressions=[exp.Placeholder(this=name) for name in columns])])
        return compile_statement(exp.Insert(this=names, expression=values), session.dialect)

    return _CACHE.get(("insert", session.dialect, table, columns), make)


class _Shape(NamedTuple):
    """What makes one select unlike another."""

    dialect: Dialect
    table: str
    columns: tuple[str, ...]
    conditions: tuple[str, ...]
    order: tuple[str, ...]
    limit: int | None
    lock: bool


def _select(session: Session, shape: _Shape) -> Statement:
    limit = shape.limit
    query = exp.select(*(_column(name) for name in shape.columns)).from_(_table(shape.table))
    if shape.conditions:
        query = query.where(_condition(shape.conditions, shape.dialect))
    if shape.lock and shape.dialect == "postgres":
        query.set("locks", [exp.Lock(update=True, key=True)])
    for name in shape.order:
        query = query.order_by(
            exp.Ordered(this=_column(name.removeprefix("-")), desc=name.startswith("-"), nulls_first=False), copy=False
        )
    return compile_statement(query.limit(limit) if limit is not None else query, session.dialect)


def _update(session: Session, shape: tuple[str, str, str, tuple[str, ...], tuple[str, ...]]) -> Statement:
    _, _, table, names, conditions = shape
    return compile_statement(_update_tree(table, names, conditions, session.dialect), session.dialect)


def _update_tree(
    table: str,
    names: Sequence[str],
    conditions: Conditions,
    dialect: Dialect,
    returning: exp.Returning | None = None,
) -> exp.Update:
    changes = [exp.EQ(this=_column(name), expression=exp.Placeholder(this=f"set_{name}")) for name in names]
    where = exp.Where(this=_condition(conditions, dialect))
    return exp.Update(this=_table(table), expressions=changes, where=where, returning=returning)


def _bound(values: Mapping[str, object], where: Mapping[str, object], dialect: Dialect) -> dict[str, object]:
    return {f"set_{name}": value for name, value in values.items()} | _values(where, dialect)


def _condition(conditions: Conditions, dialect: Dialect) -> exp.Expr:
    return exp.and_(*(_one(text, dialect) for text in conditions))


def _one(text: str, dialect: Dialect) -> exp.Expr:
    name, _, operator = text.partition(" ")
    if operator in _LISTS:
        return is_member(_column(name), exp.Placeholder(this=_parameter(text)), _LISTS[operator], dialect)
    if operator == "is null":
        return exp.Is(this=_column(name), expression=exp.Null())
    if operator == "is not null":
        return exp.Not(this=exp.Is(this=_column(name), expression=exp.Null()))
    return _COMPARE[operator](this=_column(name), expression=exp.Placeholder(this=_parameter(text)))


@cache
def _parameter(text: str) -> str:
    name, _, operator = text.partition(" ")
    return {
        "": f"is_{name}",
        "<": f"below_{name}",
        "<=": f"upto_{name}",
        ">": f"above_{name}",
        ">=": f"from_{name}",
        "<>": f"not_{name}",
        "in": f"among_{name}",
        "in texts": f"among_{name}",
    }[operator]


def _values(where: Mapping[str, object], dialect: Dialect) -> dict[str, object]:
    return {
        _parameter(text): list_parameter(_listed(value), dialect) if text.partition(" ")[2] in _LISTS else value
        for text, value in where.items()
        if " is " not in text
    }


def _listed(value: object) -> Collection[object]:
    assert isinstance(value, Collection)
    return value


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _table(name: str) -> exp.Table:
    return exp.to_table(exp.to_identifier(name, quoted=True).sql())
