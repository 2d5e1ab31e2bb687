"""Flows under kills at their size: 1,200 orders through calls and approvals on each database, more than 10,000 transitions."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.report import SEED, Row
from tests.crash.cluster import cluster
from tests.crash.flowing import FlowTrial, attempt_flows

ORDERS, KILLS, EVENTS = 1200, 60, 10_000


def measured() -> list[Row]:
    """Both databases, one after the other."""
    rows = _measured("sqlite", str)
    with cluster() as server:
        return rows + _measured("postgres", server.new_database)


def _measured(kind: str, fresh: Callable[[], str]) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="dougong-flows-") as name:
        found = attempt_flows(FlowTrial(ORDERS, KILLS, SEED), Path(name), fresh())
    books = found.books
    return [
        Row(
            f"FLOW-{kind}-events",
            f"events short of {EVENTS}: {found.events} in {found.kills} kills",
            0,
            max(0, EVENTS - found.events),
            "",
        ),
        Row(f"FLOW-{kind}-lost", "flows and effects lost", 0, len(books.lost), ""),
        Row(f"FLOW-{kind}-doubled", "effects doubled", 0, len(books.doubled), ""),
        Row(f"FLOW-{kind}-stuck", "flows that do not end", 0, len(books.stuck), ""),
        Row(f"FLOW-{kind}-torn", "logs that are not the state", 0, len(books.torn), ""),
    ]
