"""Opening a database by its URL."""

from __future__ import annotations

from pathlib import Path

from engine.diagnostics import Message
from engine.runtime.database.errors import DatabaseUnavailable
from engine.runtime.database.postgres import PostgresDatabase
from engine.runtime.database.protocol import Database
from engine.runtime.database.sqlite import SqliteDatabase


def open_database(url: str) -> Database:
    """`sqlite:///path/file.db`, a plain path, or `postgresql://…`. Raises DatabaseUnavailable."""
    if is_postgres(url):
        return PostgresDatabase(url)
    return SqliteDatabase(sqlite_path(url))


def is_postgres(url: str) -> bool:
    return url.startswith(("postgresql://", "postgres://"))


def sqlite_path(url: str) -> Path:
    """The file that a URL which is not PostgreSQL's names. Raises DatabaseUnavailable for any other kind."""
    if url.startswith("sqlite:///"):
        return Path(url.removeprefix("sqlite:///"))
    if "://" in url:
        scheme = url.split("://", 1)[0]
        raise DatabaseUnavailable(Message(f"不支持的数据库 {scheme}", f"Databases of kind {scheme} are not supported"))
    return Path(url)
