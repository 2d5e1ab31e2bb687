"""A snapshot: one consistent view of a database that others may write to meanwhile, this process or another.

It takes no lock that a writer would wait for: a reading transaction of SQLite's write-ahead log, a repeatable-read one of
PostgreSQL. What is committed after it began is not in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from engine.diagnostics import Message
from engine.runtime.database.errors import DatabaseUnavailable
from engine.runtime.database.open import is_postgres, sqlite_path
from engine.runtime.database.postgres import READING
from engine.runtime.database.postgres_session import PostgresSession
from engine.runtime.database.postgres_session import translated as translated_by_postgres
from engine.runtime.database.protocol import Session
from engine.runtime.database.sqlite_session import SqliteSession, translated


@contextmanager
def snapshot(url: str) -> Iterator[Session]:
    """A session that reads what was committed when the block began. Raises DatabaseUnavailable."""
    with _postgres(url) if is_postgres(url) else _sqlite(sqlite_path(url)) as session:
        yield session


@contextmanager
def _sqlite(path: Path) -> Iterator[SqliteSession]:
    if not path.is_file():
        raise DatabaseUnavailable(Message(f"没有数据库文件 {path}", f"There is no database file {path}"))
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise translated(error) from None
    try:
        connection.execute("PRAGMA busy_timeout = 5000")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the view is that of the first read
        yield SqliteSession(connection)
    except sqlite3.Error as error:
        raise translated(error) from None
    finally:
        connection.close()


@contextmanager
def _postgres(url: str) -> Iterator[PostgresSession]:
    try:
        connection = psycopg.connect(url, autocommit=True)
    except psycopg.Error:
        raise DatabaseUnavailable from None
    try:
        connection.execute("SET timezone = 'UTC'")
        connection.execute(READING)
        yield PostgresSession(connection)
    except psycopg.Error as error:
        raise translated_by_postgres(error) from None
    finally:
        connection.close()
