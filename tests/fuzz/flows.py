"""The machine of flows at the size that the promise names: 20,000 random courses, 1,000 made short, every planted fault found."""

from __future__ import annotations

from bench.report import SEED, Row
from tests.runtime.workflow.flow_faults import FAULTS, planted
from tests.runtime.workflow.flow_trial import try_flows, try_long_courses

COURSES, SHORT, FAULT_WITHIN = 20_000, 1_000, 5_000


def measured() -> list[Row]:
    """Courses that break a law, and planted faults that no course shows."""
    broken = [seed for seed in range(SEED, SEED + COURSES) if _breach(seed)]
    missed = [name for name in FAULTS if not _found(name)]
    for name in missed:
        print(f"not found: {name}")
    return [
        Row("FLOWS", f"of {COURSES + SHORT:,} random courses of flows break a law", 0, len(broken) + _short(), ""),
        Row("FLOWS_CONTROL", f"of {len(FAULTS)} wrong machines not found within {FAULT_WITHIN:,}", 0, len(missed), ""),
    ]


def _breach(seed: int) -> str:
    try:
        try_long_courses([seed])
    except Exception as breach:
        print(f"seed {seed}: {breach}")
        return str(breach)
    return ""


def _short() -> int:
    """1 when a course that is made as short as can be breaks a law, else 0."""
    try:
        try_flows(SHORT)
    except Exception as breach:
        print(breach)
        return 1
    return 0


def _found(name: str) -> bool:
    with planted(name):
        try:
            try_long_courses(range(FAULT_WITHIN))
        except Exception:
            return True
    return False
