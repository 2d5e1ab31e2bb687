"""SQLite under faults: a full disk, a lost transaction, a second process, a kill, an end while others still ask."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from engine.diagnostics import DougongError
from engine.runtime.database.errors import (
    DatabaseError,
    DatabaseFull,
    DatabaseUnavailable,
    ForeignKeyViolation,
    TransactionLost,
)
from engine.runtime.database.open import open_database
from engine.runtime.database.protocol import Session
from engine.runtime.database.sqlite import SqliteDatabase
from engine.runtime.database.sqlite_files import Ballast, DatabaseInUse
from engine.runtime.database.sqlite_writer import Unit, commit_group
from engine.runtime.database.statements import Statement

pytestmark = pytest.mark.one_database


def said(sql: str) -> Statement:
    return Statement(sql, (), "sqlite")


def insert(number: int, size: int = 1) -> Unit:
    return Unit(lambda session: session.execute(said(f"INSERT INTO t VALUES ({number}, zeroblob({size}))")))


def flood(session: Session) -> None:
    for number in range(1000, 1100):
        session.execute(said(f"INSERT INTO t VALUES ({number}, zeroblob(5000))"))


def outcome(future: Future[object]) -> object:
    return future.exception() or future.result()[0]  # type: ignore[index]


@pytest.fixture
def small_disk(tmp_path: Path) -> sqlite3.Connection:
    """A database that may not grow by more than 40 pages, with a cache so small that SQLite gives transactions up."""
    connection = sqlite3.connect(tmp_path / "small.sqlite3", isolation_level=None)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB)")
    connection.execute("PRAGMA cache_size = 5")
    connection.execute("PRAGMA max_page_count = 40")
    return connection


def test_a_unit_that_fills_the_disk_takes_no_other_with_it(small_disk: sqlite3.Connection) -> None:
    units = [insert(1), Unit(flood), insert(2)]
    commit_group(small_disk, units)
    assert [type(outcome(unit.future)) for unit in units] == [int, DatabaseFull, int]
    assert small_disk.execute("SELECT id FROM t").fetchall() == [(1,), (2,)]
    assert not small_disk.in_transaction


def test_nothing_runs_on_after_the_transaction_was_lost(small_disk: sqlite3.Connection) -> None:
    def stubborn(session: Session) -> None:
        with pytest.raises(DatabaseFull), session.savepoint():
            flood(session)
        session.execute(said("INSERT INTO t VALUES (7, NULL)"))

    unit = Unit(stubborn)
    commit_group(small_disk, [unit])
    assert isinstance(unit.future.exception(), TransactionLost)
    assert small_disk.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_a_unit_that_fails_for_what_another_wrote_is_judged_by_what_was_committed(
    small_disk: sqlite3.Connection,
) -> None:
    units = [insert(5), insert(5), Unit(flood)]
    commit_group(small_disk, units)
    assert [type(outcome(unit.future)).__name__ for unit in units] == ["int", "UniqueViolation", "DatabaseFull"]


def test_a_second_opening_of_the_file_is_refused_and_works_after_the_first_ended(tmp_path: Path) -> None:
    first = open_database(str(tmp_path / "one.sqlite3"))
    with pytest.raises(DatabaseInUse, match="PostgreSQL"):
        open_database(str(tmp_path / "one.sqlite3"))
    first.close()
    open_database(str(tmp_path / "one.sqlite3")).close()


def test_a_second_process_is_refused_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    path = str(tmp_path / "one.sqlite3")
    script = textwrap.dedent(
        """
        import sys, time
        from engine.runtime.database.open import open_database
        database = open_database(sys.argv[1])
        print("open", flush=True)
        sys.stdin.read()
        """
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"open\n"
        with pytest.raises(DatabaseInUse):
            open_database(path)
        child.send_signal(signal.SIGKILL)
    open_database(path).close()


def test_acknowledged_writes_survive_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "killed.sqlite3"
    script = textwrap.dedent(
        """
        import os, signal, sys
        from concurrent.futures import ThreadPoolExecutor
        from engine.runtime.database.open import open_database
        from engine.runtime.database.statements import Statement
        database = open_database(sys.argv[1])
        say = lambda sql: database.write(lambda session: session.execute(Statement(sql, (), "sqlite")))
        say("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        def one(number):
            say(f"INSERT INTO t VALUES ({number})")
            os.write(1, b"%d\\n" % number)
            if number == 150:
                os.kill(os.getpid(), signal.SIGKILL)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(one, range(1000)))
        """
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL
    acknowledged = {int(line) for line in done.stdout.split()}
    database = open_database(str(path))
    kept = {row[0] for row in database.read(lambda session: session.rows(said("SELECT id FROM t")))}
    database.close()
    assert len(acknowledged) >= 100
    assert acknowledged <= kept


def test_writes_that_come_while_it_closes_are_done_or_refused_never_left_waiting(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "closing.sqlite3"))
    database.write(lambda session: session.execute(said("CREATE TABLE t (id INTEGER PRIMARY KEY)")))
    together = Barrier(5)

    def ask(first: int) -> int:
        together.wait()
        done = 0
        for number in range(first, first + 50):
            try:
                database.write(lambda session, n=number: session.execute(said(f"INSERT INTO t VALUES ({n})")))  # type: ignore[misc]
            except DatabaseUnavailable:
                break
            done += 1
        return done

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask, first) for first in range(0, 4000, 1000)]
        together.wait()
        database.close()
        done = sum(one.result(timeout=60) for one in asked)
    again = open_database(str(tmp_path / "closing.sqlite3"))
    assert again.read(lambda session: session.rows(said("SELECT count(*) FROM t"))) == [(done,)]
    again.close()


def test_a_closed_database_says_that_it_is_not_available(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "closed.sqlite3"))
    database.read(lambda session: session.rows(said("SELECT 1")))
    database.close()
    database.close()
    with pytest.raises(DatabaseUnavailable):
        database.read(lambda session: session.rows(said("SELECT 1")))
    with pytest.raises(DatabaseUnavailable):
        database.write(lambda session: session.rows(said("SELECT 1")))


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (1)",
        "DROP TABLE t",
        "ATTACH 'other.sqlite3' AS other",
        "PRAGMA query_only = OFF",
        "PRAGMA user_version = 3",
        "CREATE TEMP TABLE u (id INTEGER)",
    ],
)
def test_a_reader_is_refused_everything_but_reading(tmp_path: Path, sql: str) -> None:
    database = open_database(str(tmp_path / "read.sqlite3"))
    database.write(lambda session: session.execute(said("CREATE TABLE t (id INTEGER PRIMARY KEY)")))
    with pytest.raises(DatabaseError):
        database.read(lambda session: session.execute(said(sql)))
    assert database.read(lambda session: session.rows(said("SELECT count(*) FROM t"))) == [(0,)]
    database.close()


def test_an_alteration_that_breaks_a_foreign_key_is_undone_whole(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "alter.sqlite3"))

    def tables(session: Session) -> None:
        session.execute(said("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
        session.execute(said("CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id))"))
        session.execute(said("INSERT INTO a VALUES (1)"))
        session.execute(said("INSERT INTO b VALUES (2, 1)"))

    database.write(tables)
    with pytest.raises(ForeignKeyViolation):
        database.alter(lambda session: session.execute(said("DELETE FROM a")))
    with pytest.raises(ForeignKeyViolation):
        database.write(lambda session: session.execute(said("DELETE FROM a")))
    assert database.read(lambda session: session.rows(said("SELECT id FROM a"))) == [(1,)]
    database.close()


def test_a_unit_inside_a_unit_is_a_mistake_that_is_told(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "nested.sqlite3"))
    for inside, outside in ((database.write, database.write), (database.read, database.read)):
        with pytest.raises(RuntimeError, match="inside itself"):
            outside(lambda session, inside=inside: inside(lambda other: None))  # type: ignore[misc]
    database.close()


def test_what_is_run_after_a_commit_may_write_again(tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "after.sqlite3"))
    make = said("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    database.write(lambda one: one.after_commit(lambda: database.write(lambda two: two.execute(make)) and None))
    assert database.read(lambda session: session.rows(said("SELECT count(*) FROM t"))) == [(0,)]
    database.close()


def test_a_ballast_takes_its_room_and_gives_it_back(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "b.sqlite3")
    assert database.reserve(200_000)
    assert database.ballast.reserved == 200_000
    assert database.ballast.path.stat().st_blocks * 512 >= 200_000
    database.ballast.free()
    assert database.ballast.reserved == 0
    database.close()


def test_a_disk_without_room_for_ballast_still_opens(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "b.sqlite3")
    assert ballast.fill(1 << 60) is False
    assert ballast.reserved == 0


def test_databases_of_other_kinds_and_folders_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    for url in ("mysql://localhost/x", str(blocked / "under" / "a.sqlite3")):
        with pytest.raises(DougongError):
            open_database(url)
