"""The rows of conformance cases in real tables, and the values of formulas over them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import psycopg
from formula_world import COLLECTIONS, ENTITIES, MOMENT, from_physical, physical
from sqlglot import exp

from engine.model import formula as types
from engine.model.formula import Formula, Moment, Relation, Type
from engine.model.formula_numbers import to_microseconds, zone_offsets
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.formula.sql import ColumnSource, lower

Row = dict[str, object]


@dataclass
class Rows:
    """Rows by table, numbered as they are added."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in ENTITIES})
    _ids: count[int] = field(default_factory=lambda: count(1001))

    def add(self, entity: str, cells: Mapping[str, object], **given: object) -> int:
        """The id of a row added with its related rows and its collections."""
        known = cells.get("id")
        record = known if isinstance(known, int) else next(self._ids)
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


def statement(formula: Formula, dialect: Dialect) -> Statement:
    """The value of a formula of the deal with the bound id."""
    columns = WorldColumns(dialect, "deal", "deal", count())
    select = exp.Select(expressions=[lower(formula, dialect, columns)]).from_(exp.to_table("deal"))
    mine = exp.EQ(this=exp.column("id", table="deal"), expression=exp.Placeholder(this="record"))
    return compile_statement(select.where(mine), dialect)


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


Asked = Sequence[tuple[Formula, int]]


def sqlite_values(rows: Rows, asked: Asked, moment: Moment = MOMENT) -> list[object]:
    """The value of each formula on its deal, in one spelling; a failure of the database is its text."""
    connection = sqlite3.connect(":memory:")
    for one in created("sqlite"):
        connection.execute(one)
    for entity, held in rows.tables.items():
        connection.executemany(insertion(entity, ":{}"), [encoded(entity, row, "sqlite") for row in held])
    bound = variables("sqlite", moment)
    found: list[object] = []
    for formula, record in asked:
        try:
            value = connection.execute(statement(formula, "sqlite").sql, {**bound, "record": record}).fetchone()[0]
            found.append(from_physical(value, formula.type))
        except (sqlite3.Error, AssertionError) as error:
            found.append(f"{type(error).__name__}: {error}")
    connection.close()
    return found


def postgres_values(dsn: str, rows: Rows, asked: Asked, moment: Moment = MOMENT) -> list[object]:
    with psycopg.connect(dsn) as connection:
        connection.execute("SET search_path TO pg_temp")
        for one in created("postgres"):
            connection.execute(one.replace("CREATE TABLE", "CREATE TEMPORARY TABLE"))
        with connection.cursor() as cursor:
            for entity, held in rows.tables.items():
                values = [encoded(entity, row, "postgres") for row in held]
                cursor.executemany(insertion(entity, "%({})s"), values)
        return [_postgres_value(connection, one, record, variables("postgres", moment)) for one, record in asked]


def _postgres_value(connection: psycopg.Connection[Any], formula: Formula, record: int, bound: Row) -> object:
    try:
        with connection.transaction():
            asked, given = statement(formula, "postgres"), {**bound, "record": record}
            row = connection.execute(asked.sql, {name: given[name] for name in asked.parameters}).fetchone()
            assert row is not None
            return from_physical(row[0], formula.type)
    except (psycopg.Error, AssertionError) as error:
        return f"{type(error).__name__}: {error}"
