"""Cleansing tables of PostgreSQL: their files are written anew without dead rows, and so is what the planner knows of them."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from engine.runtime.database.postgres_session import Connection

ITS_OWN: tuple[tuple[str, bytes], ...] = (
    ("statistics_not_rewritten", b"VACUUM (FULL) pg_catalog.pg_statistic"),
    ("no_checkpoint", b"CHECKPOINT"),
    ("log_not_switched", b"SELECT pg_switch_wal()"),
)
"""What only the server's own administrator may do, each with the word for where we may not."""


def cleansed(connection: Connection, tables: Sequence[str]) -> tuple[str, ...]:
    """Words for what could not be done. The log, its archive and replicas are the server's: they are always named."""
    left = ["log_archive_replicas"]
    for name in tables:
        query = sql.SQL("VACUUM (FULL, ANALYZE) {}").format(sql.Identifier(name))
        try:
            connection.execute(query, prepare=False)
        except psycopg.Error:
            left.append(f"not_rewritten:{name}")
    for word, text in ITS_OWN:
        try:
            connection.execute(text, prepare=False)
        except psycopg.Error:
            left.append(word)
    return tuple(left)
