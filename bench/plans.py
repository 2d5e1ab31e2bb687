"""Plans: what a statement costs its database, told without a clock: it is the same however busy the machine is.

SQLite: its plan, and the steps of its virtual machine. PostgreSQL: its plan, and the rows that its nodes looked at. A scan
reads all rows of a big table, or all entries of one of its indexes, and does not stop at a page.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from bench.world import Home
from tests.web.counted import Asked

BIG = 20_000
"""Rows from which a table is big."""
EACH = 100
"""Steps of the virtual machine between two looks at their count."""
_STEP = re.compile(r"^(SCAN|SEARCH) (\S+)(.*)$")
_NAMED = re.compile(r'"(\w+)" AS "?(\w+)"?')


@dataclass(frozen=True, slots=True)
class Cost:
    """The big tables that a statement scans, how much it looked at (steps, or rows), and its plan in words."""

    scans: tuple[str, ...]
    work: int
    plan: str


class SqlitePlans:
    """Costs on a SQLite file."""

    def __init__(self, home: Home) -> None:
        self._raw = sqlite3.connect(home.database, isolation_level=None)
        self._raw.execute("PRAGMA cache_size = -32000")
        rows = self._raw.execute("SELECT tbl, stat FROM sqlite_stat1 WHERE stat IS NOT NULL").fetchall()
        sizes = ((str(table), int(str(stat).split(" ")[0])) for table, stat in rows)
        self._big = {table: size for table, size in sizes if size >= BIG}

    def cost(self, asked: Asked) -> Cost:
        sql, bound = asked.statement.sql, dict(asked.parameters)
        lines = [str(row[3]) for row in self._raw.execute(f"EXPLAIN QUERY PLAN {sql}", bound)]
        names = {alias: table for table, alias in _NAMED.findall(sql)}
        steps = self._steps(sql, bound)
        return Cost(tuple(self._scanned(lines, names, steps)), steps, "\n".join(lines))

    def _scanned(self, lines: list[str], names: Mapping[str, str], steps: int) -> Iterator[str]:
        """A row takes a step at least: with fewer steps than rows the statement stopped at its page or its count."""
        for line in lines:
            found = _STEP.match(line)
            if found is not None and found[1] == "SCAN" and "VIRTUAL TABLE" not in found[3]:
                table = names.get(found[2].strip('"'), found[2].strip('"'))
                if steps >= self._big.get(table, steps + 1):
                    yield table

    def _steps(self, sql: str, bound: dict[str, object]) -> int:
        steps = 0

        def look() -> int:
            nonlocal steps
            steps += EACH
            return 0

        self._raw.set_progress_handler(look, EACH)
        self._raw.execute(sql, bound).fetchall()
        self._raw.set_progress_handler(None, 0)
        return steps

    def close(self) -> None:
        self._raw.close()


class PostgresPlans:
    """Costs on a PostgreSQL server."""

    def __init__(self, home: Home) -> None:
        self._raw = psycopg.connect(home.database, autocommit=True)
        rows = self._raw.execute("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", (BIG,))
        self._big = {str(row[0]) for row in rows.fetchall()}

    def cost(self, asked: Asked) -> Cost:
        said = f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {asked.statement.sql}"
        row = self._raw.execute(said.encode(), dict(asked.parameters)).fetchone()
        assert row is not None
        nodes = [*_nodes(row[0][0]["Plan"])]
        scans = tuple(str(one["Relation Name"]) for one in nodes if self._scans(one))
        return Cost(scans, sum(map(_looked_at, nodes)), json.dumps(row[0][0]["Plan"], indent=1))

    def _scans(self, node: Mapping[str, Any]) -> bool:
        """A read of a table from its start that stops at a page is none."""
        return node["Node Type"] == "Seq Scan" and node["Relation Name"] in self._big and _looked_at(node) >= BIG

    def close(self) -> None:
        self._raw.close()


Plans = SqlitePlans | PostgresPlans


def plans_of(home: Home) -> Plans:
    return PostgresPlans(home) if home.database.startswith("postgres") else SqlitePlans(home)


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _looked_at(node: Mapping[str, Any]) -> int:
    """Rows that a node found and threw away or handed on, all its loops together."""
    thrown = sum(int(node.get(f"Rows Removed by {why}", 0)) for why in ("Filter", "Index Recheck", "Join Filter"))
    return int((node["Actual Rows"] + thrown) * node["Actual Loops"])
