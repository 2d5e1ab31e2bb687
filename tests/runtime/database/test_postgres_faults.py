"""PostgreSQL under faults: connections that end, conflicts, transactions given up, tables altered by others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest

from engine.runtime.database.errors import DatabaseUnavailable, TransactionLost, UniqueViolation
from engine.runtime.database.postgres import PostgresDatabase
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Statement

PATIENCE = 60.0
"""Seconds: the server finds a deadlock after one of its own, on a machine at work after several of ours."""


def said(sql: str) -> Statement:
    return Statement(sql, (), "postgres")


@pytest.fixture
def table(postgres_database: PostgresDatabase) -> PostgresDatabase:
    postgres_database.write(lambda session: session.execute(said("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT)")))
    return postgres_database


def end_all_connections(database: PostgresDatabase) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def test_a_connection_that_ended_between_units_is_replaced(table: PostgresDatabase) -> None:
    with ThreadPoolExecutor(4) as pool:
        together = Barrier(4)
        list(pool.map(lambda _: table.read(lambda session: together.wait()), range(4)))
    end_all_connections(table)
    table.write(lambda session: session.execute(said("INSERT INTO t VALUES (1, 1)")))
    assert table.read(lambda session: session.rows(said("SELECT id FROM t"))) == [(1,)]


def test_a_connection_that_ends_before_the_commit_costs_nothing_but_a_second_run(table: PostgresDatabase) -> None:
    runs: list[int] = []

    def unit(session: Session) -> None:
        runs.append(1)
        session.execute(said("INSERT INTO t VALUES (1, 1)"))
        if len(runs) == 1:
            end_all_connections(table)
        session.execute(said("INSERT INTO t VALUES (2, 1)"))

    table.write(unit)
    assert len(runs) == 2
    assert table.read(lambda session: session.rows(said("SELECT count(*) FROM t"))) == [(2,)]


def test_a_commit_whose_outcome_is_unknown_is_not_run_again(table: PostgresDatabase) -> None:
    runs: list[int] = []

    def unit(session: Session) -> None:
        runs.append(1)
        end_all_connections(table)

    with pytest.raises(DatabaseUnavailable):
        table.write(unit)
    assert len(runs) == 1


def test_a_deadlock_is_tried_again_until_both_are_done(table: PostgresDatabase) -> None:
    table.write(lambda session: session.execute(said("INSERT INTO t VALUES (1, 0), (2, 0)")))
    patient = PostgresDatabase(table.url, patience=PATIENCE)
    together = Barrier(2, timeout=PATIENCE)
    met: list[int] = []

    def unit(first: int, second: int) -> None:
        def work(session: Session) -> None:
            session.execute(said(f"UPDATE t SET n = n + 1 WHERE id = {first}"))
            if len(met) < 2:
                met.append(first)
                together.wait()
            session.execute(said(f"UPDATE t SET n = n + 1 WHERE id = {second}"))

        patient.write(work)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(unit, 1, 2), pool.submit(unit, 2, 1)]:
            done.result(timeout=PATIENCE)
    patient.close()
    assert table.read(lambda session: session.rows(said("SELECT n FROM t ORDER BY id"))) == [(2,), (2,)]


def test_an_error_that_was_swallowed_outside_a_savepoint_is_not_taken_for_a_commit(table: PostgresDatabase) -> None:
    def swallows(session: Session) -> None:
        session.execute(said("INSERT INTO t VALUES (1, 1)"))
        with pytest.raises(UniqueViolation):
            session.execute(said("INSERT INTO t VALUES (1, 1)"))

    with pytest.raises(TransactionLost):
        table.write(swallows)


def test_reading_keeps_its_prepared_statements(table: PostgresDatabase) -> None:
    asked = said("SELECT n FROM t WHERE id = 1")
    for _ in range(6):
        table.read(lambda session: session.rows(asked))
    prepared = said("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT n FROM t%%'")
    assert table.read(lambda session: session.rows(prepared, {"x": 1})) == [(1,)]


def test_a_table_altered_by_another_process_is_read_again(table: PostgresDatabase) -> None:
    asked = said("SELECT n FROM t")
    for _ in range(6):
        table.read(lambda session: session.rows(asked))
    with psycopg.connect(table.url, autocommit=True) as other:
        other.execute("INSERT INTO t VALUES (1, 5)")
        other.execute("ALTER TABLE t ALTER COLUMN n TYPE TEXT")
    assert table.read(lambda session: session.rows(asked)) == [("5",)]


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(DatabaseUnavailable):
        PostgresDatabase("postgresql://nobody@/nothing?host=/nonexistent", patience=0.2)
