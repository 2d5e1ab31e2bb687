"""PostgreSQL: a pool of connections, prepared statements, serialisation conflicts tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg
from psycopg import errors, sql
from psycopg_pool import ConnectionPool, PoolTimeout

from engine.diagnostics import Message
from engine.runtime.database.errors import (
    CheckViolation,
    ConstraintViolation,
    DatabaseBusy,
    DatabaseError,
    DatabaseFull,
    DatabaseUnavailable,
    ForeignKeyViolation,
    UniqueViolation,
)
from engine.runtime.database.protocol import NO_PARAMETERS, Parameters, Row, Session
from engine.runtime.database.statements import Dialect, Statement

Result = TypeVar("Result")
TRIES = 5
Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass
class PostgresSession:
    """A transaction on one connection."""

    connection: Connection
    dialect: Dialect = "postgres"
    committed: list[Callable[[], None]] = field(default_factory=list)

    def rows(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> list[Row]:
        return self._run(statement, parameters).fetchall()

    def row(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> Row | None:
        return self._run(statement, parameters).fetchone()

    def execute(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> int:
        return self._run(statement, parameters).rowcount

    def execute_many(self, statement: Statement, parameters: Sequence[Parameters]) -> None:
        with self.connection.cursor() as cursor:
            try:
                cursor.executemany(_query(statement), parameters)
            except psycopg.Error as error:
                raise translated(error) from error

    def stream(self, statement: Statement, parameters: Parameters = NO_PARAMETERS, size: int = 1000) -> Iterator[Row]:
        with self.connection.cursor(name="stream") as cursor:
            cursor.itersize = size
            cursor.execute(_query(statement), parameters)
            yield from cursor

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        kept = len(self.committed)
        try:
            with self.connection.transaction():
                yield
        except BaseException:
            del self.committed[kept:]
            raise

    def after_commit(self, act: Callable[[], None]) -> None:
        self.committed.append(act)

    def _run(self, statement: Statement, parameters: Parameters) -> psycopg.Cursor[tuple[Any, ...]]:
        try:
            return self.connection.execute(_query(statement), parameters)
        except psycopg.Error as error:
            raise translated(error) from error


def _query(statement: Statement) -> sql.SQL:
    return sql.SQL(statement.sql)


class PostgresDatabase:
    """A database on a PostgreSQL server, for any number of processes."""

    dialect: Dialect = "postgres"

    def __init__(self, url: str, size: int = 8) -> None:
        self.url = url
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url, min_size=1, max_size=size, open=False, kwargs={"autocommit": True}, timeout=10, configure=_configure
        )
        try:
            self._pool.open(wait=True, timeout=10)
        except (PoolTimeout, psycopg.Error) as error:
            self._pool.close()
            raise DatabaseUnavailable from error

    def read(self, work: Callable[[Session], Result]) -> Result:
        with self._connection() as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                return work(PostgresSession(connection))
            finally:
                connection.execute("ROLLBACK")

    def write(self, work: Callable[[Session], Result]) -> Result:
        for remaining in range(TRIES - 1, -1, -1):
            with self._connection() as connection:
                session = PostgresSession(connection)
                try:
                    with connection.transaction():
                        result = work(session)
                except (errors.SerializationFailure, errors.DeadlockDetected, DatabaseBusy) as error:
                    if remaining == 0:
                        raise DatabaseBusy from error
                    continue
                except psycopg.Error as error:
                    raise translated(error) from error
            for act in session.committed:
                act()
            return result
        raise DatabaseBusy

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except PoolTimeout as error:
            raise DatabaseBusy from error
        except psycopg.OperationalError as error:
            raise translated(error) from error


def _configure(connection: Connection) -> None:
    connection.prepare_threshold = 3
    connection.execute("SET timezone = 'UTC'")


def translated(error: psycopg.Error) -> DatabaseError:
    """The product's error for one of the driver's."""
    name = error.diag.constraint_name or ""
    if isinstance(error, errors.UniqueViolation):
        return UniqueViolation(name)
    if isinstance(error, errors.ForeignKeyViolation):
        return ForeignKeyViolation(name)
    if isinstance(error, errors.CheckViolation):
        return CheckViolation(name)
    if isinstance(error, errors.NotNullViolation):
        return CheckViolation(f"{error.diag.table_name}.{error.diag.column_name}")
    if isinstance(error, errors.SerializationFailure | errors.DeadlockDetected | errors.LockNotAvailable):
        return DatabaseBusy()
    if isinstance(error, errors.IntegrityError):
        return ConstraintViolation(name)
    if isinstance(error, errors.DiskFull):
        return DatabaseFull()
    if isinstance(error, psycopg.OperationalError):
        return DatabaseUnavailable()
    return DatabaseError(
        Message("数据库操作失败", f"Database operation failed: {error.diag.message_primary or type(error).__name__}")
    )
