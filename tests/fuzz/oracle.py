"""The rights oracle at the size that the promise names: 100,000 checks over HTTP, half of them on each database."""

from __future__ import annotations

import io
import tempfile
from contextlib import ExitStack, redirect_stderr
from pathlib import Path

from bench.report import SEED, Row
from tests.conftest import fresh_url, server_programs, throw_away_server
from tests.oracle.asking import ask_until
from tests.oracle.questions import Mismatch

CHECKS = 100_000
A_SEED = 10_000
"""Checks with one seed: rows of their own, and some forty definitions."""


def measured() -> list[Row]:
    """Disagreements with the naive evaluator, by database."""
    with ExitStack() as stack:
        programs = server_programs()
        kinds = ("sqlite", "postgres") if programs is not None else ("sqlite",)
        dsn = stack.enter_context(throw_away_server(programs)) if programs is not None else None
        return [_asked(kind, dsn, CHECKS // len(kinds)) for kind in kinds]


def _asked(kind: str, dsn: str | None, checks: int) -> Row:
    done = wrong = 0
    seed = SEED
    while done < checks:
        seed += 1
        with tempfile.TemporaryDirectory() as folder, redirect_stderr(io.StringIO()):
            try:
                done += ask_until(Path(folder), fresh_url(kind, dsn, Path(folder)), seed, A_SEED).checks
            except Mismatch as found:
                wrong += 1
                done += A_SEED
                print(f"seed {seed} on {kind}: {found}")
    what = f"answers over HTTP that differ from the naive evaluator, {done:,} checks on {kind}"
    return Row(f"ORACLE_{kind.upper()}", what, 0, wrong, "")
