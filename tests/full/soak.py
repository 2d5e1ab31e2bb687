"""R12: half an hour of mixed load with hot reloads: memory, handles, threads, the log of SQLite and the slowest answers stay flat."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.report import Row
from tests.full.desk import Desk, served, wrong
from tests.full.process import handles, memory, threads
from tests.full.working import Work

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
PEOPLE, PAUSE, BETWEEN = 4, 0.05, 5.0
"""People at work, seconds between two requests of one, seconds between two edits and two looks at the process."""
WARM_UP = 0.25
"""Share of the time after which the process is warm."""


@dataclass(frozen=True)
class Look:
    """The process at a moment (seconds): megabytes, handles, threads, megabytes of the write-ahead log."""

    at: float
    memory: float
    handles: int
    threads: int
    log: float


async def soak(desk: Desk, seconds: float) -> tuple[Work, list[Look]]:
    """People at work for so long, an edit and a look at the process now and then."""
    work, looks, began, number = Work(desk, PEOPLE, PAUSE), [], time.monotonic(), 0
    running = asyncio.create_task(work.run())
    while time.monotonic() - began < seconds:
        desk.edit(number)
        number += 1
        await asyncio.sleep(BETWEEN)
        looks.append(_look(desk, time.monotonic() - began))
    if wrong(number - 1):
        desk.edit(number)
    work.stopped = True
    await running
    return work, looks


def _look(desk: Desk, at: float) -> Look:
    pid, log = desk.serving.pid, desk.serving.data / "dougong.sqlite3-wal"
    size = log.stat().st_size / 1e6 if log.exists() else 0.0
    return Look(at, memory(pid), handles(pid), threads(pid), size)


def slope(looks: list[Look]) -> float:
    """Megabytes an hour that the memory grows by, over the time after the warm-up."""
    warm = [one for one in looks if one.at > looks[-1].at * WARM_UP]
    return statistics.linear_regression([one.at / 3600 for one in warm], [one.memory for one in warm]).slope


def tail(work: Work, first: float, last: float) -> float:
    """The 99th percentile in milliseconds of the requests in a part of the time, from share to share."""
    ordered = sorted(work.timings)
    part = ordered[int(len(ordered) * first) : int(len(ordered) * last)]
    return statistics.quantiles([seconds for _, seconds in part], n=100)[98] * 1000


def measured() -> list[Row]:
    """On SQLite, since there everything is in one process."""
    with tempfile.TemporaryDirectory(prefix="dougong-full-") as name, served(Path(name), "") as desk:
        work, looks = asyncio.run(soak(desk, MINUTES * 60))
    warm = [one for one in looks if one.at > looks[-1].at * WARM_UP]
    ratio = tail(work, 0.9, 1.0) / tail(work, 0.1, 0.2)
    errors = sum(count for code, count in work.statuses.items() if code >= 500 or code == 0)
    return [
        Row("R12-errors", f"server errors of {work.statuses.total()} requests in {MINUTES:g} min", 0, errors, ""),
        Row("R12-mixed", "pages of two versions", 0, len(work.mixed), ""),
        Row("R12-memory", f"growth of memory after the warm-up, from {warm[0].memory:.0f} MB", 1, slope(looks), "MB/h"),
        Row("R12-handles", "open files and sockets gained", 2, warm[-1].handles - warm[0].handles, ""),
        Row("R12-threads", "threads gained", 1, warm[-1].threads - warm[0].threads, ""),
        Row("R12-log", "write-ahead log at its largest", 16, max(one.log for one in looks), "MB"),
        Row("R12-p99", "p99 of the last tenth by that of the second", 1.2, ratio, "x"),
    ]
