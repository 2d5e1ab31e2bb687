"""R11: definitions are edited under load, right ones and wrong ones; no request fails, no page mixes two versions."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.report import Row
from tests.full.desk import Desk, served, wrong
from tests.full.process import memory
from tests.full.working import Work

RELOADS = 1000
WARM = 100
PATIENCE = 60.0


@dataclass(frozen=True)
class Outcome:
    """What became of a number of edits under load; megabytes of the process after the first ones and at the end."""

    work: Work
    told: int
    warm: float
    end: float


def attempt(desk: Desk, edits: int, warm: int, people: int = 4) -> Outcome:
    return asyncio.run(_edited(desk, edits, warm, people))


async def _edited(desk: Desk, edits: int, warm: int, people: int) -> Outcome:
    work, at_first, told = Work(desk, people), 0.0, 0
    running = asyncio.create_task(work.run())
    try:
        for number in range(edits):
            seen = _complaints(desk)
            desk.edit(number)
            if wrong(number):
                told += await _until(lambda seen=seen: _complaints(desk) > seen)  # type: ignore[misc]
            else:
                await _until(lambda number=number: work.newest >= number)  # type: ignore[misc]
            if number == warm:
                at_first = memory(desk.serving.pid)
    finally:
        work.stopped = True
        await running
    return Outcome(work, told, at_first, memory(desk.serving.pid))


async def _until(holds: object) -> int:
    ends = asyncio.get_running_loop().time() + PATIENCE
    while not holds():  # type: ignore[operator]
        assert asyncio.get_running_loop().time() < ends, "an edit is not taken"
        await asyncio.sleep(0.02)
    return 1


def _complaints(desk: Desk) -> int:
    return desk.serving.log.read_text("utf-8", "replace").count("tpye")


def measured() -> list[Row]:
    """A thousand edits on SQLite."""
    with tempfile.TemporaryDirectory(prefix="dougong-full-") as name, served(Path(name), "") as desk:
        outcome = attempt(desk, RELOADS, WARM)
    work = outcome.work
    return [
        Row(
            "R11-failed",
            f"requests failed of {work.statuses.total()} during {RELOADS} edits",
            0,
            len(work.failures),
            "",
        ),
        Row("R11-mixed", "pages of two versions", 0, len(work.mixed), ""),
        Row("R11-memory", f"memory gained from edit {WARM} to {RELOADS}", 5, outcome.end - outcome.warm, "MB"),
    ]
