"""Worlds: the full demonstration of three stores, made and wiped on both databases, and its stories looked for on their tiles.

What is counted is the processor time of this process, to which PostgreSQL's server adds its own; wall time is told beside it.
The stories are read by the tests that read them in the small demonstration.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from bench.report import SEED, Row
from engine.application import Installation, bring_up_to_date, open_installation
from engine.installation.demo import DemoOrder, load_demo, service_context
from engine.installation.wiping import wipe
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.storage.tables import entity_tables
from engine.runtime.work import Work
from tests.conftest import server_programs, throw_away_server

ROOT = Path(__file__).parents[2]
PACKS = ":".join(str(ROOT / "packs" / name) for name in ("organisation", "store_sales"))
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STORIES = "tests/e2e/test_planted_stories.py"
SALES, LINES = 135_000, 300_000


def measured() -> list[Row]:
    """Making and wiping on each database, and the stories that no tile tells."""
    with tempfile.TemporaryDirectory(prefix="dougong-full-") as name:
        found = _made_and_wiped("sqlite", Settings(data=Path(name), packs=PACKS, demo=True))
    programs = server_programs()
    if programs is not None:
        with tempfile.TemporaryDirectory(prefix="dougong-full-") as name, throw_away_server(programs) as address:
            found += _made_and_wiped("postgres", Settings(data=Path(name), database=address, packs=PACKS, demo=True))
    return [*found, Row("stories_untold", "planted stories that their tile does not tell", 0, _untold(), "")]


def _made_and_wiped(kind: str, settings: Settings) -> list[Row]:
    installation = open_installation(settings)
    bring_up_to_date(installation, consent=True)
    try:
        return [*_rows(kind, installation)]
    finally:
        installation.database.close()


def _rows(kind: str, installation: Installation) -> list[Row]:
    context = service_context(installation.workplace, NOW, "Asia/Shanghai")
    began = installation.workplace.read(context, _counts)
    making = _seconds(lambda: load_demo(installation.workplace, context, DemoOrder(SEED, full=True), lambda _: None))
    made = installation.workplace.read(context, _counts)
    wiping = _seconds(lambda: installation.workplace.write(context, partial(wipe, with_dependents=False)))
    left = installation.workplace.read(context, _counts)
    rows = sum(count for name, count in made.items() if "__" not in name)
    return [
        Row(f"world_made_{kind}", "the full demonstration of three stores, made", 15, making, "s"),
        Row(f"world_row_{kind}", "of that a row of an entity", 33, making / rows * 1e6, "µs"),
        Row(f"world_sales_{kind}", "sales in it", SALES, made["sale"], "", at_least=True),
        Row(f"world_lines_{kind}", "lines of sales in it", LINES, made["sale_line"], "", at_least=True),
        Row(f"world_wiped_{kind}", "wiped again", 10, wiping, "s"),
        Row(
            f"world_left_{kind}",
            "rows left that were not there before",
            0,
            sum(left.values()) - sum(began.values()),
            "",
        ),
    ]


def _counts(work: Work) -> dict[str, int]:
    return {one.name: len(select(work.session, one.name, (one.columns[0].name,))) for one in entity_tables(work.model)}


def _seconds(act: Callable[[], object]) -> float:
    """Of this process's threads; what a database server takes beside it, wall time tells."""
    began, stood = time.process_time(), time.perf_counter()
    act()
    taken, wall = time.process_time() - began, time.perf_counter() - stood
    print(f"{'':<24} {taken:>9.2f} s of a processor, {wall:.2f} s of wall")
    return taken


def _untold() -> int:
    """How many of the tests of stories fail on a server with the full demonstration."""
    environment = {**os.environ, "DOUGONG_DEMO_SIZE": "full"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", STORIES]
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False).stdout
    passed = re.search(r"(\d+) passed", said)
    failed = re.search(r"(\d+) (?:failed|error)", said)
    if passed is None and failed is None:
        raise RuntimeError(f"the stories were not looked for:\n{said[-2000:]}")
    return int(failed[1]) if failed is not None else 0
