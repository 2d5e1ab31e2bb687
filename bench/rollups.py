"""Roll-ups: a dashboard's question over a year of sales, from cells and deltas against rows, right after every write."""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench.report import Row
from bench.sales_world import FIRST_SALE, FIRST_STORE, LAST_DAY, SalesWorld, sales_world
from engine.model.app import AppModel
from engine.model.requests import AggregateRequest, AggregateRow
from engine.model.rollups import rollups_of
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.records.writing import create, update
from engine.runtime.rollups.keeping import build
from engine.runtime.rows import select
from engine.runtime.work import Work
from tests.conftest import server_programs, throw_away_server

SALES = int(os.environ.get("DOUGONG_BENCH_SALES", "1000000"))
STORES = 40
ROUNDS = 5
SHARE = 1 / 40
"""What the roll-up may take of the direct grouping."""
WRITERS, SECONDS = 4, 5.0
QUESTION = AggregateRequest(
    ("sales_amount", "sales_count"), ("store",), since=LAST_DAY - timedelta(days=364), until=LAST_DAY, bucket="month"
)
Answer = tuple[AggregateRow, ...]


def measured() -> list[Row]:
    """The share of the direct grouping's time, and what the delta costs a writer, on each database."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as folder:
        found += _on("sqlite", Path(folder), "")
    programs = server_programs()
    if programs is not None:
        with throw_away_server(programs) as url, tempfile.TemporaryDirectory(prefix="dougong-bench-") as folder:
            found += _on("postgres", Path(folder), url)
    return found


def _on(kind: str, folder: Path, url: str) -> Iterator[Row]:
    world = sales_world(folder, url, STORES, SALES)
    try:
        build_all(world)
        rolled, direct, wrong = _rounds(world)
        words = f"month and store over {SALES:,} sales on {kind}: {rolled * 1000:.1f} ms for {direct * 1000:.0f} ms, after a write"
        yield Row(f"rollup_{kind}", words, SHARE, rolled / direct, "×")
        yield Row(f"rollup_wrong_{kind}", f"answers on {kind} that differ from the rows", 0, wrong, "")
        with_deltas, without = _rate(world, world.model), _rate(world, rows_only(world.model))
        words = (
            f"sales written by {WRITERS} threads on {kind}: {with_deltas:.0f}/s with deltas, {without:.0f}/s without"
        )
        yield Row(f"rollup_writes_{kind}", words, 1.25, without / with_deltas, "×")
    finally:
        world.installation.database.close()


def build_all(world: SalesWorld) -> None:
    """Build the roll-up of sales from the loaded rows."""
    rollup = rollups_of(world.model)["sale"]
    world.installation.database.write(lambda session: build(session, world.model.entities["sale"], rollup))


def rows_only(model: AppModel) -> AppModel:
    """The same application without roll-ups."""
    plain = {name: replace(one, rollup=False) for name, one in model.metrics.items()}
    return replace(model, metrics=plain, fingerprint=f"{model.fingerprint}, rows only")


def _rounds(world: SalesWorld) -> tuple[float, float, int]:
    """Median seconds from the roll-up and from rows, each right after a write; how often the answers differed."""
    plain, rolled, direct, wrong = rows_only(world.model), [], [], 0
    _asked(world, world.model), _asked(world, plain)
    for at in range(ROUNDS):
        world.installation.workplace.write(world.store, lambda work, at=at: _write(work, at))
        seconds, answer = _asked(world, world.model)
        rolled.append(seconds)
        slow, counted = _asked(world, plain)
        direct.append(slow)
        wrong += answer != counted
    return statistics.median(rolled), statistics.median(direct), wrong


def _asked(world: SalesWorld, model: AppModel) -> tuple[float, Answer]:
    def ask(work: Work) -> Answer:
        return aggregate(replace(work, model=model), QUESTION)

    started = time.perf_counter()
    answer = world.installation.workplace.read(world.headquarters, ask)
    return time.perf_counter() - started, answer


def _write(work: Work, at: int) -> None:
    """A new sale, and a loaded one that becomes a refund."""
    _new(work)
    record = next(one for one in range(FIRST_SALE + at * 500, FIRST_SALE + at * 500 + 500) if _of_store(work, one))
    update(work, "sale", record, {"kind": "refund", "refund_reason": "quality"})


def _of_store(work: Work, record: int) -> bool:
    row = select(work.session, "sale", ("kind", "store"), {"id": record})[0]
    return row == ("sale", FIRST_STORE + 1)


def _new(work: Work) -> None:
    create(work, "sale", {"kind": "sale", "store": FIRST_STORE + 1, "sold_on": LAST_DAY})


def _rate(world: SalesWorld, model: AppModel) -> float:
    """Sales written in a second by threads side by side."""
    until, counts = time.perf_counter() + SECONDS, [0] * WRITERS

    def write(at: int) -> None:
        while time.perf_counter() < until:
            world.installation.workplace.write(world.store, lambda work: _new(replace(work, model=model)))
            counts[at] += 1

    threads: list[threading.Thread] = [threading.Thread(target=write, args=(at,)) for at in range(WRITERS)]
    _all(threads, threading.Thread.start)
    _all(threads, threading.Thread.join)
    return sum(counts) / SECONDS


def _all(threads: list[threading.Thread], act: Callable[[threading.Thread], None]) -> None:
    for one in threads:
        act(one)
