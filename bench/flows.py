"""Flows: transitions a second with 10,000 live instances, the slowest of a hundred, and what an approval costs over HTTP,
each against bare transactions that write the same rows in the same run, committed with the same settings.

Seconds on the clock hold the disk's answer to a commit, which on a slow disk hides what the engine does, and on a busy
machine the others' work; so CPU of the process is told, and judged, besides.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.flow_world import FlowWorld, WrittenDown, flow_world
from bench.load import Asked, Timing, run
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
        bare = statistics.median(_timed(_bare(world, EACH), 1).each)
    finally:
        world.installation.database.close()
    yield from _clicks(kind, world, bare)


def _transitions(kind: str, world: FlowWorld) -> Iterator[Row]:
    before = _logged(world)
    _timed(_approvals(world, EACH), THREADS)
    entries = (_logged(world) - before) / EACH
    pairs = []
    for _ in range(ROUNDS):
        ours = _timed(_approvals(world, EACH), THREADS)
        pairs.append((ours, _timed(_bare(world, EACH), THREADS)))
    rate = statistics.median(EACH * entries / ours.whole for ours, _ in pairs)
    slowest = statistics.median(_p99(ours.each) for ours, _ in pairs)
    bare_rate = statistics.median(EACH * entries / bare.whole for _, bare in pairs)
    bare_slowest = statistics.median(_p99(bare.each) for _, bare in pairs)
    words = (
        f"transitions a second on {kind}, {LIVE:,} live, {THREADS} threads: {rate:.0f}/s (p99 of an act {slowest:.0f} ms), "
        f"bare writes {bare_rate:.0f}/s ({bare_slowest:.0f} ms), load {os.getloadavg()[0]:.1f}"
    )
    share = statistics.median(ours.whole / bare.whole for ours, bare in pairs)
    yield Row(f"flows_{kind}", words, 6, share, "×")
    spent, bare_spent = (statistics.median(pair[at].cpu for pair in pairs) / EACH * 1000 for at in (0, 1))
    share = statistics.median(ours.cpu / bare.cpu for ours, bare in pairs)
    words = f"CPU of the process for an act on {kind}: {spent:.2f} ms, for its bare writes {bare_spent:.2f} ms"
    yield Row(f"flows_cpu_{kind}", words, 6, share, "×")
    tail = statistics.median(_p99(ours.each) / _p99(bare.each) for ours, bare in pairs)
    yield Row(f"flows_p99_{kind}", f"the slowest of a hundred acts on {kind}, against bare writes", 6, tail, "×")


def _clicks(kind: str, world: FlowWorld, bare: float) -> Iterator[Row]:
    """An approval by a person over HTTP, one after another on a kept connection: over the interface, and on a page, which
    is the form with the inbox that they see after it."""
    headers = {user: world.cookie(user) for user in world.users}
    with Server.of_engine(world.home.folder, world.home.database, packs=str(world.packs)) as server:

        def rounds(asked: Callable[[int, int], list[Asked]]) -> list[Timing]:
            return [
                _answered(server, [one for user, task in _taken(world, CLICKS) for one in asked(user, task)])
                for _ in range(ROUNDS + 1)
            ][1:]

        def over_interface(user: int, task: int) -> list[Asked]:
            return [Asked("POST", f"/api/tasks/{encode_id(task)}/approve", (headers[user],), _WORDS)]

        def on_page(user: int, task: int) -> list[Asked]:
            form = Asked("POST", f"/tasks/{encode_id(task)}/approve", (headers[user], *_FORM), b"comment=ok")
            return [form, Asked("GET", "/inbox", (headers[user],))]

        calls, pages = rounds(over_interface), rounds(on_page)
    middle, slowest = (statistics.median(one.percentile(at) for one in calls) for at in (0.5, 0.99))
    words = (
        f"an approval over HTTP on {kind}: median {middle:.1f} ms, p99 {slowest:.1f} ms, against its bare "
        f"writes at {bare * 1000:.1f} ms, load {os.getloadavg()[0]:.1f}"
    )
    yield Row(f"flows_click_{kind}", words, 10, middle / (bare * 1000), "×")
    for name, found, what in (
        ("click", calls, "an approval over HTTP"),
        ("page", pages, "one on a page, with the inbox after it"),
    ):
        cpu = statistics.median(one.cpu_ms for one in found) / CLICKS
        yield Row(f"flows_{name}_cpu_{kind}", f"CPU of the server for {what} on {kind}", 15, cpu, "ms")


_WORDS = json.dumps({"comment": "同意"}).encode()
_FORM = (("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin"))


def _answered(server: Server, asked: Sequence[Asked]) -> Timing:
    found = run(server.port, server.pid, asked, 1, lambda status, _: status in {200, 303})
    if found.wrong:
        raise RuntimeError(f"{found.wrong} of {found.requests} answers are wrong, {found.example}")
    return found


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


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds for all acts together, of the process's CPU meanwhile, and of each act."""

    whole: float
    cpu: float
    each: Sequence[float]


def _timed(acts: Sequence[Act], threads: int) -> Timed:
    def timed(act: Act) -> float:
        started = time.perf_counter()
        act()
        return time.perf_counter() - started

    with ThreadPoolExecutor(threads) as pool:
        started, spent = time.perf_counter(), time.process_time()
        each = list(pool.map(timed, acts))
        return Timed(time.perf_counter() - started, time.process_time() - spent, each)


def _p99(seconds: Sequence[float]) -> float:
    """Milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)] * 1000


def _logged(world: FlowWorld) -> int:
    """Entries of all logs: each is a transition of the machine."""
    return world.installation.database.read(lambda session: len(select(session, "dougong_flow_event", ("instance",))))
