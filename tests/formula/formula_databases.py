"""The rows of conformance cases in real tables, and the values of formulas over them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import psycopg
from sqlglot import exp

from engine.model import formula as types
from engine.model.formula import Formula, Moment, Relation, Type
from engine.model.formula_numbers import to_microseconds, zone_offsets
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.formula.sql import ColumnSource, lower
from tests.formula.formula_world import COLLECTIONS, ENTITIES, MOMENT, from_physical, physical

Row = dict[str, object]


@dataclass
class Rows:
    """Rows by table, numbered as they are added."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in ENTITIES})
    _ids: count[int] = field(default_factory=lambda: count(1001))
    _added: set[tuple[str, int]] = field(default_factory=set)

    def add(self, entity: str, cells: Mapping[str, object], **given: object) -> int:
        """The id of a row added with its related rows and its collections; one that is there is not added again."""
        known = cells.get("id")
        record = known if isinstance(known, int) else next(self._ids)
        if (entity, record) in self._added:
            return record
        self._added.add((entity, record))
        row: Row = {**given, "id": record}
        for name, value in cells.items():
            of = ENTITIES[entity].get(name)
            if (entity, name) in COLLECTIONS:
                child, by = COLLECTIONS[entity, name]
                assert isinstance(value, list)
                for one in value:
                    self.add(child, one, **{by: record})
            elif isinstance(of, Relation) and isinstance(value, Mapping):
                row[name] = self.add(of.entity, value)
            elif name != "id":
                row[name] = value
        self.tables[entity].append(row)
        return record


def kind(of: Type, dialect: str) -> str:
    if isinstance(of, types.Boolean):
        return "INTEGER" if dialect == "sqlite" else "BOOLEAN"
    if isinstance(of, types.Date):
        return "TEXT" if dialect == "sqlite" else "DATE"
    if isinstance(of, types.Text | types.Choice | types.Choices):
        return "TEXT"
    return "INTEGER" if dialect == "sqlite" else "BIGINT"


@dataclass(frozen=True)
class WorldColumns:
    """A column source over the tables of the world."""

    dialect: str
    entity: str
    alias: str
    names: count[int]

    def column(self, path: tuple[str, ...]) -> exp.Expression:
        return self._value(self.entity, self.alias, path)

    def _value(self, entity: str, alias: str, path: tuple[str, ...]) -> exp.Expression:
        first = exp.column(path[0], table=alias, quoted=True)
        of = ENTITIES[entity][path[0]]
        if len(path) == 1 or not isinstance(of, Relation):
            return first
        inner = f"w{next(self.names)}"
        select = exp.Select(expressions=[self._value(of.entity, inner, path[1:])])
        select = select.from_(exp.to_table(of.entity).as_(inner))
        return exp.Subquery(this=select.where(exp.EQ(this=exp.column("id", table=inner), expression=first)))

    def variable(self, name: str) -> exp.Expression:
        parameter = "v_" + name.replace(".", "_").removesuffix("()")
        return exp.Placeholder(this=parameter)

    def children(self, path: tuple[str, ...]) -> tuple[ColumnSource, exp.Select] | None:
        child, by = COLLECTIONS[self.entity, path[-1]]
        alias = f"w{next(self.names)}"
        mine = exp.EQ(this=exp.column(by, table=alias), expression=exp.column("id", table=self.alias))
        select = exp.Select(expressions=[exp.Literal.number(1)]).from_(exp.to_table(child).as_(alias)).where(mine)
        return WorldColumns(self.dialect, child, alias, self.names), select


def statement(formulas: Sequence[Formula], dialect: Dialect, ids: Sequence[int]) -> Statement:
    """The ids of deals and the values of the formulas on them."""
    columns = WorldColumns(dialect, "deal", "deal", count())
    values = [exp.alias_(lower(one, dialect, columns), f"v{at}", quoted=True) for at, one in enumerate(formulas)]
    select = exp.Select(expressions=[exp.column("id", table="deal"), *values]).from_(exp.to_table("deal"))
    wanted = [exp.Literal.number(one) for one in ids]
    return compile_statement(select.where(exp.In(this=exp.column("id", table="deal"), expressions=wanted)), dialect)


def variables(dialect: str, moment: Moment) -> dict[str, object]:
    def listed(name: str) -> object:
        value = moment.variables[name]
        assert isinstance(value, tuple)
        return list(value) if dialect == "postgres" else json.dumps(value)

    zone = moment.zone if dialect == "postgres" else json.dumps(zone_offsets(moment.zone))
    return {
        "v_user_id": moment.variables["user.id"],
        "v_user_unit": moment.variables["user.unit"],
        "v_user_units": listed("user.units"),
        "v_user_roles": listed("user.roles"),
        "v_today": moment.today.isoformat() if dialect == "sqlite" else moment.today,
        "v_now": to_microseconds(moment.now),
        "v_zone": zone,
    }


def created(dialect: str) -> list[str]:
    return [
        f"CREATE TABLE {entity} ({', '.join(f'{name} {kind(of, dialect)}' for name, of in fields.items())})"
        for entity, fields in ENTITIES.items()
    ]


def encoded(entity: str, row: Row, dialect: str) -> dict[str, object]:
    return {
        name: json.dumps(row[name], ensure_ascii=False)
        if isinstance(of, types.Choices) and row.get(name) is not None
        else physical(row.get(name), of, dialect)
        for name, of in ENTITIES[entity].items()
    }


def insertion(entity: str, mark: str) -> str:
    names = list(ENTITIES[entity])
    return f"INSERT INTO {entity} ({', '.join(names)}) VALUES ({', '.join(mark.format(name) for name in names)})"


Execute = Callable[[Statement], Sequence[Sequence[Any]]]
TOGETHER = 16
"""Formulas in one statement: it must not have too many columns, and one that fails is asked again alone."""


def sqlite_values(
    rows: Rows, formulas: Sequence[Formula], moment: Moment = MOMENT, of: Sequence[int] | None = None
) -> list[dict[int, object]]:
    """The value of each formula by the id of the deal, in one spelling; a failure of the database is its text.

    `of` has the deal that each formula is asked of; without it all are.
    """
    with closing(sqlite3.connect(":memory:")) as connection:
        for one in created("sqlite"):
            connection.execute(one)
        for entity, held in rows.tables.items():
            connection.executemany(insertion(entity, ":{}"), [encoded(entity, row, "sqlite") for row in held])
        bound = variables("sqlite", moment)
        return _values(
            formulas,
            _asked(rows, formulas, of),
            "sqlite",
            lambda asked: connection.execute(asked.sql, bound).fetchall(),
        )


def postgres_values(
    dsn: str, rows: Rows, formulas: Sequence[Formula], moment: Moment = MOMENT, of: Sequence[int] | None = None
) -> list[dict[int, object]]:
    """As `sqlite_values`, on a server."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET search_path TO pg_temp")
        connection.execute("SET jit TO off")
        for one in created("postgres"):
            connection.execute(one.replace("CREATE TABLE", "CREATE TEMPORARY TABLE"))
        with connection.cursor() as cursor:
            for entity, held in rows.tables.items():
                values = [encoded(entity, row, "postgres") for row in held]
                cursor.executemany(insertion(entity, "%({})s"), values)
        bound = variables("postgres", moment)

        def execute(asked: Statement) -> Sequence[Sequence[Any]]:
            return connection.execute(asked.sql, {name: bound[name] for name in asked.parameters}).fetchall()

        return _values(formulas, _asked(rows, formulas, of), "postgres", execute)


def _asked(rows: Rows, formulas: Sequence[Formula], of: Sequence[int] | None) -> list[list[int]]:
    """The deals that each formula is asked of."""
    every = [int(str(row["id"])) for row in rows.tables["deal"]]
    return [every] * len(formulas) if of is None else [[one] for one in of]


def _values(
    formulas: Sequence[Formula], asked: Sequence[Sequence[int]], dialect: Dialect, execute: Execute
) -> list[dict[int, object]]:
    found: list[dict[int, object]] = []
    for at in range(0, len(formulas), TOGETHER):
        ids = sorted({one for part in asked[at : at + TOGETHER] for one in part})
        found += _together(formulas[at : at + TOGETHER], ids, dialect, execute)
    return found


def _together(
    formulas: Sequence[Formula], ids: Sequence[int], dialect: Dialect, execute: Execute
) -> list[dict[int, object]]:
    """Values of one statement; when it fails, of its halves, down to the formula that makes it fail."""
    try:
        answered = execute(statement(formulas, dialect, ids))
    except (sqlite3.Error, psycopg.Error) as error:
        if len(formulas) == 1:
            return [dict.fromkeys(ids, f"{type(error).__name__}: {error}")]
        half = len(formulas) // 2
        parts = (formulas[:half], formulas[half:])
        return [one for part in parts for one in _together(part, ids, dialect, execute)]
    return [{row[0]: _spelled(row[at], one) for row in answered} for at, one in enumerate(formulas, start=1)]


def _spelled(value: object, formula: Formula) -> object:
    try:
        return from_physical(value, formula.type)
    except AssertionError as error:
        return f"{type(error).__name__}: {error}"
