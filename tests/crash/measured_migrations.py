"""R4 at its size: every statement and moment of a migration with all kinds of operations, there and back, on both databases."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.report import Row
from tests.crash.cluster import cluster
from tests.crash.migrating import backward, forward, forward_without_a_transaction, killed_everywhere, prepared


def measured() -> list[Row]:
    """Both databases, one after the other."""
    with tempfile.TemporaryDirectory(prefix="dougong-crash-") as name:
        files = iter(range(10))
        rows = _measured("sqlite", lambda: f"sqlite:///{Path(name) / str(next(files))}.sqlite3")
    with cluster() as server:
        return rows + _measured("postgres", server.new_database)


def _measured(kind: str, fresh: Callable[[], str]) -> list[Row]:
    kills = []
    for act in (forward, backward):
        url = prepared(fresh())
        if act is backward:
            forward(url)
        kills += list(killed_everywhere(url, act))
    between = sum(one.found == "between" for one in kills)
    control = {one.found for one in killed_everywhere(prepared(fresh()), forward_without_a_transaction, stride=5)}
    return [
        Row(f"R4-{kind}-between", f"databases between old and new after {len(kills)} kills", 0, between, ""),
        Row(f"R4-{kind}-controls", "planted faults that were not seen", 0, int("between" not in control), ""),
    ]
