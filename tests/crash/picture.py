"""A picture of a whole database, tables and rows, read past the product: two of the same state are equal."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import psycopg

from engine.runtime.database.open import is_postgres, sqlite_path

Picture = tuple[str, ...]
COLUMNS = """SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull FROM pg_attribute a
 JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2"""
KEYS = """SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"""
INDEXES = "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def picture(url: str, without: Iterable[str] = ()) -> Picture:
    """Every table with its columns, keys, indexes and rows; `without` are tables whose rows do not count."""
    left_out = frozenset(without)
    return _of_server(url, left_out) if is_postgres(url) else _of_file(sqlite_path(url), left_out)


def _of_file(path: Path, left_out: frozenset[str]) -> Picture:
    with closing(sqlite3.connect(path)) as file:
        schema = file.execute("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").fetchall()
        tables = [str(name) for kind, name, _ in schema if kind == "table" and name not in left_out]
        rows = [repr((name, row)) for name in tables for row in file.execute(f'SELECT * FROM "{name}"')]
    return tuple(sorted([*map(repr, schema), *rows]))


def _of_server(url: str, left_out: frozenset[str]) -> Picture:
    with psycopg.connect(url) as server:
        while server.execute(OTHERS).fetchone() != (0,):  # a killed client's transaction is about to end
            server.rollback()
            time.sleep(0.002)
        schema = [repr(row) for text in (COLUMNS, KEYS, INDEXES) for row in server.execute(text.encode())]
        tables = [str(row[0]) for row in server.execute(b"SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        rows = [
            repr((name, *row))
            for name in tables
            if name not in left_out
            for row in server.execute(f'SELECT to_jsonb(t)::text FROM "{name}" t'.encode())
        ]
    return tuple(sorted([*schema, *rows]))
