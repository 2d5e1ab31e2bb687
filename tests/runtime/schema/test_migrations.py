"""Migrations: every operation there and back with its data, on both databases; an interrupted one ends old or new."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from sqlglot import exp, parse_one

from engine.runtime.database.open import open_database
from engine.runtime.database.protocol import Database
from engine.runtime.database.statements import compile_statement
from engine.runtime.schema.executor import ConsentNeeded, NothingToRevert, Stamp, apply, plan_for, revert
from engine.runtime.schema.journal import recorded_schema
from engine.runtime.schema.operations import Operation
from engine.runtime.schema.tables import Column, ForeignKey, Index, PhysicalKind, Schema, Table, schema_of

ID = Column("id", PhysicalKind.INTEGER, nullable=False)
DELETED = Column("deleted_at", PhysicalKind.INSTANT)
CUSTOMER = Table(
    "customer", (ID, DELETED, Column("name", PhysicalKind.TEXT), Column("size", PhysicalKind.INTEGER, scale=2))
)
DEAL = Table(
    "deal",
    (
        ID,
        DELETED,
        Column("customer", PhysicalKind.INTEGER),
        Column("won", PhysicalKind.BOOLEAN),
        Column("closed", PhysicalKind.DATE),
    ),
    foreign_keys=(ForeignKey("customer", "customer"),),
    indexes=(
        Index("deal__customer", ("customer", "id")),
        Index("deal__one", ("customer", "closed"), unique=True, living=True),
    ),
)
BASE = schema_of([DEAL, CUSTOMER])


def migrate(database: Database, schema: Schema, number: int, consent: bool = True) -> tuple[Operation, ...]:
    stamp = Stamp(number, number, f"fingerprint {number}")
    plan = plan_for(database, schema, stamp)
    apply(database, plan, stamp, consent)
    return plan.operations


def run(database: Database, text: str) -> list[tuple[object, ...]]:
    statement = compile_statement(parse_one(text, read="postgres"), database.dialect)
    if isinstance(parse_one(text, read="postgres"), exp.Select):
        return database.read(lambda session: session.rows(statement))
    database.write(lambda session: session.execute(statement))
    return []


@pytest.fixture
def filled(database: Database) -> Database:
    migrate(database, BASE, 1)
    run(database, "INSERT INTO customer (id, name, size) VALUES (1, '华为', 1250)")
    run(database, "INSERT INTO deal (id, customer, won) VALUES (7, 1, NULL)")
    return database


def with_customer(*columns: Column, **changes: object) -> Schema:
    return schema_of([DEAL, replace(CUSTOMER, columns=columns or CUSTOMER.columns, **changes)])  # type: ignore[arg-type]


def test_a_database_that_is_as_declared_needs_no_plan(filled: Database) -> None:
    assert plan_for(filled, BASE, Stamp(2, 2, "")).empty


def test_a_new_column_is_added_and_taken_away_again(filled: Database) -> None:
    migrate(filled, with_customer(*CUSTOMER.columns, Column("city", PhysicalKind.TEXT)), 2)
    run(filled, "UPDATE customer SET city = '深圳'")
    revert(filled)
    assert filled.read(recorded_schema).tables["customer"].column("city") is None
    assert run(filled, "SELECT name FROM customer") == [("华为",)]


def test_a_retired_column_needs_consent_and_comes_back_with_its_values(filled: Database) -> None:
    smaller = with_customer(ID, DELETED, Column("size", PhysicalKind.INTEGER, scale=2))
    with pytest.raises(ConsentNeeded, match=r"Retire column customer\.name"):
        migrate(filled, smaller, 2, consent=False)
    migrate(filled, smaller, 2)
    revert(filled)
    assert run(filled, "SELECT name FROM customer") == [("华为",)]
    assert plan_for(filled, BASE, Stamp(3, 3, "")).empty


def test_a_declared_rename_keeps_the_data(filled: Database) -> None:
    renamed = with_customer(
        ID, DELETED, Column("title", PhysicalKind.TEXT), Column("size", PhysicalKind.INTEGER, scale=2)
    )
    migrate(filled, replace(renamed, column_renames={("customer", "name"): "title"}), 2)
    assert run(filled, "SELECT title FROM customer") == [("华为",)]
    revert(filled)
    assert run(filled, "SELECT name FROM customer") == [("华为",)]


def test_a_renamed_table_keeps_its_rows_and_references(filled: Database) -> None:
    deal = replace(DEAL, foreign_keys=(ForeignKey("customer", "account"),))
    renamed = schema_of([deal, replace(CUSTOMER, name="account")])
    migrate(filled, replace(renamed, table_renames={"customer": "account"}), 2)
    assert run(filled, "SELECT name FROM account") == [("华为",)]
    revert(filled)
    assert run(filled, "SELECT name FROM customer") == [("华为",)]


def test_a_retired_table_comes_back_with_its_rows(filled: Database) -> None:
    migrate(filled, schema_of([CUSTOMER]), 2)
    revert(filled)
    assert run(filled, "SELECT id FROM deal") == [(7,)]


def test_a_change_of_scale_is_exact_and_reversible(filled: Database) -> None:
    migrate(filled, with_customer(ID, DELETED, CUSTOMER.columns[2], Column("size", PhysicalKind.INTEGER, scale=4)), 2)
    assert run(filled, "SELECT size FROM customer") == [(125000,)]
    revert(filled)
    assert run(filled, "SELECT size FROM customer") == [(1250,)]


def test_what_does_not_convert_exactly_stays_empty_and_in_the_tombstone(filled: Database) -> None:
    migrate(filled, with_customer(ID, DELETED, CUSTOMER.columns[2], Column("size", PhysicalKind.INTEGER, scale=0)), 2)
    assert run(filled, "SELECT size FROM customer") == [(None,)]
    revert(filled)
    assert run(filled, "SELECT size FROM customer") == [(1250,)]


def test_indexes_come_and_go(filled: Database) -> None:
    other = replace(DEAL, indexes=(Index("deal__won", ("won",)),))
    migrate(filled, schema_of([other, CUSTOMER]), 2)
    revert(filled)
    assert plan_for(filled, BASE, Stamp(3, 3, "")).empty


def test_unique_indexes_count_living_rows_only(filled: Database) -> None:
    run(filled, "UPDATE deal SET closed = '2026-03-01', deleted_at = 5 WHERE id = 7")
    run(filled, "INSERT INTO deal (id, customer, closed) VALUES (8, 1, '2026-03-01')")
    assert run(filled, "SELECT count(*) FROM deal") == [(2,)]


def test_nothing_is_left_to_revert_after_the_first(database: Database) -> None:
    migrate(database, BASE, 1)
    revert(database)
    with pytest.raises(NothingToRevert):
        revert(database)


@pytest.mark.parametrize("step", range(4))
def test_a_plan_that_fails_at_any_step_leaves_the_old_schema(filled: Database, step: int) -> None:
    changed = schema_of(
        [
            replace(DEAL, indexes=(), columns=(*DEAL.columns, Column("note", PhysicalKind.TEXT))),
            replace(CUSTOMER, columns=(ID, DELETED, Column("size", PhysicalKind.INTEGER, scale=4))),
        ]
    )
    stamp = Stamp(2, 2, "")
    plan = plan_for(filled, changed, stamp)
    seen = 0

    def fail(operation: Operation) -> None:
        nonlocal seen
        seen += 1
        if seen > step:
            raise RuntimeError("cut")

    with pytest.raises(RuntimeError, match="cut"):
        apply(filled, plan, stamp, True, fail)
    assert run(filled, "SELECT name, size FROM customer") == [("华为", 1250)]
    assert plan_for(filled, BASE, Stamp(3, 3, "")).empty


def test_a_process_killed_in_the_middle_leaves_the_old_schema(tmp_path: Path) -> None:
    path = tmp_path / "killed.sqlite3"
    database = open_database(str(path))
    migrate(database, BASE, 1)
    database.close()
    script = textwrap.dedent(
        """
        import os, signal, sys
        from dataclasses import replace
        from engine.runtime.database.open import open_database
        from engine.runtime.schema.executor import Stamp, apply, plan_for
        from engine.runtime.schema.journal import recorded_schema
        from engine.runtime.schema.tables import Column, PhysicalKind

        database = open_database(sys.argv[1])
        live = database.read(recorded_schema)
        grown = {n: replace(t, columns=(*t.columns, Column("extra", PhysicalKind.TEXT))) for n, t in live.tables.items()}
        stamp = Stamp(2, 2, "")
        seen = []

        def kill(operation):
            seen.append(operation)
            if len(seen) == 2:
                os.kill(os.getpid(), signal.SIGKILL)

        apply(database, plan_for(database, replace(live, tables=grown), stamp), stamp, True, kill)
        """
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False, env=os.environ)
    assert done.returncode == -signal.SIGKILL
    reopened = open_database(str(path))
    assert plan_for(reopened, BASE, Stamp(3, 3, "")).empty
    assert run(reopened, "SELECT count(*) FROM deal") == [(0,)]
    reopened.close()
