"""The world of the request benchmarks: the demo of both apps with its customers and opportunities fifty times over.

Two equal databases, one for the product and one for the yardstick, on SQLite or on a PostgreSQL server of our own that
syncs every commit. The copies are made in SQL, since what is measured is serving; they have the same shape as the demo
(6 to 7 opportunities a customer).
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg

from bench.server import Server
from tests.conftest import server_programs, throw_away_server

TIMES = 50
STEP = 100_000_000_000
"""Distance of ids between copies; more than all ids of the demo are apart."""
FILE = "dougong.sqlite3"


@dataclass(frozen=True)
class Home:
    """Where a server's data lies: its folder and the address of its database."""

    folder: Path
    database: str

    def connect(self) -> Database:
        """A connection of our own for preparing sessions and picking rows."""
        if self.database.startswith("postgres"):
            return PostgresFile(psycopg.connect(self.database, autocommit=True))
        return SqliteFile(sqlite3.connect(self.database, timeout=30, isolation_level=None))


@dataclass(frozen=True)
class World:
    """The product's home and the yardstick's."""

    kind: str
    product: Home
    yardstick: Home


class Database(Protocol):
    """Statements with `?` for parameters, on either database."""

    def rows(self, statement: str, *parameters: object) -> list[Any]: ...

    def columns(self, table: str) -> list[str]: ...

    def close(self) -> None: ...


@dataclass
class SqliteFile:
    raw: sqlite3.Connection

    def rows(self, statement: str, *parameters: object) -> list[Any]:
        return self.raw.execute(statement, parameters).fetchall()

    def columns(self, table: str) -> list[str]:
        return [str(row[1]) for row in self.raw.execute(f"PRAGMA table_info({table})")]

    def close(self) -> None:
        self.raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.raw.close()


@dataclass
class PostgresFile:
    raw: psycopg.Connection[Any]

    def rows(self, statement: str, *parameters: object) -> list[Any]:
        cursor = self.raw.execute(statement.replace("?", "%s").encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []

    def columns(self, table: str) -> list[str]:
        named = "SELECT column_name FROM information_schema.columns WHERE table_name = ? ORDER BY ordinal_position"
        return [str(row[0]) for row in self.rows(named, table)]

    def close(self) -> None:
        self.raw.close()


@contextmanager
def worlds() -> Iterator[list[World]]:
    """A fresh world on SQLite, and one on PostgreSQL where its programs are installed; removed afterwards."""
    programs = server_programs()
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as name:
        found = [_on_sqlite(Path(name))]
        if programs is None:
            yield found
            return
        with throw_away_server(programs, durable=True) as address:
            yield [*found, _on_postgres(Path(name), address)]


def _on_sqlite(folder: Path) -> World:
    homes = [Home(folder / name, str(folder / name / FILE)) for name in ("product", "yardstick")]
    with Server.of_engine(homes[0].folder, "", "start"):
        pass
    _multiply(homes[0])
    homes[1].folder.mkdir()
    shutil.copy(homes[0].database, homes[1].database)
    return World("sqlite", homes[0], homes[1])


def _on_postgres(folder: Path, address: str) -> World:
    addresses = [address.replace("/postgres?", f"/{name}?") for name in ("product", "yardstick")]
    homes = [Home(folder / "postgres", one) for one in addresses]
    _serve_ask(address, "CREATE DATABASE product TEMPLATE template0")
    with Server.of_engine(homes[0].folder, homes[0].database, "start"):
        pass
    _multiply(homes[0])
    _serve_ask(address, "CREATE DATABASE yardstick TEMPLATE product")
    return World("postgres", homes[0], homes[1])


def _serve_ask(address: str, statement: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)


def _multiply(home: Home) -> None:
    connection = home.connect()
    shifted = f"id + k.n * {STEP}"
    texts = {"id": shifted, "code": "code || '-' || k.n", "name": "name || ' ' || k.n"}
    connection.rows("BEGIN")
    _copy(connection, "customer", {**texts, "tax_no": "NULL"})
    _copy(connection, "opportunity", {**texts, "customer": f"customer + k.n * {STEP}"})
    connection.rows("DELETE FROM dougong_rollup")  # the copies came past all sinks: it is built anew
    connection.rows("COMMIT")
    connection.rows("ANALYZE")
    connection.close()


def _copy(connection: Database, table: str, changed: Mapping[str, str]) -> None:
    columns = connection.columns(table)
    values = ", ".join(changed.get(name, f'"{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    numbers = f"WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < {TIMES})"
    connection.rows(f"INSERT INTO {table} ({names}) {numbers} SELECT {values} FROM {table}, k")
