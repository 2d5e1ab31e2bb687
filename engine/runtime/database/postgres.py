"""PostgreSQL: a pool of connections, prepared statements, conflicts and lost connections tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from engine.runtime.database.errors import DatabaseBusy, DatabaseUnavailable, TransactionLost
from engine.runtime.database.postgres_session import Connection, PostgresSession, translated
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Dialect

Result = TypeVar("Result")
TRIES = 5
READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
WRITING = "BEGIN"
PATIENCE = "SET LOCAL lock_timeout = '5s'"
"""A change of tables that waits for a lock makes everybody behind it wait too; rather give up and try again."""


class _OutcomeUnknown(Exception):
    """The connection was lost while the commit was under way: trying again could do the work twice."""


class PostgresDatabase:
    """A database on a PostgreSQL server, for any number of processes. `patience`: seconds to wait for a connection."""

    dialect: Dialect = "postgres"

    def __init__(self, url: str, size: int = 8, patience: float = 10) -> None:
        self.url = url
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=False,
            kwargs={"autocommit": True},
            timeout=patience,
            configure=_configure,
        )
        self._writers = ThreadPoolExecutor(size, thread_name_prefix="postgres-writer")
        try:
            self._pool.open(wait=True, timeout=patience)
        except (PoolTimeout, psycopg.Error):
            self._pool.close()
            raise DatabaseUnavailable from None

    def read(self, work: Callable[[Session], Result]) -> Result:
        return self._tried((READING,), work)

    def write(self, work: Callable[[Session], Result]) -> Result:
        return self._tried((WRITING,), work)

    def submit(self, work: Callable[[Session], Result]) -> Future[Result]:
        return self._writers.submit(self.write, work)

    def alter(self, work: Callable[[Session], Result]) -> Result:
        return self._tried((WRITING, PATIENCE), work)

    def reserve(self, size: int) -> bool:
        """Nothing: the server's disk is its own."""
        return True

    def reclaim(self, work: Callable[[Session], Result]) -> Result:
        """As `write`: there is no room of ours to give."""
        return self.write(work)

    def close(self) -> None:
        self._writers.shutdown()
        self._pool.close()

    def _tried(self, begin: tuple[str, ...], work: Callable[[Session], Result]) -> Result:
        """Run `work` in a transaction, again after a conflict or after a connection that was lost before its commit."""
        failure: DatabaseBusy | DatabaseUnavailable = DatabaseBusy()
        for _ in range(TRIES):
            with self._connection() as connection:
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
    def _connection(self) -> Iterator[Connection]:
        try:
            connection = self._pool.getconn()
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


def _configure(connection: Connection) -> None:
    connection.prepare_threshold = 3
    connection.execute("SET timezone = 'UTC'")
