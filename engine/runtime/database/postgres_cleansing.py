"""Cleansing tables of PostgreSQL: their files are written anew without dead rows, and so is what the planner knows of them."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from engine.runtime.database.postgres_session import Connection
from engine.runtime.database.protocol import Uncleansed

ITS_OWN: tuple[tuple[str, bytes], ...] = (
    ("statistics_not_rewritten", b"VACUUM (FULL) pg_catalog.pg_statistic"),
    ("no_checkpoint", b"CHECKPOINT"),
    ("log_not_switched", b"SELECT pg_switch_wal()"),
)
"""What only the server's own administrator may do, each with the word for where we may not."""


def cleansed(connection: Connection, tables: Sequence[str]) -> Uncleansed:
    """What could not be done. The log, its archive and replicas are the server's: they are always named."""
    again, beyond = list[str](), ["log_archive_replicas"]
    for name in tables:
        query = sql.SQL("VACUUM (FULL, ANALYZE) {}").format(sql.Identifier(name))
        try:
            connection.execute(query, prepare=False)
        except psycopg.Error:
            again.append(f"not_rewritten:{name}")
    for word, text in ITS_OWN:
        try:
            connection.execute(text, prepare=False)
        except psycopg.Error:
            beyond.append(word)
    return Uncleansed(tuple(again), tuple(beyond))
