"""Where wrapped keys lie: a SQLite file of their own in the data folder, or a PostgreSQL database of their own. Never beside the rows."""

from __future__ import annotations

import mmap
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from engine.diagnostics import Message
from engine.runtime.database.errors import DatabaseBusy, DatabaseUnavailable
from engine.runtime.database.open import is_postgres, sqlite_path
from engine.runtime.database.postgres import PostgresDatabase
from engine.runtime.database.protocol import Session
from engine.runtime.database.sqlite_session import SqliteSession, translated
from engine.runtime.sovereignty.key_rows import DATA_KEYS, change_epoch, lock_keys, make_tables, stored_epoch

Result = TypeVar("Result")
KEYS = "keys.db"
"""The file of wrapped keys in the data folder."""
EPOCH_SIZE = 8
PATIENCE = 10_000


class KeyStore(Protocol):
    """Transactions over the tables of keys, and the epoch: a text that changes with every act that ends the use of a key."""

    def read(self, work: Callable[[Session], Result]) -> Result: ...

    def write(self, work: Callable[[Session], Result]) -> Result: ...

    def epoch(self) -> bytes:
        """The epoch now, the same in every process."""
        ...

    def end_epoch(self) -> None:
        """Every process forgets its keys before it opens anything else."""
        ...

    def scrub(self) -> None:
        """Leave nothing in files of keys that were destroyed. Never inside a unit of work."""
        ...

    def close(self) -> None: ...


def open_key_store(url: str, folder: Path) -> KeyStore:
    """The store at an address, `keys.db` in the data folder where it is empty. Raises DatabaseUnavailable."""
    if is_postgres(url):
        return KeyServer(url)
    return KeyFile(sqlite_path(url) if url else folder / KEYS)


class KeyFile:
    """A SQLite file that several processes of a machine share. What is deleted is written over with zeroes, and the journal is
    gone after each commit. The epoch is a page of memory that the processes share: looking costs no system call."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connections: dict[tuple[int, int], sqlite3.Connection] = {}
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        _touch(path, b"")
        self._page = _shared_page(path.with_name(f"{path.name}-epoch"))
        self.write(make_tables)

    def read(self, work: Callable[[Session], Result]) -> Result:
        return self._run("BEGIN", work)

    def write(self, work: Callable[[Session], Result]) -> Result:
        return self._run("BEGIN IMMEDIATE", work)

    def epoch(self) -> bytes:
        return self._page[:EPOCH_SIZE]

    def end_epoch(self) -> None:
        self._page[:EPOCH_SIZE] = os.urandom(EPOCH_SIZE)

    def scrub(self) -> None:
        """Nothing: what is deleted is written over as it is deleted, and no journal stays."""

    def close(self) -> None:
        with self._lock:
            connections, self._connections = self._connections, {}
        for (process, _), connection in connections.items():
            if process == os.getpid():
                connection.close()

    def _run(self, begin: str, work: Callable[[Session], Result]) -> Result:
        connection = self._connection()
        if connection.in_transaction:
            raise RuntimeError("a unit of work on keys opened another one inside itself")
        session = SqliteSession(connection)
        try:
            connection.execute(begin)
            result = work(session)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            _undo(connection)
            raise translated(error) from None
        except BaseException:
            _undo(connection)
            raise
        for act in session.committed:
            act()
        return result

    def _connection(self) -> sqlite3.Connection:
        """One for each thread; a child of this process takes none of its parent's."""
        own = (os.getpid(), threading.get_ident())
        found = self._connections.get(own)
        if found is not None:
            return found
        try:
            made = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            made.execute(f"PRAGMA busy_timeout = {PATIENCE}")
            made.execute("PRAGMA journal_mode = DELETE")
            made.execute("PRAGMA secure_delete = ON")
            made.execute("PRAGMA synchronous = EXTRA")
            made.execute("PRAGMA temp_store = MEMORY")
        except sqlite3.Error as error:
            raise translated(error) from None
        with self._lock:
            self._connections[own] = made
        return made


class KeyServer:
    """A PostgreSQL database of its own, for processes on several machines; the epoch is asked of it."""

    def __init__(self, url: str) -> None:
        self._database = PostgresDatabase(url, size=4)
        self._database.write(make_tables)

    def read(self, work: Callable[[Session], Result]) -> Result:
        return self._database.read(work)

    def write(self, work: Callable[[Session], Result]) -> Result:
        """As `work`; all that writes keys goes one after another, each seeing what the one before has written."""

        def alone(session: Session) -> Result:
            lock_keys(session)
            return work(session)

        return self._database.write(alone)

    def epoch(self) -> bytes:
        return self._database.read(stored_epoch)

    def end_epoch(self) -> None:
        self.write(change_epoch)

    def scrub(self) -> None:
        """The table gets a new file, and what the planner knows of it is of today; the server's log of writes is the server's."""
        if self._database.cleanse((DATA_KEYS,), ()).again:
            raise DatabaseBusy

    def close(self) -> None:
        self._database.close()


def _undo(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


def _touch(path: Path, content: bytes) -> None:
    """A file that only its owner reads, made where there is none."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    except OSError:
        raise DatabaseUnavailable(
            Message(f"密钥文件 {path} 不能写入", f"The file of keys {path} cannot be written")
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _shared_page(path: Path) -> mmap.mmap:
    _touch(path, os.urandom(EPOCH_SIZE))
    with path.open("r+b") as file:
        if os.fstat(file.fileno()).st_size < EPOCH_SIZE:  # somebody else makes it at this moment
            file.truncate(EPOCH_SIZE)
        return mmap.mmap(file.fileno(), EPOCH_SIZE)
