"""Flows: transitions a second with 10,000 live instances, the slowest of a hundred, and what an approval costs over HTTP,
each against bare transactions that write the same rows in the same run."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

from bench.flow_world import FlowWorld, WrittenDown, flow_world
from bench.load import Asked, Timing, cpu_ms, run
from bench.report import Row
from bench.server import Server
from engine.runtime.database.protocol import Session
from engine.runtime.identifiers import encode_id
from engine.runtime.rows import select
from engine.runtime.workflow.flow_commands import Given, approve
from tests.conftest import server_programs, throw_away_server

LIVE = int(os.environ.get("DOUGONG_BENCH_FLOWS", "10000"))
ROUNDS, EACH, THREADS, CLICKS = 5, 200, 8, 150


class _Undone(Exception):
    """Ends a transaction of which only the writes are wanted."""


def measured() -> list[Row]:
    """Both databases, one after the other."""
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as folder:
        found = list(_on("sqlite", Path(folder), ""))
    programs = server_programs()
    if programs is not None:
        with (
            throw_away_server(programs, durable=True) as url,
            tempfile.TemporaryDirectory(prefix="dougong-bench-") as at,
        ):
            found += _on("postgres", Path(at), url)
    return found


def _on(kind: str, folder: Path, url: str) -> Iterator[Row]:
    world = flow_world(folder, url, LIVE)
    try:
        yield from _transitions(kind, world)
        bare = statistics.median(_timed(world, _bare(world, EACH), 1)[1])
    finally:
        world.installation.database.close()
    yield from _clicks(kind, world, bare)


def _transitions(kind: str, world: FlowWorld) -> Iterator[Row]:
    before = _logged(world)
    _timed(world, _approvals(world, EACH), THREADS)
    entries = (_logged(world) - before) / EACH
    pairs = []
    for _ in range(ROUNDS):
        ours = _timed(world, _approvals(world, EACH), THREADS)
        pairs.append((ours, _timed(world, _bare(world, EACH), THREADS)))
    rate = statistics.median(EACH * entries / ours[0] for ours, _ in pairs)
    slowest = statistics.median(_p99(ours[1]) for ours, _ in pairs)
    bare_rate = statistics.median(EACH * entries / bare[0] for _, bare in pairs)
    bare_slowest = statistics.median(_p99(bare[1]) for _, bare in pairs)
    words = (
        f"transitions a second on {kind}, {LIVE:,} live, {THREADS} threads: {rate:.0f}/s (p99 of an act {slowest:.0f} ms), "
        f"bare writes {bare_rate:.0f}/s ({bare_slowest:.0f} ms), load {os.getloadavg()[0]:.1f}"
    )
    share = statistics.median(ours[0] / bare[0] for ours, bare in pairs)
    yield Row(f"flows_{kind}", words, 6, share, "×")
    tail = statistics.median(_p99(ours[1]) / _p99(bare[1]) for ours, bare in pairs)
    yield Row(f"flows_p99_{kind}", f"the slowest of a hundred acts on {kind}, against bare writes", 6, tail, "×")


def _clicks(kind: str, world: FlowWorld, bare: float) -> Iterator[Row]:
    """An approval by a person over HTTP, one after another on a kept connection."""
    headers = {user: world.cookie(user) for user in world.users}
    body = json.dumps({"comment": "同意"}).encode()
    with Server.of_engine(world.home.folder, world.home.database, packs=str(world.packs)) as server:

        def clicks() -> Timing:
            asked = [
                Asked("POST", f"/api/tasks/{encode_id(task)}/approve", (headers[user],), body)
                for user, task in _taken(world, CLICKS)
            ]
            found = run(server.port, server.pid, asked, 1, lambda status, _: status == 200)
            if found.wrong:
                raise RuntimeError(f"{found.wrong} of {found.requests} answers are wrong, {found.example}")
            return found

        clicks()
        rounds = [clicks() for _ in range(ROUNDS)]
        process = cpu_ms(server.pid)
    middle, slowest = (statistics.median(one.percentile(at) for one in rounds) for at in (0.5, 0.99))
    cpu = statistics.median(one.cpu_each for one in rounds)
    words = (
        f"an approval over HTTP on {kind}: median {middle:.1f} ms, p99 {slowest:.1f} ms, {cpu:.1f} ms CPU, against its bare "
        f"writes at {bare * 1000:.1f} ms; server {process / 1000:.0f} s CPU, load {os.getloadavg()[0]:.1f}"
    )
    yield Row(f"flows_click_{kind}", words, 10, middle / (bare * 1000), "×")


Act = Callable[[], None]


def _taken(world: FlowWorld, count: int) -> list[tuple[int, int]]:
    taken, world.tasks[:count] = world.tasks[:count], []
    if len(taken) < count:
        raise RuntimeError("there are too few live flows for this")
    return taken


def _approvals(world: FlowWorld, count: int) -> list[Act]:
    """Approvals by the services, each a transaction of its own."""

    def one(user: int, task: int) -> Act:
        def act() -> None:
            world.installation.workplace.write(world.context(user), lambda work: approve(work, task, Given("同意")))

        return act

    return [one(user, task) for user, task in _taken(world, count)]


def _bare(world: FlowWorld, count: int) -> list[Act]:
    """Transactions that write what approvals write: each was done once, written down, and undone."""
    installation = world.installation

    def written(user: int, task: int) -> WrittenDown:
        found: list[WrittenDown] = []

        def unit(session: Session) -> None:
            noted = WrittenDown(session)
            installation.workplace.act(noted, world.context(user), lambda work: approve(work, task, Given("同意")))
            found.append(noted)
            raise _Undone

        with suppress(_Undone):
            installation.database.write(unit)
        return found[-1]

    noted = [written(user, task) for user, task in _taken(world, count)]
    return [partial(installation.database.write, one.again) for one in noted]


def _timed(world: FlowWorld, acts: Sequence[Act], threads: int) -> tuple[float, list[float]]:
    """Seconds for all acts together, and of each."""

    def timed(act: Act) -> float:
        started = time.perf_counter()
        act()
        return time.perf_counter() - started

    with ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        each = list(pool.map(timed, acts))
        return time.perf_counter() - started, each


def _p99(seconds: Sequence[float]) -> float:
    """Milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)] * 1000


def _logged(world: FlowWorld) -> int:
    """Entries of all logs: each is a transition of the machine."""
    return world.installation.database.read(lambda session: len(select(session, "dougong_flow_event", ("instance",))))
