"""PostgreSQL: a pool of connections, prepared statements, conflicts and lost connections tried again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from engine.runtime.database.errors import DatabaseBusy, DatabaseUnavailable, TransactionLost
from engine.runtime.database.postgres_cleansing import cleansed
from engine.runtime.database.postgres_session import Connection, PostgresSession, translated
from engine.runtime.database.protocol import Session, Uncleansed
from engine.runtime.database.statements import Dialect

Result = TypeVar("Result")
TRIES = 5
READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
WRITING = "BEGIN"
PATIENCE = "SET LOCAL lock_timeout = '5s'"
"""A change of tables that waits for a lock makes everybody behind it wait too; rather give up and try again."""
RECONNECTING = 1.0
"""Seconds for which a lost server is asked again on its own account; after that every unit asks it, at once."""


class _OutcomeUnknown(Exception):
    """The connection was lost while the commit was under way: trying again could do the work twice."""


class PostgresDatabase:
    """A database on a PostgreSQL server, for any number of processes. `patience`: seconds that a unit waits for
    a connection, for a lock, and for another try; then it is told that the database is busy."""

    dialect: Dialect = "postgres"

    def __init__(self, url: str, size: int = 8, patience: float = 3) -> None:
        self.url = url
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=False,
            kwargs={"autocommit": True},
            timeout=patience,
            reconnect_timeout=RECONNECTING,
            configure=partial(_configure, patience),
        )
        self._patience = patience
        self._writers = ThreadPoolExecutor(size, thread_name_prefix="postgres-writer")
        try:
            self._pool.open(wait=True, timeout=patience * 3)
        except (PoolTimeout, psycopg.Error):
            self._pool.close()
            raise DatabaseUnavailable from None

    def read(self, work: Callable[[Session], Result]) -> Result:
        return self._tried((READING,), work, self._ends())

    def write(self, work: Callable[[Session], Result]) -> Result:
        return self._tried((WRITING,), work, self._ends())

    def submit(self, work: Callable[[Session], Result]) -> Future[Result]:
        """The patience begins here, not when a thread takes the unit up: who waits is told in time."""
        return self._writers.submit(self._tried, (WRITING,), work, self._ends())

    def alter(self, work: Callable[[Session], Result]) -> Result:
        return self._tried((WRITING, PATIENCE), work, self._ends())

    def reserve(self, size: int) -> bool:
        """Nothing: the server's disk is its own."""
        return True

    def reclaim(self, work: Callable[[Session], Result]) -> Result:
        """As `write`: there is no room of ours to give."""
        return self.write(work)

    def cleanse(self, tables: Sequence[str], full_text: Sequence[str]) -> Uncleansed:
        """Write the files of tables anew without dead rows, and their statistics; the log is left for the server's own rule."""
        with self._connection(self._patience) as connection:
            return cleansed(connection, tables)

    def close(self) -> None:
        self._writers.shutdown()
        self._pool.close()

    def _ends(self) -> float:
        return time.monotonic() + self._patience

    def _tried(self, begin: tuple[str, ...], work: Callable[[Session], Result], ends: float) -> Result:
        """Run `work` in a transaction, again after a conflict or after a connection that was lost before its commit."""
        failure: DatabaseBusy | DatabaseUnavailable = DatabaseBusy()
        for _ in range(TRIES):
            left = ends - time.monotonic()
            if left <= 0:
                break
            with self._connection(left) as connection:
                session = PostgresSession(connection)
                try:
                    result = _transaction(connection, session, begin, work)
                except _OutcomeUnknown:
                    raise DatabaseUnavailable from None
                except DatabaseBusy as error:
                    failure = error
                    continue
                except DatabaseUnavailable as error:
                    if not connection.closed:
                        raise
                    failure = error
                else:
                    for act in session.committed:
                        act()
                    return result
            self._pool.check()
        raise failure

    @contextmanager
    def _connection(self, patience: float) -> Iterator[Connection]:
        try:
            connection = self._pool.getconn(patience)
        except PoolTimeout:
            raise DatabaseBusy from None
        except (PoolClosed, psycopg.OperationalError):
            raise DatabaseUnavailable from None
        try:
            yield connection
        finally:
            self._pool.putconn(connection)


def _transaction(
    connection: Connection, session: PostgresSession, begin: tuple[str, ...], work: Callable[[Session], Result]
) -> Result:
    """One transaction. A commit ends readers too: a rollback would throw the prepared statements away."""
    committing = False
    try:
        for statement in begin:
            connection.execute(statement, prepare=False)
        result = work(session)
        committing = True
        if connection.execute("COMMIT", prepare=False).statusmessage != "COMMIT":
            raise TransactionLost
    except BaseException as error:
        if not _rolled_back(connection) and committing:
            raise _OutcomeUnknown from None
        if isinstance(error, psycopg.Error):
            raise translated(error) from None
        raise
    return result


def _rolled_back(connection: Connection) -> bool:
    """End a failed transaction; False when the connection is lost, and closed then."""
    try:
        connection.execute("ROLLBACK", prepare=False)
    except psycopg.Error:
        connection.close()
        return False
    return True


def _configure(patience: float, connection: Connection) -> None:
    connection.prepare_threshold = 3
    connection.execute("SET timezone = 'UTC'")
    connection.execute(sql.SQL("SET lock_timeout = {}").format(sql.Literal(f"{int(patience * 1000 * 2 / 3)}ms")))
