"""Writes: how many a second, on SQLite at WAL + FULL and on PostgreSQL with every commit synced."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path

from sqlglot import exp

from bench.load import Asked, Check, Timing, cpu_ms, over
from bench.report import Row
from bench.server import Server
from bench.sides import Side, side_of
from bench.world import World, worlds
from engine.runtime.database.protocol import Database, Session
from engine.runtime.database.sqlite import SqliteDatabase
from engine.runtime.database.statements import compile_statement

ROUNDS = 5
SUBMITTERS, UNITS, IN_FLIGHT = 16, 1_500, 32
BULK = 100
CONNECTIONS = 16


def measured() -> list[Row]:
    """Rates, each the median of five rounds."""
    rows = [_units()]
    with worlds() as found:
        for world in found:
            rows += _bulk_and_single(world) if world.kind == "sqlite" else _two_processes(world)
    return rows


def _units() -> Row:
    """Units that write one row each, handed in without a thread that waits, as the server hands in requests."""
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as folder:
        database = SqliteDatabase(Path(folder) / "units.sqlite3")
        table = exp.Create(
            this=exp.Schema(this=exp.to_table("unit"), expressions=[exp.ColumnDef(this="id", kind="INTEGER")]),
            kind="TABLE",
        )
        database.write(lambda session: session.execute(compile_statement(table, "sqlite")))
        began = time.process_time()
        rate = statistics.median(_units_a_second(database) for _ in range(ROUNDS))
        cpu = (time.process_time() - began) / (ROUNDS * SUBMITTERS * UNITS)
        stored = database.read(lambda session: session.row(compile_statement(_COUNT, "sqlite")))
        database.close()
    if stored != (ROUNDS * SUBMITTERS * UNITS,):
        raise RuntimeError(f"{stored} rows are there of {ROUNDS * SUBMITTERS * UNITS}")
    words = f"write units a second from {SUBMITTERS} submitters, {cpu * 1e6:.0f} µs CPU a unit"
    return Row("write_units", words, 10_000, rate, "/s", at_least=True)


_COUNT = exp.select(exp.Count(this=exp.Star())).from_("unit")


def _units_a_second(database: Database) -> float:
    row = exp.Tuple(expressions=[exp.Placeholder(this="id")])
    insert = compile_statement(
        exp.Insert(this=exp.to_table("unit"), expression=exp.Values(expressions=[row])), "sqlite"
    )

    def unit(session: Session) -> int:
        return session.execute(insert, {"id": 1})

    def submitter() -> None:
        waiting: deque[Future[int]] = deque()
        for _ in range(UNITS):
            waiting.append(database.submit(unit))
            if len(waiting) == IN_FLIGHT:
                waiting.popleft().result()
        for future in waiting:
            future.result()

    threads = [threading.Thread(target=submitter) for _ in range(SUBMITTERS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return SUBMITTERS * UNITS / (time.perf_counter() - started)


def _bulk_and_single(world: World) -> Iterator[Row]:
    home = world.product
    with Server.of_engine(home.folder, home.database) as server:
        side = side_of(server, home)
        rates = [_load([server], [side.bulk(BULK) for _ in range(10)], 1, _all_done) for _ in range(ROUNDS)]
        bulk = statistics.median(rate * BULK for rate, _ in rates)
        words = f"records a second in bulks of {BULK} on {world.kind}"
        yield Row("bulk", words, 5_000, bulk, "/s", at_least=True)
        rates = [_load([server], [side.create() for _ in range(400)], CONNECTIONS, _is_new) for _ in range(ROUNDS)]
        share = statistics.median(rate * cpu / 1000 for rate, cpu in rates)
        rate, cpu = (statistics.median(one[at] for one in rates) for at in (0, 1))
        words = f"creates a second of what their CPU allows one process: {rate:.0f}/s at {cpu:.2f} ms"
        yield Row("single_writes", words, 0.8, share, "", at_least=True)


def _two_processes(world: World) -> Iterator[Row]:
    """Creates a second by two processes on one server of PostgreSQL, ours and the yardstick's in turn."""
    homes = (world.product, world.yardstick)
    with ExitStack() as stack:
        ours = [stack.enter_context(Server.of_engine(homes[0].folder, homes[0].database)) for _ in range(2)]
        theirs = [stack.enter_context(Server.of_yardstick(homes[1].database)) for _ in range(2)]
        sides = (side_of(ours[0], homes[0]), side_of(theirs[0], homes[1]))
        pairs = [(_creates(ours, sides[0]), _creates(theirs, sides[1])) for _ in range(ROUNDS + 1)][1:]
        rates = [statistics.median(pair[at] for pair in pairs) for at in (0, 1)]
        words = f"creates by two processes on postgres: {rates[0]:.0f}/s against {rates[1]:.0f}/s"
        share = statistics.median(pair[0] / pair[1] for pair in pairs)
        yield Row("two_processes", words, 2 / 3, share, "", at_least=True)


def _creates(servers: Sequence[Server], side: Side) -> float:
    return _load(servers, [side.create() for _ in range(600)], CONNECTIONS, _is_new)[0]


def _load(servers: Sequence[Server], asked: Sequence[Asked], connections: int, right: Check) -> tuple[float, float]:
    """Requests a second over all servers together, and CPU milliseconds a request."""
    timing, before = Timing(requests=len(asked)), sum(cpu_ms(one.pid) for one in servers)
    started = time.perf_counter()
    asyncio.run(over([one.port for one in servers], asked, connections, right, timing))
    taken = time.perf_counter() - started
    if timing.wrong:
        raise RuntimeError(f"{timing.wrong} of {timing.requests} answers are wrong, {timing.example}")
    return len(asked) / taken, (sum(cpu_ms(one.pid) for one in servers) - before) / len(asked)


def _is_new(status: int, body: bytes) -> bool:
    return status == 201 and b'"weighted":"100.00"' in body


def _all_done(status: int, body: bytes) -> bool:
    return status == 200 and body.count(b'"version":1') == BULK
