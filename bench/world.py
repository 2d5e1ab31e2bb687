"""The world of the request benchmarks: the demo of both apps with its customers and opportunities fifty times over.

Two equal data folders, one for the product and one for the yardstick. The copies are made in SQL, since what is measured
is serving; they have the same shape as the demo (6 to 7 opportunities a customer).
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.server import Server

TIMES = 50
STEP = 100_000_000_000
"""Distance of ids between copies; more than all ids of the demo are apart."""
FILE = "dougong.sqlite3"


@dataclass(frozen=True)
class World:
    """Where the two servers' data lies, and how many opportunities there are."""

    product: Path
    yardstick: Path
    opportunities: int


@contextmanager
def world() -> Iterator[World]:
    """A fresh world, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as name:
        product, yardstick = Path(name) / "product", Path(name) / "yardstick"
        with Server.of_engine(product, "start"):
            pass
        count = _multiply(product / FILE)
        yardstick.mkdir()
        shutil.copy(product / FILE, yardstick / FILE)
        yield World(product, yardstick, count)


def _multiply(path: Path) -> int:
    connection = sqlite3.connect(path)
    with connection:
        shifted = f"id + k.n * {STEP}"
        texts = {"id": shifted, "code": "code || '-' || k.n", "name": "name || ' ' || k.n"}
        _copy(connection, "customer", {**texts, "tax_no": "NULL"})
        _copy(connection, "opportunity", {**texts, "customer": f"customer + k.n * {STEP}"})
    connection.execute("DELETE FROM dougong_rollup")  # the copies came past all sinks: it is built anew
    connection.execute("ANALYZE")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (count,) = connection.execute("SELECT count(*) FROM opportunity").fetchone()
    connection.close()
    return int(count)


def _copy(connection: sqlite3.Connection, table: str, changed: Mapping[str, str]) -> None:
    columns = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(changed.get(name, f'"{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    numbers = f"WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < {TIMES})"
    connection.execute(f"INSERT INTO {table} ({names}) {numbers} SELECT {values} FROM {table}, k")
