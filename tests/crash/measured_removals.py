"""Packs that are removed by a process which is killed at every step, data kept and erased, on both databases."""

from __future__ import annotations

import os
import subprocess
import sys

from bench.report import Row

TESTS = "tests/cli/test_removal_killed.py"


def measured() -> list[Row]:
    """Whether any removal was found between: not as it was, and not ended."""
    asked = [sys.executable, "-m", "pytest", TESTS, "-q"]
    done = subprocess.run(asked, check=False, env={**os.environ, "DOUGONG_EVERY_KILL": "1"})
    return [
        Row(
            "REMOVALS",
            "removals killed at a step and found between by the next start",
            0,
            int(done.returncode != 0),
            "",
        )
    ]
