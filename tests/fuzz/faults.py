"""Planted faults, all of them: each a hole of some product of this kind, each to be found by the oracle within 5,000 checks."""

from __future__ import annotations

import io
import tempfile
from contextlib import redirect_stderr
from pathlib import Path

from bench.report import Row
from tests.oracle.faults import READING, WRITING
from tests.oracle.finding import MOST, not_found


def measured() -> list[Row]:
    """The faults that are not found."""
    names = [*READING, *WRITING]
    with tempfile.TemporaryDirectory() as folder, redirect_stderr(io.StringIO()):
        missed = not_found(Path(folder), names)
    for name in missed:
        print(f"not found: {name}")
    return [Row("FAULTS", f"of {len(names)} planted faults not found within {MOST:,} checks", 0, len(missed), "")]
