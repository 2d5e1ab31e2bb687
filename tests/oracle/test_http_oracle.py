"""The rights oracle: random definitions, rows and people over a real socket; every answer is what plain loops say it must be."""

from __future__ import annotations

from pathlib import Path

from tests.oracle.asking import ALL, ask_until

CHECKS = 10_000


def test_no_surface_tells_or_takes_more_or_less_than_the_rules_say(database_url: str, tmp_path: Path) -> None:
    oracle = ask_until(tmp_path, database_url, 20260302, CHECKS)
    assert oracle.checks >= CHECKS
    assert oracle.asked.keys() == ALL.keys(), "a surface was never asked"
