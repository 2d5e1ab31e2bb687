"""A session of PostgreSQL, and the product's errors for its driver's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import errors, sql

from engine.diagnostics import Message
from engine.runtime.database.errors import (
    CheckViolation,
    ConstraintViolation,
    DatabaseBusy,
    DatabaseError,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnavailable,
    ForeignKeyViolation,
    SchemaChanged,
    UniqueViolation,
)
from engine.runtime.database.protocol import NO_PARAMETERS, Parameters, Row
from engine.runtime.database.statements import Dialect, Statement

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass
class PostgresSession:
    """A transaction on one connection."""

    connection: Connection
    dialect: Dialect = "postgres"
    committed: list[Callable[[], None]] = field(default_factory=list)
    streams: int = 0
    parts: list[Part] = field(default_factory=list)

    def rows(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> list[Row]:
        return self._run(statement, parameters).fetchall()

    def row(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> Row | None:
        return self._run(statement, parameters).fetchone()

    def execute(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> int:
        return self._run(statement, parameters).rowcount

    def execute_many(self, statement: Statement, parameters: Sequence[Parameters]) -> None:
        """One set of parameters is run like any statement: a pipeline would cost it two more ways to the server."""
        if len(parameters) == 1:
            self._run(statement, parameters[0])
            return
        self._begin_parts()
        with self.connection.cursor() as cursor:
            try:
                cursor.executemany(_query(statement), parameters)
            except psycopg.Error as error:
                raise translated(error) from None

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        self._begin_parts()
        try:
            with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:
            raise translated(error) from None

    def stream(self, statement: Statement, parameters: Parameters = NO_PARAMETERS, size: int = 1000) -> Iterator[Row]:
        self.streams += 1
        self._begin_parts()
        try:
            with self.connection.cursor(name=f"stream_{self.streams}") as cursor:
                cursor.itersize = size
                cursor.execute(_query(statement), parameters)
                yield from cursor
        except psycopg.Error as error:
            raise translated(error) from None

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        kept = len(self.committed)
        part = Part(f"part_{len(self.parts) + 1}")
        self.parts.append(part)
        try:
            yield
            self._end(part, "RELEASE {}")
        except BaseException:
            with suppress(DatabaseError):  # a lost connection has undone it; a transaction given up is not committed
                self._end(part, "ROLLBACK TO {0}; RELEASE {0}")
            del self.committed[kept:]
            raise
        finally:
            self.parts.remove(part)

    def after_commit(self, act: Callable[[], None]) -> None:
        self.committed.append(act)

    def _run(self, statement: Statement, parameters: Parameters) -> psycopg.Cursor[tuple[Any, ...]]:
        self._begin_parts()
        try:
            return self.connection.execute(_query(statement), parameters)
        except psycopg.Error as error:
            raise translated(error) from None

    def _begin_parts(self) -> None:
        """Set the savepoints of parts that have done nothing so far, on one way to the server."""
        waiting = [part for part in self.parts if not part.begun]
        if waiting:
            self._plain("; ".join(f"SAVEPOINT {part.name}" for part in waiting))
            for part in waiting:
                part.begun = True

    def _end(self, part: Part, words: str) -> None:
        if part.begun:
            self._plain(words.format(part.name))

    def _plain(self, text: str) -> None:
        """Run statements without parameters that nothing answers."""
        try:
            self.connection.execute(text.encode(), prepare=False)
        except psycopg.Error as error:
            raise translated(error) from None


@dataclass(eq=False)
class Part:
    """A part of a transaction that can fail alone. It costs nothing until something is done in it."""

    name: str
    begun: bool = False


def _query(statement: Statement) -> bytes:
    return statement.sql.encode()


_CONFLICTS = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.FeatureNotSupported,  # of our statements only a cached plan whose table was altered since
)
_KEY = re.compile(r"\((?P<columns>[^=]*)\)=\(")


def translated(error: psycopg.Error) -> DatabaseError:
    """The product's error for one of the driver's. Raise it `from None`: the driver's text holds values of records."""
    name = error.diag.constraint_name or ""
    if isinstance(error, errors.UniqueViolation):
        return UniqueViolation(name, _columns(error))
    if isinstance(error, errors.ForeignKeyViolation):
        return ForeignKeyViolation(name)
    if isinstance(error, errors.CheckViolation):
        return CheckViolation(name)
    if isinstance(error, errors.NotNullViolation):
        return CheckViolation(f"{error.diag.table_name}.{error.diag.column_name}")
    if isinstance(error, _CONFLICTS):
        return DatabaseBusy()
    if isinstance(error, errors.IntegrityError):
        return ConstraintViolation(name)
    if isinstance(error, errors.DiskFull):
        return DatabaseFull()
    if isinstance(error, errors.UndefinedColumn | errors.UndefinedTable):
        return SchemaChanged()
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return DatabaseReadOnly()
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return DatabaseUnavailable()
    told = "" if isinstance(error, psycopg.DataError) else error.diag.message_primary or ""
    return DatabaseError(
        Message(
            "数据库操作失败", f"Database operation failed: {type(error).__name__} {error.sqlstate or ''} {told}".strip()
        )
    )


def _columns(error: psycopg.Error) -> tuple[str, ...]:
    """The columns of a broken key as `table.column`, in whatever language the server speaks."""
    key = _KEY.search(error.diag.message_detail or "")
    names = key["columns"].split(", ") if key else []
    return tuple(f"{error.diag.table_name}.{name.strip(chr(34))}" for name in names)
