"""What the suite asks in part, asked whole: twins for every role, all suites of the packs on both databases, more drawn requests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.report import Row

ROOT = Path(__file__).parents[2]
ASKED = ("tests/rights/test_twins_over_http.py", "tests/packs/test_packs.py", "tests/web/test_contract.py")


def measured() -> list[Row]:
    """How many of these files fail."""
    environment = {**os.environ, "DOUGONG_WHOLE": "1", "DOUGONG_CONTRACT_EXAMPLES": "20"}
    failed = [
        path
        for path in ASKED
        if subprocess.run(
            [sys.executable, "-m", "pytest", "-q", path], cwd=ROOT, env=environment, check=False
        ).returncode
    ]
    return [Row("whole", f"files of {len(ASKED)} that fail when they ask everything", 0, len(failed), "")]
