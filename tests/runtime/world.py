"""A world for tests: a model's tables in a real database, rows in them, and work for anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from runtime.builders import NOW
from sqlglot import exp

from engine.model.app import AppModel
from engine.model.context import Context
from engine.runtime.database.protocol import Database, Session
from engine.runtime.database.statements import StatementCache, compile_statement
from engine.runtime.identifiers import IdSource
from engine.runtime.identity.tables import IDENTITY_TABLES
from engine.runtime.organisation.tables import ORGANISATION_TABLES
from engine.runtime.schema.executor import Stamp, apply, plan_for
from engine.runtime.schema.tables import schema_of
from engine.runtime.search.index import index_anew
from engine.runtime.search.likeness import LIKENESS_TABLE
from engine.runtime.storage.built_in import UNIT_TABLE, USER_TABLE, field_of
from engine.runtime.storage.fields import encode_date, encode_instant, storage_of
from engine.runtime.storage.tables import entity_tables, indexed_fields
from engine.runtime.work import Work

Result = TypeVar("Result")

KERNEL = (*IDENTITY_TABLES, *ORGANISATION_TABLES, LIKENESS_TABLE)


class StandingClock:
    """It is always the same moment."""

    def now(self) -> object:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@dataclass
class World:
    """A database with the tables of a model. Statements are cached as they are in service."""

    database: Database
    model: AppModel
    statements: StatementCache = field(default_factory=StatementCache)

    def read(self, context: Context, act: Callable[[Work], Result]) -> Result:
        return self.database.read(lambda session: act(self.work(session, context)))

    def write(self, context: Context, act: Callable[[Work], Result]) -> Result:
        return self.database.write(lambda session: act(self.work(session, context)))

    def work(self, session: Session, context: Context) -> Work:
        ids = IdSource(StandingClock())  # type: ignore[arg-type]
        return Work(session, self.model, context, ids, self.statements, b"k" * 32, Path())

    def people(self, *people: tuple[int, str]) -> None:
        columns = ("id", "name", "account", "epoch", "disabled", "demo", "created_at")
        self.fill(USER_TABLE, columns, [(id, name, f"u{id}", 0, 0, 0, 0) for id, name in people])

    def units(self, *units: tuple[int, str, str, int | None]) -> None:
        first = encode_date(date(2020, 1, 1), self.database.dialect)
        columns = ("id", "name", "kind", "parent", "code", "valid_from")
        self.fill(UNIT_TABLE, columns, [(*unit, f"c{unit[0]}", first) for unit in units])

    def row(self, entity: str, id: int, **values: object) -> int:
        """A stored row; values are Python values of their fields."""
        self.rows(entity, [{"id": id, **values}])
        return id

    def rows(self, entity: str, rows: Iterable[dict[str, object]]) -> None:
        declared = self.model.entities[entity]
        dialect = self.database.dialect
        stamp = encode_instant(NOW, dialect)
        names = ("version", "created_at", "updated_at", "id", "scope_unit", "deleted_at", *declared.fields)

        def stored(row: dict[str, object]) -> tuple[object, ...]:
            complete = {"version": 1} | row
            found = []
            for name in names:
                if name in ("created_at", "updated_at") and name not in row:
                    found.append(stamp)
                    continue
                one = field_of(declared, name)
                assert one is not None
                found.append(storage_of(one).encode(complete.get(name), dialect))
            return tuple(found)

        self.fill(entity, names, [stored(row) for row in rows])
        self.index(entity)

    def index(self, entity: str) -> None:
        """The search index as the sink would have kept it."""
        declared = self.model.entities[entity]
        if indexed_fields(declared):
            self.database.write(lambda session: index_anew(session, declared))

    def change(self, entity: str, id: int, name: str, value: object) -> None:
        """One stored cell gets another value, past all services."""
        found = field_of(self.model.entities[entity], name)
        assert found is not None
        target = exp.Table(this=exp.to_identifier(entity, quoted=True))
        here = exp.EQ(this=exp.column("id", quoted=True), expression=exp.Placeholder(this="id"))
        there = exp.EQ(this=exp.column(name, quoted=True), expression=exp.Placeholder(this="value"))
        statement = compile_statement(
            exp.Update(this=target, expressions=[there], where=exp.Where(this=here)), self.database.dialect
        )
        bound = {"id": id, "value": storage_of(found).encode(value, self.database.dialect)}
        self.database.write(lambda session: session.execute(statement, bound))
        self.index(entity)

    def fill(self, table: str, names: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
        columns = [exp.to_identifier(name, quoted=True) for name in names]
        values = exp.Tuple(expressions=[exp.Placeholder(this=f"p{at}") for at in range(len(names))])
        target = exp.Schema(this=exp.Table(this=exp.to_identifier(table, quoted=True)), expressions=columns)
        tree = exp.Insert(this=target, expression=exp.Values(expressions=[values]))
        statement = compile_statement(tree, self.database.dialect)
        bound = [{f"p{at}": value for at, value in enumerate(row)} for row in rows]
        self.database.write(lambda session: session.execute_many(statement, bound))


def build_world(database: Database, model: AppModel) -> World:
    """Creates the kernel's tables as far as queries need them, and those of the model."""
    stamp = Stamp(1, 0, model.fingerprint)
    apply(database, plan_for(database, schema_of([*KERNEL, *entity_tables(model)]), stamp), stamp)
    return World(database, model)
