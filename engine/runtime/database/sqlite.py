"""SQLite: one writer thread with group commit, reader connections per thread, WAL with full synchronisation."""

from __future__ import annotations

import queue
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

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
OLDEST = (3, 40, 0)
GROUP = 64
"""Units committed together at most; a longer queue is the next group."""
READABLE = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_TRANSACTION,
        sqlite3.SQLITE_SAVEPOINT,
        sqlite3.SQLITE_RECURSIVE,
    }
)


def _only_reading(action: int, *names: str | None) -> int:
    return sqlite3.SQLITE_OK if action in READABLE else sqlite3.SQLITE_DENY


@dataclass
class SqliteSession:
    """A transaction on one connection."""

    connection: sqlite3.Connection
    dialect: Dialect = "sqlite"
    committed: list[Callable[[], None]] = field(default_factory=list)
    depth: int = 0

    def rows(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> list[Row]:
        return self._run(statement, parameters).fetchall()

    def row(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> Row | None:
        found: Row | None = self._run(statement, parameters).fetchone()
        return found

    def execute(self, statement: Statement, parameters: Parameters = NO_PARAMETERS) -> int:
        return self._run(statement, parameters).rowcount

    def execute_many(self, statement: Statement, parameters: Sequence[Parameters]) -> None:
        try:
            self.connection.executemany(statement.sql, [dict(one) for one in parameters])
        except sqlite3.Error as error:
            raise translated(error) from error

    def stream(self, statement: Statement, parameters: Parameters = NO_PARAMETERS, size: int = 1000) -> Iterator[Row]:
        cursor = self._run(statement, parameters)
        while part := cursor.fetchmany(size):
            yield from part

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self.depth += 1
        name = f"part_{self.depth}"
        self.connection.execute(f"SAVEPOINT {name}")
        kept = len(self.committed)
        try:
            yield
        except BaseException:
            self.connection.execute(f"ROLLBACK TO {name}")
            self.connection.execute(f"RELEASE {name}")
            del self.committed[kept:]
            raise
        else:
            self.connection.execute(f"RELEASE {name}")
        finally:
            self.depth -= 1

    def after_commit(self, act: Callable[[], None]) -> None:
        self.committed.append(act)

    def _run(self, statement: Statement, parameters: Parameters) -> sqlite3.Cursor:
        try:
            return self.connection.execute(statement.sql, dict(parameters))
        except sqlite3.Error as error:
            raise translated(error) from error


@dataclass
class _Unit:
    work: Callable[[Session], Any]
    future: Future[Any]


class SqliteDatabase:
    """A database in one file, for one process."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path, ballast: int = 0) -> None:
        if sqlite3.sqlite_version_info < OLDEST:
            raise DatabaseUnavailable(Message("SQLite 版本须为 3.40 以上", "SQLite 3.40 or newer is needed"))
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._ballast = Ballast(path.with_suffix(".ballast"), ballast)
        self._ballast.fill()
        self._readers = threading.local()
        self._all_readers: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._closed = False
        opened: Future[None] = Future()
        self._writer = threading.Thread(target=self._write_loop, args=(opened,), name="sqlite-writer", daemon=True)
        self._writer.start()
        opened.result()

    def read(self, work: Callable[[Session], Result]) -> Result:
        connection = self._reader()
        connection.execute("BEGIN")
        try:
            return work(SqliteSession(connection))
        finally:
            connection.execute("ROLLBACK")

    def write(self, work: Callable[[Session], Result]) -> Result:
        if threading.current_thread() is self._writer:
            raise RuntimeError("a unit of work opened another one inside itself")
        if self._closed:
            raise DatabaseUnavailable
        future: Future[Result] = Future()
        self._queue.put(_Unit(work, future))
        return future.result()

    def free_ballast(self) -> None:
        """Give the reserved room back, so that a full disk can be relieved by deleting."""
        self._ballast.free()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._writer.join()
        with self._lock:
            for connection in self._all_readers:
                connection.close()

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            if self._closed:
                raise DatabaseUnavailable
            connection = self._connect()
            connection.execute(
                "SELECT 1 FROM json_each('[]')"
            ).fetchall()  # its module is made before the authorizer refuses
            connection.execute("PRAGMA query_only = ON")
            connection.set_authorizer(_only_reading)
            self._readers.connection = connection
            with self._lock:
                self._all_readers.append(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self.path, isolation_level=None, check_same_thread=False, cached_statements=512
            )
            connection.execute("PRAGMA busy_timeout = 5000")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA cache_size = -32000")
            connection.execute("PRAGMA temp_store = MEMORY")
        except sqlite3.Error as error:
            raise translated(error) from error
        return connection

    def _write_loop(self, opened: Future[None]) -> None:
        try:
            connection = self._connect()
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException as error:
            opened.set_exception(error)
            return
        opened.set_result(None)
        while (unit := self._queue.get()) is not None:
            group = [unit]
            while len(group) < GROUP:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    self._queue.put(None)
                    break
                group.append(following)
            _commit_group(connection, group)
        connection.execute("PRAGMA optimize")
        connection.close()


def _commit_group(connection: sqlite3.Connection, group: list[_Unit]) -> None:
    """Run units one after another, each in a savepoint, and commit them together; a failing one undoes only itself."""
    done: list[tuple[_Unit, Any, list[Callable[[], None]]]] = []
    try:
        connection.execute("BEGIN IMMEDIATE")
        for unit in group:
            session = SqliteSession(connection)
            try:
                with session.savepoint():
                    result = unit.work(session)
            except BaseException as error:
                unit.future.set_exception(error)
            else:
                done.append((unit, result, session.committed))
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        for unit in group:
            if not unit.future.done():
                unit.future.set_exception(translated(error))
        return
    for unit, result, committed in done:
        try:
            for act in committed:
                act()
        except BaseException as error:
            unit.future.set_exception(error)
        else:
            unit.future.set_result(result)


class Ballast:
    """A file that reserves room on the disk, to be given back when the disk is full."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size

    def fill(self) -> None:
        if self.size and not self.path.exists():
            with self.path.open("wb") as file:
                for _ in range(max(1, self.size // 65536)):
                    file.write(b"\0" * min(65536, self.size))

    def free(self) -> None:
        self.path.unlink(missing_ok=True)


_UNIQUE = re.compile(r"UNIQUE constraint failed: (?:index '(?P<index>[^']+)'|(?P<columns>.+))")
_CHECK = re.compile(r"(?:CHECK|NOT NULL) constraint failed: (?P<name>.+)")


def translated(error: sqlite3.Error) -> DatabaseError:
    """The product's error for one of the driver's."""
    text = str(error)
    if unique := _UNIQUE.match(text):
        columns = tuple((unique["columns"] or "").split(", ")) if unique["columns"] else ()
        return UniqueViolation(unique["index"] or ",".join(columns), columns)
    if "FOREIGN KEY" in text:
        return ForeignKeyViolation("foreign_key")
    if check := _CHECK.match(text):
        return CheckViolation(check["name"])
    if isinstance(error, sqlite3.IntegrityError):
        return ConstraintViolation(text)
    if "full" in text:
        return DatabaseFull()
    if "locked" in text or "busy" in text:
        return DatabaseBusy()
    if "unable to open" in text or "disk I/O" in text or "readonly" in text:
        return DatabaseUnavailable()
    return DatabaseError(Message("数据库操作失败", f"Database operation failed: {text}"))
