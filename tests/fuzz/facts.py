"""Facts at the size that the promise names: random plans of figures on each engine, fed from each database; a planted fault found.

SQLite and PostgreSQL are each compared with DuckDB and with ClickHouse (chdb), which are fed from them. An engine that is not
installed is named, and all of its plans count as differences.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import structlog

from bench.report import SEED, Row
from engine.runtime.database.protocol import Session
from engine.runtime.events import EventPosition
from engine.runtime.facts import feeding
from tests.conftest import fresh_url, server_programs, throw_away_server
from tests.runtime.facts.copied import NEEDS, CopiedLedger, installed

ROUNDS, WRITES, QUESTIONS = 8, 30, 5
"""Rounds of writes, each by how many, and how many questions of each sort every reader asks before and after the copy is kept."""
FAULT_WITHIN = 6


def measured() -> list[Row]:
    """Figures that differ, by database and engine, and how many plans the copy answered itself."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with ExitStack() as stack:
        programs = server_programs()
        kinds = ("sqlite", "postgres") if programs is not None else ("sqlite",)
        dsn = stack.enter_context(throw_away_server(programs)) if programs is not None else None
        return [row for engine in NEEDS for kind in kinds for row in _asked(engine, kind, dsn)]


def _asked(engine: str, kind: str, dsn: str | None) -> Iterator[Row]:
    name = f"FACTS_{engine.upper()}_{kind.upper()}"
    if not installed(engine):
        print(f"!!! {engine} is not installed: nothing was asked of it")
        yield Row(name, f"engines that were not asked: {engine}", 0, 1, "")
        return
    with tempfile.TemporaryDirectory() as folder, _opened(Path(folder), engine, kind, dsn) as ledger:
        wrong = [one for _ in range(ROUNDS) for one in _round(ledger)]
        standing = ledger.desk.standing()
        missed = _missed(ledger)
    for one in wrong[:20]:
        print(one)
    left = sum(standing.left.values())
    what = f"figures of {engine} that differ from those of {kind}, of {standing.answered:,} plans that it answered"
    yield Row(name, what, 0, len(wrong), "")
    share = 100 * left / max(1, left + standing.answered)
    yield Row(f"{name}_LEFT", f"plans that {engine} left to {kind}: {dict(standing.left)}", 10, round(share, 1), "%")
    yield Row(
        f"{name}_CONTROL", f"planted fault (a copy that hears nothing of entries) not found by {engine}", 0, missed, ""
    )


@contextmanager
def _opened(folder: Path, engine: str, kind: str, dsn: str | None) -> Iterator[CopiedLedger]:
    with closing(CopiedLedger(folder, fresh_url(kind, dsn, folder), engine, SEED)) as ledger:
        ledger.keep()
        yield ledger


def _round(ledger: CopiedLedger) -> list[object]:
    ledger.act_often(WRITES)
    found = list(ledger.differences(QUESTIONS))
    ledger.keep()
    return found + ledger.differences(QUESTIONS)


def _missed(ledger: CopiedLedger) -> int:
    with _deaf_to_entries():
        return int(not any(_round(ledger) for _ in range(FAULT_WITHIN)))


@contextmanager
def _deaf_to_entries() -> Iterator[None]:
    right = feeding.visible_events

    def deaf(session: Session, after: EventPosition, limit: int) -> list[tuple[EventPosition, str, int]]:
        return [one for one in right(session, after, limit) if one[1] != "entry"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feeding, "visible_events", deaf)
        yield
