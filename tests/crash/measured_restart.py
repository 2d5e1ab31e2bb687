"""R6 at its size: PostgreSQL restarted at once under 200 requests a second."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.report import Row
from tests.crash.cluster import cluster
from tests.crash.restarting import Outcome, attempt


def measured() -> list[Row]:
    with cluster() as server, tempfile.TemporaryDirectory(prefix="dougong-crash-") as name:
        outcome: Outcome = attempt(Path(name), server, seconds=8.0)
    books = outcome.books
    wrong = len(books.lost) + len(books.doubled) + len(books.torn)
    return [
        Row("R6-lost", f"writes lost, doubled, torn; {outcome.rate:.0f} requests/s before", 0, wrong, ""),
        Row("R6-slowest", "the slowest request", 5, outcome.slowest, "s"),
        Row("R6-unavailable", "from the end of the restart to the last refusal", 2, outcome.unavailable, "s"),
    ]
