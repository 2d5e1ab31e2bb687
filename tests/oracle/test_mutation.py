"""A line of the policy that is removed or turned is noticed: four of them here, all in `make fuzz`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHANGED = (
    "access.decisions.union 1:",
    "query.rights._strongest 1:",
    "query.rights._strongest 15:",
    "query.secure.SecuredRows.select 0:",
)


@pytest.mark.one_database
def test_a_changed_line_of_the_policy_is_noticed() -> None:
    command = [sys.executable, "-m", "tests.mutate_access", *CHANGED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert done.stdout.count("killed ") == len(CHANGED)
