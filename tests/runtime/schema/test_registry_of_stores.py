"""The store registry: nothing in the database or the data folder holds anything without saying so."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runtime.database.protocol import Database
from engine.runtime.database.statements import Statement
from engine.runtime.schema.executor import Stamp, apply, plan_for
from engine.runtime.schema.live import live_schema
from engine.runtime.schema.registry import (
    BadStore,
    Store,
    StoreKind,
    SubjectExit,
    check,
    collect,
    database_stores,
    table_stores,
)
from engine.runtime.schema.tables import Column, PhysicalKind, Table, schema_of

STORE = Table("store", (Column("id", PhysicalKind.INTEGER, nullable=False), Column("name", PhysicalKind.TEXT)))
SEARCH_COLUMNS = (Column("record", PhysicalKind.INTEGER), Column("tokens", PhysicalKind.TEXT))
SEARCH = Table("store__search", SEARCH_COLUMNS, primary_key=(), full_text=True)
OURS = table_stores((STORE, SEARCH), "packs", {"G2"}, SubjectExit.DELETE)


@pytest.fixture
def stores() -> tuple[Store, ...]:
    return collect(*database_stores("test.sqlite3"), *OURS)


@pytest.fixture
def filled(database: Database) -> Database:
    for number, tables in enumerate(([STORE, SEARCH], [SEARCH], [STORE, SEARCH]), start=1):
        stamp = Stamp(number, number, "")
        apply(database, plan_for(database, schema_of(tables), stamp), stamp, consent=True)
    return database


def test_a_database_with_retired_tables_holds_nothing_undeclared(
    filled: Database, stores: tuple[Store, ...], tmp_path: Path
) -> None:
    assert check(stores, filled.write(live_schema), tmp_path) == ()


def test_a_table_and_a_file_that_nobody_declared_are_told(
    filled: Database, stores: tuple[Store, ...], tmp_path: Path
) -> None:
    filled.write(lambda session: session.execute(Statement("CREATE TABLE copies (id INTEGER)", (), session.dialect)))
    (tmp_path / "export.csv").write_text("")
    told = [one.en for one in check(stores, filled.write(live_schema), tmp_path)]
    assert told == ["Table copies is not a declared store", "File export.csv is not a declared store"]


def test_a_declared_table_that_is_not_there_is_told(filled: Database, stores: tuple[Store, ...]) -> None:
    more = Store("ghost", StoreKind.TABLE, "packs", frozenset(), SubjectExit.NONE)
    assert [one.en for one in check((*stores, more), filled.write(live_schema))] == [
        "Declared table ghost is not there"
    ]


@pytest.mark.parametrize(
    ("store", "told"),
    [
        (OURS[0], "declared by packs and packs"),
        (Store("cards", StoreKind.CACHE, "x", frozenset({"G3"}), SubjectExit.NONE), "no subject could leave it"),
    ],
)
def test_stores_that_contradict_are_refused(store: Store, told: str) -> None:
    with pytest.raises(BadStore, match=told):
        collect(*OURS, store)
