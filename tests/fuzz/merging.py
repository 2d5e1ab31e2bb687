"""Concurrent edits at the size that the promise names: 1,000 random pairs on each database, and the planted fault found."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr
from pathlib import Path

from bench.report import SEED, Row
from engine.runtime.records import writing
from engine.runtime.records.merging import NOTHING
from tests.conftest import server_programs, throw_away_server, unmade_url
from tests.web.edit_pairs import disagreements
from tests.web.site import Site, running_site

PAIRS, FAULT_WITHIN = 1_000, 40


def measured() -> list[Row]:
    """What was lost, refused wrongly or told wrongly, by database; and whether a server whose last write wins is seen."""
    with ExitStack() as stack:
        programs = server_programs()
        kinds = ("sqlite", "postgres") if programs is not None else ("sqlite",)
        dsn = stack.enter_context(throw_away_server(programs)) if programs is not None else None
        return [row for kind in kinds for row in _edited(kind, dsn)]


def _edited(kind: str, dsn: str | None) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name, redirect_stderr(io.StringIO()):
        folder = Path(name)
        with running_site(folder, unmade_url(kind, dsn, folder)) as site:
            wrong, overlapping = disagreements(site, PAIRS, SEED)
            missed = _missed(site)
    for one in wrong:
        print(one)
    what = f"wrong outcomes of {PAIRS:,} pairs of edits, {overlapping} of them overlapping, on {kind}"
    yield Row(f"MERGE_{kind.upper()}", what, 0, len(wrong), "")
    yield Row(f"MERGE_{kind.upper()}_CONTROL", f"planted fault (last write wins) not found on {kind}", 0, missed, "")


def _missed(site: Site) -> int:
    with _last_write_wins():
        wrong, _ = disagreements(site, FAULT_WITHIN, SEED + 1)
    return int(not any("was lost" in one for one in wrong))


@contextmanager
def _last_write_wins() -> Iterator[None]:
    right = writing.changes_since
    writing.changes_since = lambda *_: NOTHING  # type: ignore[assignment]
    try:
        yield
    finally:
        writing.changes_since = right
