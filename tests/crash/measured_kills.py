"""R1 at its size: 10,000 requests and 150 kills on each database, then the same with each planted fault."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.report import SEED, Row
from tests.crash.cluster import cluster
from tests.crash.kills import CONTROLS, LATE, Control, Outcome, Trial, attempt

REQUESTS, KILLS = 10_000, 150
TRIALS = 3
"""Short trials in which a planted fault must be seen at least once."""


def measured() -> list[Row]:
    """Both databases, one after the other."""
    rows = _measured("sqlite", str)
    with cluster() as server:
        return rows + _measured("postgres", server.new_database)


def _measured(kind: str, fresh: Callable[[], str]) -> list[Row]:
    books = _attempt(Trial(REQUESTS, KILLS, SEED, LATE), fresh)
    missed = [one.name for one in CONTROLS if not any(_seen(one, SEED + more, fresh) for more in range(TRIALS))]
    return [
        Row(f"R1-{kind}-kills", "kills short of 150 in 10,000 requests", 0, max(0, KILLS - books.kills), ""),
        Row(f"R1-{kind}-lost", f"acknowledged writes lost in {books.kills} kills", 0, len(books.books.lost), ""),
        Row(f"R1-{kind}-doubled", "effects doubled", 0, len(books.books.doubled), ""),
        Row(f"R1-{kind}-torn", "versions, events, sums, numbers half written", 0, len(books.books.torn), ""),
        Row(f"R1-{kind}-controls", "planted faults that were not seen", 0, len(missed), ""),
    ]


def _seen(control: Control, seed: int, fresh: Callable[[], str]) -> bool:
    return control.seen(_attempt(control.trial(seed), fresh).books)


def _attempt(trial: Trial, fresh: Callable[[], str]) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="dougong-crash-") as name:
        return attempt(trial, Path(name), fresh())
