"""SQLite: one writer thread with group commit, reader connections per thread, WAL with full synchronisation."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from engine.diagnostics import Message
from engine.runtime.database.errors import DatabaseFull, DatabaseUnavailable
from engine.runtime.database.protocol import Session, Uncleansed
from engine.runtime.database.sqlite_cleansing import cleansed
from engine.runtime.database.sqlite_files import Ballast, SoleOwner
from engine.runtime.database.sqlite_session import SqliteSession, translated
from engine.runtime.database.sqlite_writer import Writer
from engine.runtime.database.statements import Dialect

Result = TypeVar("Result")
OLDEST = (3, 40, 0)
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


FULL_TEXT = frozenset({(sqlite3.SQLITE_UPDATE, "sqlite_master"), (sqlite3.SQLITE_PRAGMA, "data_version")})
"""What a full-text table asks for when a connection first reads it. The schema table is written by no statement."""


def _only_reading(action: int, name: str | None, value: str | None, *place: str | None) -> int:
    reading = action in READABLE or ((action, name) in FULL_TEXT and (action != sqlite3.SQLITE_PRAGMA or value is None))
    return sqlite3.SQLITE_OK if reading else sqlite3.SQLITE_DENY


def _in_one_file(action: int, name: str | None, *place: str | None) -> int:
    """No statement reaches another file: neither ATTACH nor VACUUM INTO. A plain VACUUM attaches a nameless one."""
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH and name else sqlite3.SQLITE_OK


class SqliteDatabase:
    """A database in one file, for one process. `ballast` is room on its disk kept for the day on which that is full."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        if sqlite3.sqlite_version_info < OLDEST:
            raise DatabaseUnavailable(Message("SQLite 版本须为 3.40 以上", "SQLite 3.40 or newer is needed"))
        self.path = path
        self._readers = threading.local()
        self._all_readers: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._owner = _owner(path)
        self.ballast = Ballast(path)
        try:
            self._writer = Writer(self._connect)
        except BaseException:
            self._owner.release()
            raise

    def read(self, work: Callable[[Session], Result]) -> Result:
        connection = self._reader()
        if connection.in_transaction:
            raise RuntimeError("a reading unit of work opened another one inside itself")
        try:
            connection.execute("BEGIN")
        except sqlite3.Error as error:
            raise translated(error) from None
        try:
            return work(SqliteSession(connection))
        finally:
            _end(connection)

    def write(self, work: Callable[[Session], Result]) -> Result:
        return self._writer.run(work)

    def submit(self, work: Callable[[Session], Result]) -> Future[Result]:
        return self._writer.submit(work)

    def alter(self, work: Callable[[Session], Result]) -> Result:
        return self._writer.run(work, alone=True)

    def reserve(self, size: int) -> bool:
        return self.ballast.fill(size)

    def reclaim(self, work: Callable[[Session], Result]) -> Result:
        """As `write`; on a full disk the ballast gives its room, and takes it again when there is so much."""
        try:
            return self.write(work)
        except DatabaseFull:
            kept = self.ballast.reserved
            self.ballast.free()
        try:
            result = self.write(work)
            self._shorten_the_log()
            return result
        finally:
            self.ballast.fill(kept)

    def cleanse(self, tables: Sequence[str], full_text: Sequence[str]) -> Uncleansed:
        """Merge the segments of full-text tables, build the file anew without free pages, empty the log."""
        return self._writer.run_bare(lambda connection: cleansed(connection, full_text))

    def close(self) -> None:
        """Commit what waits and end; a reader that is still at work finishes with an error, never with a wrong answer."""
        with self._lock:
            if self._ended.is_set():
                return
            self._ended.set()
        self._writer.close()
        with self._lock:
            for connection in self._all_readers:
                connection.close()
        self._owner.release()

    def _shorten_the_log(self) -> None:
        """What was written moves into the file, whose free pages it takes; the log's room is the disk's again."""
        with closing(self._connect()) as connection, suppress(sqlite3.Error):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _reader(self) -> sqlite3.Connection:
        if self._ended.is_set():
            raise DatabaseUnavailable
        connection: sqlite3.Connection | None = getattr(self._readers, "connection", None)
        if connection is not None:
            return connection
        connection = self._connect()
        connection.execute("SELECT 1 FROM json_each('[]')").fetchall()  # its module is made before writes are refused
        connection.execute("PRAGMA query_only = ON")
        connection.set_authorizer(_only_reading)
        with self._lock:
            if self._ended.is_set():
                connection.close()
                raise DatabaseUnavailable
            self._all_readers.append(connection)
        self._readers.connection = connection
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
            connection.set_authorizer(_in_one_file)
            if sys.version_info >= (3, 12):  # a quoted name that is no column is an error, not a text
                connection.setconfig(sqlite3.SQLITE_DBCONFIG_DQS_DML, False)
                connection.setconfig(sqlite3.SQLITE_DBCONFIG_DQS_DDL, False)
        except sqlite3.Error as error:
            raise translated(error) from None
        return connection


def _end(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _owner(path: Path) -> SoleOwner:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if os.access(path.parent, os.W_OK):
            return SoleOwner(path)
        raise PermissionError
    except (OSError, sqlite3.Error):
        raise DatabaseUnavailable(
            Message("数据库所在的文件夹不能写入", "The folder of the database cannot be written to")
        ) from None
