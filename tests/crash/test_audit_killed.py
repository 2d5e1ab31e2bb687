"""A sealer killed at any step: the next one goes on, no entry is lost or sealed twice, the chain and its anchors hold."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from engine.runtime.audit import AUDIT, AUDIT_TABLES, WAITING, Act, append
from engine.runtime.audit_chain.anchors import anchor_file, read_anchors
from engine.runtime.audit_chain.verifying import Proofs, verify_chain
from engine.runtime.database.open import open_database
from engine.runtime.database.protocol import Database, Session
from engine.runtime.identifiers import IdSource
from engine.runtime.rows import select
from engine.runtime.schema.ddl import ddl
from engine.runtime.schema.operations import CreateTable
from tests.conftest import FixedClock
from tests.crash.killed_sealer import KEY, seal
from tests.crash.serving import NURSERY, PATIENCE

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
STRIDE = 1 if "DOUGONG_EVERY_KILL" in os.environ else 7
"""Every step, as `make crash` asks, or some of them."""
EACH = 3


def made(url: str) -> None:
    database = open_database(url)

    def make(session: Session) -> None:
        for table in AUDIT_TABLES:
            for statement in ddl(CreateTable(table), session.dialect):
                session.execute(statement)

    database.alter(make)
    database.close()


def recorded(url: str, ids: IdSource, first: int) -> None:
    database = open_database(url)
    for one in range(first, first + EACH):
        database.write(partial(append, ids=ids, act=Act(NOW, "export", subject=f"act={one}")))
    database.close()


def subjects(database: Database, table: str, order: str) -> list[str]:
    return [str(row[0]) for row in database.read(lambda session: select(session, table, ("subject",), order=(order,)))]


def killed_everywhere(url: str, folder: Path, fault: str = "") -> tuple[int, list[str], list[str]]:
    """A process killed at one step after another until one lives to its end: how many were, what was recorded, what stands."""
    made(url)
    ids, kills, step, exitcode = IdSource(FixedClock(NOW)), 0, 1, -1
    while exitcode != 0:
        recorded(url, ids, kills * EACH)
        kills += 1
        process = NURSERY.Process(target=seal, args=(url, folder, NOW + timedelta(minutes=kills), step, fault))
        process.start()
        process.join(PATIENCE)
        exitcode = process.exitcode
        assert exitcode in {0, -signal.SIGKILL}, exitcode
        step += STRIDE
        database = open_database(url)
        anchors = read_anchors(anchor_file(folder, KEY)).heads if anchor_file(folder, KEY).exists() else ()
        proofs = Proofs(KEY, anchors)
        assert database.read(lambda session, proofs=proofs: verify_chain(session, proofs)).broken is None, step
        standing = [*subjects(database, AUDIT, "position"), *subjects(database, WAITING, "id")]
        database.close()
    return kills - 1, [f"act={one}" for one in range(kills * EACH)], standing


def test_a_sealer_killed_at_any_step_loses_and_doubles_nothing(database_url: str, tmp_path: Path) -> None:
    kills, expected, standing = killed_everywhere(database_url, tmp_path)
    assert kills >= 28 // STRIDE
    assert standing == expected
    heads = read_anchors(anchor_file(tmp_path, KEY)).heads
    assert [one.position for one in heads] == sorted({one.position for one in heads}), "each is anchored once"


@pytest.mark.one_database
def test_a_sealer_that_takes_entries_before_it_seals_them_is_seen(tmp_path: Path) -> None:
    """The control: killed between, such a one loses what it took."""
    _, expected, standing = killed_everywhere(f"sqlite:///{tmp_path / 'log.sqlite3'}", tmp_path, "take_before_sealing")
    assert set(expected) - set(standing)
