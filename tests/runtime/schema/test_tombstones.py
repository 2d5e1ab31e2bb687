"""Tombstones: listed, filled back in, purged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlglot import exp, parse_one

from engine.runtime.database.protocol import Database
from engine.runtime.database.statements import compile_statement
from engine.runtime.schema.executor import NothingToRevert, Stamp, apply, plan_for, revert
from engine.runtime.schema.tables import Column, ForeignKey, Index, PhysicalKind, Schema, Table, schema_of
from engine.runtime.schema.tombstones import CannotRestore, purge, restore, tombstones

ID = Column("id", PhysicalKind.INTEGER, nullable=False)
CITY = Column("city", PhysicalKind.TEXT)
STORE = Table("store", (ID, CITY), indexes=(Index("store__city", ("city",)),))
SALE = Table("sale", (ID, Column("store", PhysicalKind.INTEGER)), foreign_keys=(ForeignKey("store", "store"),))
BASE = schema_of([STORE, SALE])
BARE = replace(STORE, columns=(ID,), indexes=())


def run(database: Database, text: str) -> list[tuple[object, ...]]:
    tree = parse_one(text, read="postgres")
    statement = compile_statement(tree, database.dialect)
    if isinstance(tree, exp.Select):
        return database.read(lambda session: session.rows(statement))
    database.write(lambda session: session.execute(statement))
    return []


def migrate(database: Database, schema: Schema, number: int) -> None:
    stamp = Stamp(number, number * 1000, "")
    apply(database, plan_for(database, schema, stamp), stamp, consent=True)


@pytest.fixture
def retired(database: Database) -> Database:
    """A column retired at 2000, a table at 3000."""
    migrate(database, BASE, 1)
    run(database, "INSERT INTO store (id, city) VALUES (1, '上海')")
    run(database, "INSERT INTO sale (id, store) VALUES (7, 1)")
    migrate(database, schema_of([BARE, SALE]), 2)
    migrate(database, schema_of([BARE]), 3)
    return database


def test_what_was_retired_is_listed_with_its_name_and_time(retired: Database) -> None:
    found = retired.write(tombstones)
    assert {(one.column is None, one.name, one.retired_at) for one in found} == {
        (False, "city", 2000),
        (True, "sale", 3000),
    }


def test_a_column_declared_again_gets_its_values_back_where_it_is_empty(retired: Database) -> None:
    run(retired, "INSERT INTO store (id) VALUES (2)")
    migrate(retired, schema_of([STORE]), 4)
    run(retired, "UPDATE store SET city = '北京' WHERE id = 2")
    [city] = [one for one in retired.write(tombstones) if one.name == "city"]
    assert restore(retired, city) == 1
    assert run(retired, "SELECT city FROM store ORDER BY id") == [("上海",), ("北京",)]


def test_a_table_declared_again_gets_the_rows_that_it_lacks(retired: Database) -> None:
    migrate(retired, schema_of([BARE, SALE]), 4)
    run(retired, "INSERT INTO sale (id, store) VALUES (8, 1)")
    [sale] = [one for one in retired.write(tombstones) if one.name == "sale"]
    assert restore(retired, sale) == 1
    assert run(retired, "SELECT id, store FROM sale ORDER BY id") == [(7, 1), (8, 1)]


def test_values_go_back_only_to_what_has_their_name_and_kind(retired: Database) -> None:
    changed = replace(STORE, columns=(ID, Column("city", PhysicalKind.INTEGER)))
    [city] = [one for one in retired.write(tombstones) if one.name == "city"]
    with pytest.raises(CannotRestore, match=r"store\.city"):
        restore(retired, city)
    migrate(retired, schema_of([changed]), 4)
    with pytest.raises(CannotRestore):
        restore(retired, city)


def test_purging_deletes_what_is_old_enough_and_nothing_else(retired: Database) -> None:
    assert [one.name for one in purge(retired, 2500)] == ["city"]
    assert [one.name for one in retired.write(tombstones)] == ["sale"]
    revert(retired)
    assert run(retired, "SELECT id, store FROM sale") == [(7, 1)]
    with pytest.raises(NothingToRevert, match="purged"):
        revert(retired)


def test_what_reverting_retired_is_purged_too(database: Database) -> None:
    migrate(database, schema_of([BARE]), 1)
    migrate(database, schema_of([STORE, SALE]), 2)
    revert(database)
    assert {one.name for one in database.write(tombstones)} == {"city", "sale"}
    assert len(purge(database, 10_000)) == 2
    assert database.write(tombstones) == ()
