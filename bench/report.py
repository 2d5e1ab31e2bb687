"""Report: measured figures against their targets, as a table and as build/<target>.json."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

SEED = 20260302


@dataclass(frozen=True)
class Row:
    """One measured figure and its target; met when it is not above it, or not below where it is `at_least`."""

    id: str
    what: str
    target: float
    measured: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.measured >= self.target if self.at_least else self.measured <= self.target


def print_rows(rows: Sequence[Row]) -> None:
    for row in rows:
        verdict = "met" if row.met else "NOT MET"
        print(f"{row.id:<24} {row.measured:>9.2f} {row.unit:<3} target {row.target:<6.4g} {verdict:<8} {row.what}")


def write_report(target: str, rows: Sequence[Row]) -> Path:
    """The figures as JSON under build/."""
    report = {
        "machine": f"{platform.machine()} {os.cpu_count()} cores",
        "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version},
        "seed": SEED,
        "date": datetime.now(UTC).date().isoformat(),
        "rows": [{**asdict(row), "met": row.met} for row in rows],
    }
    path = Path("build") / f"{target}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return path
