"""The cost model as code: measured constants, and the arithmetic that `docs/guide/scale.md` prints.

`python -m tests.cost_model` prints the table of the document. A constant says whether it was measured or is assumed; the
measured ones come from a machine with two cores under load, so they are on the slow side.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Constant:
    """A number that the model stands on, and where it comes from."""

    value: float
    unit: str
    what: str
    measured: bool


POSTGRES_ROW = Constant(86, "B", "a fact in PostgreSQL with its primary key", True)
POSTGRES_INDEX = Constant(35, "B", "an index over store, day and id, a fact", False)
SQLITE_ROW = Constant(90, "B", "a fact in SQLite with its indexes", False)
CLICKHOUSE_ROW = Constant(18, "B", "a fact in ClickHouse", True)
DUCKDB_ROW = Constant(7, "B", "a fact in DuckDB", True)
POSTGRES_SCAN = Constant(3e6 / 0.177, "rows/s", "grouping in PostgreSQL", True)
SQLITE_SCAN = Constant(3e6 / 0.168, "rows/s", "grouping in SQLite over a covering index", True)
DUCKDB_SCAN = Constant(3e6 / 0.0086, "rows/s", "grouping in DuckDB", True)
CLICKHOUSE_SCAN = Constant(3e6 / 0.020, "rows/s", "grouping in ClickHouse", True)
POSTGRES_COMMITS = Constant(4329, "/s", "commits of one row in PostgreSQL from 8 connections", True)
SQLITE_COMMITS = Constant(806, "/s", "commits of one row in SQLite, WAL and FULL, one at a time", True)
REQUESTS_A_CORE = Constant(400, "/s", "dynamic requests a core", False)
STREAM = Constant(50e3, "B", "an open live page", False)
DIRECT_LIMIT = Constant(0.5, "s", "what a figure counted from rows may take", False)
CONSTANTS = (
    POSTGRES_ROW,
    POSTGRES_INDEX,
    SQLITE_ROW,
    CLICKHOUSE_ROW,
    DUCKDB_ROW,
    POSTGRES_SCAN,
    SQLITE_SCAN,
    DUCKDB_SCAN,
    CLICKHOUSE_SCAN,
    POSTGRES_COMMITS,
    SQLITE_COMMITS,
    REQUESTS_A_CORE,
    STREAM,
    DIRECT_LIMIT,
)


@dataclass(frozen=True, slots=True)
class Demand:
    """What an operator serves."""

    tenants: int = 10_000
    users: int = 1_000_000
    facts: int = 10_000_000_000
    years: int = 3
    largest_share: float = 0.01
    """The part of all facts that the largest tenant has."""
    daily_share: float = 0.2
    requests_a_day: int = 60
    hours: int = 8
    peak: int = 3
    write_peak: int = 10
    open_pages: int = 100_000

    @property
    def facts_a_tenant(self) -> float:
        return self.facts / self.tenants

    @property
    def largest_tenant(self) -> float:
        return self.facts * self.largest_share

    def requests_a_second(self, share: float) -> float:
        """At the peak, when that share of the users works."""
        return self.users * share * self.requests_a_day / (self.hours * 3600) * self.peak

    @property
    def facts_a_second(self) -> float:
        return self.facts / (self.years * 365 * 86_400)


@dataclass(frozen=True, slots=True)
class Cells:
    """A demand cut into equal cells: each a primary, a synchronous standby, and hosts that serve."""

    demand: Demand
    count: int

    @property
    def tenants(self) -> float:
        return self.demand.tenants / self.count

    @property
    def facts(self) -> float:
        return self.demand.facts / self.count

    @property
    def storage(self) -> float:
        """Bytes of one primary."""
        return self.facts * (POSTGRES_ROW.value + POSTGRES_INDEX.value)

    @property
    def writes(self) -> float:
        """Facts a second at the peak."""
        return self.demand.facts_a_second * self.demand.write_peak / self.count


def grouping(rows: float, scan: Constant) -> float:
    """Seconds to group that many rows."""
    return rows / scan.value


def most_rows_from_rows(scan: Constant) -> float:
    """Rows that a figure may stand on before it needs a roll-up."""
    return DIRECT_LIMIT.value * scan.value


def figures(demand: Demand, cells: Cells) -> Iterator[tuple[str, str]]:
    """What the document says, in order: the words and the number."""
    yield "facts of an average tenant", _count(demand.facts_a_tenant)
    yield "facts of the largest tenant", _count(demand.largest_tenant)
    primary = demand.facts * (POSTGRES_ROW.value + POSTGRES_INDEX.value)
    yield "all facts in PostgreSQL", _bytes(primary)
    yield "the same with a synchronous standby", _bytes(primary * 2)
    yield "all facts in ClickHouse", _bytes(demand.facts * CLICKHOUSE_ROW.value)
    yield "all facts in DuckDB", _bytes(demand.facts * DUCKDB_ROW.value)
    yield "an average tenant in a SQLite file", _bytes(demand.facts_a_tenant * SQLITE_ROW.value)
    for name, rows in (("average", demand.facts_a_tenant), ("largest", demand.largest_tenant)):
        yield f"{name} tenant grouped from rows, PostgreSQL", _seconds(grouping(rows, POSTGRES_SCAN))
        yield f"{name} tenant grouped from rows, SQLite", _seconds(grouping(rows, SQLITE_SCAN))
        yield f"{name} tenant grouped from facts, ClickHouse", _seconds(grouping(rows, CLICKHOUSE_SCAN))
        yield f"{name} tenant grouped from facts, DuckDB", _seconds(grouping(rows, DUCKDB_SCAN))
    yield "rows from which a figure needs a roll-up, PostgreSQL", _count(most_rows_from_rows(POSTGRES_SCAN))
    yield "facts written a second, mean", _count(demand.facts_a_second)
    yield "facts written a second, peak", _count(demand.facts_a_second * demand.write_peak)
    usual, everybody = demand.requests_a_second(demand.daily_share), demand.requests_a_second(1)
    yield "requests a second at the peak of a usual day", _count(usual)
    yield "cores for them", _count(ceil(usual / REQUESTS_A_CORE.value))
    yield "requests a second when everybody works", _count(everybody)
    yield "cores for those", _count(ceil(everybody / REQUESTS_A_CORE.value))
    yield "memory of open live pages", _bytes(demand.open_pages * STREAM.value)
    yield "cells", _count(cells.count)
    yield "tenants a cell", _count(cells.tenants)
    yield "facts a cell", _count(cells.facts)
    yield "a cell's primary", _bytes(cells.storage)
    yield "facts written in a cell a second, peak", _count(cells.writes)
    yield "tenants that a lost cell touches", f"{100 / cells.count:.0f} %"


def table(demand: Demand, cells: Cells) -> str:
    """The document's table."""
    lines = [f"| {words} | {number} |" for words, number in figures(demand, cells)]
    return "\n".join(["| what | figure |", "|---|---|", *lines])


def constants() -> str:
    """The document's table of constants."""
    lines = [
        f"| {one.what} | {one.value:,.3g} {one.unit} | {'measured' if one.measured else 'assumed'} |"
        if one.value < 1000
        else f"| {one.what} | {one.value:,.0f} {one.unit} | {'measured' if one.measured else 'assumed'} |"
        for one in CONSTANTS
    ]
    return "\n".join(["| constant | value | source |", "|---|---|---|", *lines])


def _count(number: float) -> str:
    if number >= 1e6:
        return f"{number / 1e6:,.3g} million" if number < 1e9 else f"{number / 1e9:,.3g} billion"
    return f"{number:,.0f}"


def _bytes(number: float) -> str:
    for size, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if number >= size:
            return f"{number / size:,.3g} {name}"
    return f"{number:,.0f} B"


def _seconds(number: float) -> str:
    if number >= 1:
        return f"{number:.1f} s"
    return f"{number * 1000:.0f} ms" if number >= 0.01 else f"{number * 1000:.1f} ms"


STATED = Cells(Demand(), 50)

if __name__ == "__main__":
    sys.stdout.write(f"{constants()}\n\n{table(STATED.demand, STATED)}\n")
