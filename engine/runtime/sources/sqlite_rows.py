"""Rows of a SQLite file that is not ours: opened for reading only, with an authorizer and a time limit."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from engine.extensions import Clock, SourceFault, SourceReach
from engine.model.sources import Source
from engine.runtime.database.statements import Statement
from engine.runtime.sources.files import file_of, inbox_path

SECONDS = 60.0
STEPS = 10_000
_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})


def sqlite_rows(source: Source, statement: Statement, reach: SourceReach) -> Iterator[Mapping[str, object]]:
    """The rows by column. Raises SourceFault for a file that is no database, a query that fails, a missing column."""
    connection = _opened(source, reach)
    try:
        _restrict(connection, reach.clock)
        cursor = connection.execute(statement.sql)
        columns = [one[0] for one in cursor.description]
        check_columns(source, columns)
        for row in cursor:
            yield dict(zip(columns, row, strict=True))
    except sqlite3.Error as error:
        raise query_failed(str(error)) from None
    finally:
        connection.close()


def sqlite_columns(source: Source, table: str, reach: SourceReach) -> list[tuple[str, str]]:
    """The columns of a table or view with their declared types, empty where none is. Raises SourceFault."""
    connection = _opened(source, reach)
    try:
        found = connection.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall()
    except sqlite3.Error as error:
        raise query_failed(str(error)) from None
    finally:
        connection.close()
    return [(str(name), str(declared)) for name, declared in found]


def check_columns(source: Source, columns: list[str]) -> None:
    """Raises SourceFault when the query does not give a column that `fields` names."""
    missing = sorted(set(source.fields.values()) - set(columns))
    if missing:
        raise SourceFault(
            "missing_column",
            f"查询结果缺少列：{'、'.join(missing)}",
            f"The query gives no column: {', '.join(missing)}",
        )


def query_failed(words: str) -> SourceFault:
    """The driver's words name tables and columns, never values."""
    if words == "interrupted":
        return SourceFault("timed_out", f"查询超过 {SECONDS:.0f} 秒", f"The query took over {SECONDS:.0f} s")
    return SourceFault("query_failed", f"查询失败：{words[:200]}", f"The query failed: {words[:200]}")


def _opened(source: Source, reach: SourceReach) -> sqlite3.Connection:
    if reach.file is not None:
        connection = sqlite3.connect(":memory:")
        try:
            connection.deserialize(file_of(source, reach).content)
        except sqlite3.Error as error:
            connection.close()
            raise query_failed(str(error)) from None
        return connection
    path = inbox_path(source, reach)
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)


def _restrict(connection: sqlite3.Connection, clock: Clock) -> None:
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.text_factory = _text
    until = clock.monotonic() + SECONDS
    connection.set_progress_handler(lambda: clock.monotonic() > until, STEPS)
    connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY)


def _text(stored: bytes) -> str | bytes:
    """Text; bytes that are none stay bytes, which is a problem of their row alone."""
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored
