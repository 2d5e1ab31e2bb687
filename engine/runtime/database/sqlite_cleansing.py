"""Cleansing a SQLite file: what was deleted stands neither in free pages, nor in the log, nor in full-text segments.

A deletion in a full-text table leaves the ends of its words in old segments, whatever secure_delete says: they are merged.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence

from engine.runtime.database.protocol import Uncleansed

PATIENCE = 30.0
"""Seconds for which readers that keep the log from being emptied are waited for."""
IN_MEMORY = 200_000_000
"""Bytes of a file up to which it is built anew in memory."""


def cleansed(connection: sqlite3.Connection, full_text: Sequence[str]) -> Uncleansed:
    """What could not be done."""
    connection.execute("PRAGMA secure_delete = ON")
    for name in full_text:
        quoted = '"' + name.replace('"', '""') + '"'
        connection.execute(f"INSERT INTO {quoted}({quoted}) VALUES ('optimize')")  # noqa: S608
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name LIKE 'sqlite_stat_'").fetchone():
        connection.execute("ANALYZE")
    pages = connection.execute("PRAGMA page_count").fetchone()[0] * connection.execute("PRAGMA page_size").fetchone()[0]
    connection.execute(f"PRAGMA temp_store = {'MEMORY' if pages <= IN_MEMORY else 'FILE'}")
    connection.execute("VACUUM")
    connection.execute("PRAGMA temp_store = MEMORY")
    return Uncleansed(() if _log_emptied(connection) else ("log_not_emptied",))


def _log_emptied(connection: sqlite3.Connection) -> bool:
    """Whether the log became an empty file; a reader that began earlier is waited for."""
    ends = time.monotonic() + PATIENCE
    while True:
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if not busy or time.monotonic() > ends:
            return not busy
        time.sleep(0.05)
