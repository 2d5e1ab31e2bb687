"""Files beside a SQLite database: the lock of the one process that may use it, and room kept for a full disk."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from engine.diagnostics import Message
from engine.runtime.database.errors import DatabaseUnavailable

LOCK_SUFFIX, BALLAST_SUFFIX = ".lock", ".ballast"
_BLOCK = 65536


class DatabaseInUse(DatabaseUnavailable):
    """Another process, or another opening in this one, uses the file."""

    code = "database_in_use"

    def __init__(self) -> None:
        super().__init__(
            Message(
                "数据库文件正由另一个进程使用；先停止它，或改用 PostgreSQL(多个进程须用 PostgreSQL)",
                "Another process uses this database file; stop it first, or use PostgreSQL, which several processes need",
            )
        )


class SoleOwner:
    """Holds a database file for one opening until it is released or the process ends, however it ends.

    The lock is SQLite's own, on an empty file beside the database: it is the same on every system, and a killed process drops it.
    """

    def __init__(self, database: Path) -> None:
        self._connection = sqlite3.connect(
            database.with_name(database.name + LOCK_SUFFIX), timeout=0, isolation_level=None, check_same_thread=False
        )
        try:
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            self._connection.close()
            raise DatabaseInUse from None

    def release(self) -> None:
        self._connection.close()


class Ballast:
    """A file that reserves room on the disk, to be given back when the disk is full."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + BALLAST_SUFFIX)

    @property
    def reserved(self) -> int:
        """Bytes that stand by now."""
        return self.path.stat().st_size if self.path.exists() else 0

    def fill(self, size: int) -> bool:
        """Reserve `size` bytes; False when the disk has not so much to give, and nothing is taken then."""
        if self.reserved == size:
            return True
        self.free()
        try:
            with self.path.open("wb") as file:
                _reserve(file.fileno(), size)
        except OSError:
            self.free()
            return False
        return True

    def free(self) -> None:
        self.path.unlink(missing_ok=True)


def _reserve(descriptor: int, size: int) -> None:
    """Real blocks, not a hole that the disk may refuse to fill later."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    for start in range(0, size, _BLOCK):
        os.write(descriptor, b"\0" * min(_BLOCK, size - start))
