"""Facts: questions that no roll-up foresaw, of a columnar copy against the direct grouping, right after every write."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench.report import Row
from bench.rollups import rows_only
from bench.sales_world import FIRST_STORE, LAST_DAY, SalesWorld, sales_world
from engine.model.app import AppModel
from engine.model.requests import AggregateRequest, AggregateRow, Condition
from engine.runtime.facts.desk import FactDesk, FactSettings
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.records.writing import create
from engine.runtime.work import OneModel, Work
from tests.conftest import server_programs, throw_away_server
from tests.runtime.facts.copied import NEEDS, installed

SALES = int(os.environ.get("DOUGONG_BENCH_SALES", "3000000"))
STORES, ROUNDS = 40, 5
SHARES = {"duckdb": 1 / 10, "clickhouse": 1 / 5}
"""What the copy may take of the direct grouping. ClickHouse looks at every question for the newest row of an id."""
SIZES = {"duckdb": 60, "clickhouse": 150}
"""Bytes that a sale may take in the copy; ClickHouse's before it has merged its parts."""
_YEAR = {"since": LAST_DAY - timedelta(days=364), "until": LAST_DAY}
QUESTIONS = {
    "by month and store": AggregateRequest(("sales_amount", "sales_count"), ("store",), bucket="month", **_YEAR),
    "by payment, of one city": AggregateRequest(
        ("sales_amount",), ("payment",), where=(Condition(("city",), "eq", "杭州"),), **_YEAR
    ),
    "all of it": AggregateRequest(("sales_amount", "sales_count", "active_members")),
}
Answer = tuple[AggregateRow, ...]


def measured() -> list[Row]:
    """The share of the direct grouping's time for each question, by engine and database; what is not installed is named."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as folder:
        found += _on("sqlite", Path(folder), "")
    programs = server_programs()
    if programs is not None and "DOUGONG_BENCH_POSTGRES" in os.environ:
        with throw_away_server(programs) as url, tempfile.TemporaryDirectory(prefix="dougong-bench-") as folder:
            found += _on("postgres", Path(folder), url)
    return found


def _on(kind: str, folder: Path, url: str) -> Iterator[Row]:
    world = sales_world(folder / "data", url, STORES, SALES)
    try:
        for engine in NEEDS:
            if installed(engine):
                yield from _of(engine, kind, world)
            else:
                print(f"!!! {engine} is not installed: nothing was measured of it")
    finally:
        world.installation.database.close()


def _of(engine: str, kind: str, world: SalesWorld) -> Iterator[Row]:
    plain, home = rows_only(world.model), world.installation.settings.data
    settings = FactSettings(engine, frozenset({"sale"}))
    desk = FactDesk(settings, world.installation.database, OneModel(plain), world.installation.clock, home)
    started = time.process_time()
    while desk.keep():
        pass
    seconds, size = time.process_time() - started, _size(home / "facts")
    yield Row(f"facts_made_{engine}_{kind}", f"copy of {SALES:,} sales made, processor", SALES / 1e6 * 30, seconds, "s")
    yield Row(f"facts_size_{engine}_{kind}", f"the copy by {engine}, a sale", SIZES[engine], size / SALES, "B")
    for name, request in QUESTIONS.items():
        copied, direct, wrong = _rounds(world, desk, plain, request)
        words = f"{name}, {SALES:,} sales, {engine} {copied * 1000:.1f} ms for {direct * 1000:.0f} ms on {kind}, after a write"
        yield Row(f"facts_{engine}_{kind}", words, SHARES[engine], copied / direct, "×")
        yield Row(f"facts_wrong_{engine}_{kind}", f"answers of {engine} that differ: {name}", 0, wrong, "")
    left = desk.standing().left
    yield Row(f"facts_left_{engine}_{kind}", f"questions left to {kind}: {dict(left)}", 0, sum(left.values()), "")
    desk.close()


def _rounds(world: SalesWorld, desk: FactDesk, plain: AppModel, request: AggregateRequest) -> tuple[float, float, int]:
    """Median seconds from the copy and from rows, each right after a write; how often the answers differed."""
    copied, direct, wrong = [], [], 0
    _asked(world, plain, request, desk)
    for _ in range(ROUNDS):
        world.installation.workplace.write(world.store, _write)
        seconds, answer = _asked(world, plain, request, desk)
        copied.append(seconds)
        slow, counted = _asked(world, plain, request, None)
        direct.append(slow)
        wrong += answer != counted
    return statistics.median(copied), statistics.median(direct), wrong


def _asked(
    world: SalesWorld, plain: AppModel, request: AggregateRequest, desk: FactDesk | None
) -> tuple[float, Answer]:
    def ask(work: Work) -> Answer:
        return aggregate(replace(work, model=plain, facts=desk), request)

    started = time.perf_counter()
    answer = world.installation.workplace.read(world.headquarters, ask)
    return time.perf_counter() - started, answer


def _write(work: Work) -> None:
    create(work, "sale", {"kind": "sale", "store": FIRST_STORE + 1, "sold_on": LAST_DAY})


def _size(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
