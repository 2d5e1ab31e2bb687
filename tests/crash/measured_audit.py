"""A sealer of the audit log that is killed at every step, on both databases."""

from __future__ import annotations

import os
import subprocess
import sys

from bench.report import Row

TESTS = "tests/crash/test_audit_killed.py"


def measured() -> list[Row]:
    """Whether an entry was ever lost or sealed twice, or the chain did not hold."""
    asked = [sys.executable, "-m", "pytest", TESTS, "-q"]
    done = subprocess.run(asked, check=False, env={**os.environ, "DOUGONG_EVERY_KILL": "1"})
    words = "sealers of the audit log killed at a step after which an entry was lost, doubled, or the chain broken"
    return [Row("AUDIT_KILLS", words, 0, int(done.returncode != 0), "")]
