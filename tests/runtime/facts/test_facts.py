"""Facts: a columnar copy answers the plans of figures as the rows themselves do, at every moment and to every reader."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from engine.model.requests import AggregateRequest
from engine.runtime.events import EVENT
from engine.runtime.facts import desk as desks
from engine.runtime.facts.declared import fact_tables
from engine.runtime.facts.desk import FactSettings
from engine.runtime.facts.epoch import begin_epoch
from engine.runtime.records.undoing import undo_update
from engine.runtime.records.writing import create, update
from engine.runtime.rows import delete
from engine.runtime.rows import update as put
from engine.runtime.work import Work
from tests.conftest import NO_FACTS
from tests.runtime.facts.copied import CopiedLedger, installed
from tests.runtime.rollups.ledger import BOSS

TOTALS = AggregateRequest(("total", "entries", "amounts"), ("kind",))
KEEPER = Path(__file__).with_name("killed_keeper.py")


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[CopiedLedger]:
    if not installed("duckdb"):
        pytest.skip(NO_FACTS)
    made = CopiedLedger(tmp_path, database_url, "duckdb")
    yield made
    made.close()


def test_a_copy_says_what_rows_say_after_random_writes(ledger: CopiedLedger) -> None:
    """Among the writes are deletions, restored rows, parts, and desks that move to other units and cities."""
    for _ in range(2):
        ledger.act_often(20)
        ledger.keep()
        assert ledger.differences(2) == []
        ledger.act_often(5)
        assert ledger.differences(2) == []
    standing = ledger.desk.standing()
    assert standing.answered > 100
    assert not standing.left


def test_a_copy_that_is_wrong_is_found(ledger: CopiedLedger) -> None:
    """The control: rows that change behind the log are in no copy until another epoch begins."""
    ledger.act_often(10)
    ledger.keep()
    record = ledger.add({"name": "n1", "amount": "5.00"})
    assert len({*map(repr, ledger.asked(BOSS, TOTALS))}) == 1
    ledger.write(lambda work: put(work.session, "entry", {"amount": 777}, {"id": record}))
    copied, counted = ledger.asked(BOSS, TOTALS)
    assert copied != counted
    ledger.write(lambda work: begin_epoch(work.session))
    copied, counted = ledger.asked(BOSS, TOTALS)
    assert copied == counted
    assert ledger.desk.standing().left == {"building": 3}
    ledger.keep()
    assert ledger.differences(1) == []


def test_an_undone_write_and_a_row_that_is_erased_leave_the_copy(ledger: CopiedLedger) -> None:
    record = ledger.add({"name": "n1", "amount": "5.00", "kind": "in"})
    ledger.keep()
    ledger.write(lambda work: update(work, "entry", record, {"amount": "9.00"}))
    assert _same(ledger)
    ledger.write(lambda work: undo_update(work, "entry", record, 2))
    assert _same(ledger)
    ledger.write(lambda work: update(work, "entry", record, {"amount": "8.00"}))
    ledger.write(lambda work: delete(work.session, "entry", {"id": record}))
    assert _same(ledger)
    assert not ledger.desk.standing().left


def test_a_transaction_that_commits_late_is_not_passed_over(ledger: CopiedLedger) -> None:
    """PostgreSQL: it wrote its event before another one, and others saw that one first."""
    if ledger.installation.database.dialect == "sqlite":
        return
    ledger.keep()
    written, go_on = Event(), Event()

    def late(work: Work) -> None:
        create(work, "entry", {"name": "late", "amount": "3.00", "kind": "in"})
        written.set()
        go_on.wait()

    writer = Thread(target=lambda: ledger.write(late))
    writer.start()
    written.wait()
    ledger.add({"name": "early", "amount": "4.00", "kind": "in"})
    assert _same(ledger)
    ledger.keep()
    go_on.set()
    writer.join()
    assert _same(ledger)
    assert not ledger.desk.standing().left


def test_a_copy_that_is_behind_is_asked_as_long_as_the_setting_allows(
    ledger: CopiedLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "AT_ONCE", 2)
    ledger.keep()
    for _ in range(4):
        ledger.add({"name": "n1", "amount": "5.00"})
    assert _same(ledger)
    assert ledger.desk.standing().left == {"behind": 3}
    ledger.settings = FactSettings("duckdb", lag=60)
    ledger.desk.close()
    ledger.desk = ledger.opened()
    ledger.keep()
    for _ in range(4):
        ledger.add({"name": "n1", "amount": "5.00"})
    assert not _same(ledger)
    ledger.clock.advance(timedelta(seconds=61))
    assert _same(ledger)
    ledger.keep()
    assert _same(ledger)


def test_a_log_that_is_another_one_makes_another_copy(ledger: CopiedLedger) -> None:
    """As after a restore: the newest event that the copy knew is not in the log."""
    record = ledger.add({"name": "n1", "amount": "5.00"})
    ledger.keep()
    assert _same(ledger)
    ledger.desk.close()
    ledger.write(lambda work: delete(work.session, EVENT, {"id >": 0}))
    ledger.write(lambda work: put(work.session, "entry", {"amount": 777}, {"id": record}))
    ledger.desk = ledger.opened()
    ledger.keep()
    assert _same(ledger)


def test_the_database_answers_where_an_engine_is_missing_or_fails(ledger: CopiedLedger) -> None:
    ledger.act_often(5)
    ledger.keep()
    assert _same(ledger)
    engine = ledger.desk._engine
    assert engine is not None
    engine.close()
    assert _same(ledger)
    assert ledger.desk.standing().problem == "failed"
    ledger.keep()
    assert _same(ledger), "the keeper found it broken and let it go"
    ledger.keep()
    answered = ledger.desk.standing().answered
    assert _same(ledger)
    assert (ledger.desk.standing().problem, ledger.desk.standing().answered) == ("", answered + 3), "opened anew"
    ledger.desk.close()
    ledger.settings = replace(ledger.settings, engine="none of ours")
    ledger.desk = ledger.opened()
    ledger.keep()
    assert _same(ledger)
    assert ledger.desk.standing().problem == "missing"
    assert ledger.desk.standing().left == {"missing": 3}


def test_confidential_fields_are_in_no_copy(ledger: CopiedLedger) -> None:
    """A figure over one is left to the database, and so is one over an entity that the settings do not name."""
    entity = ledger.plain.entities["entry"]
    sealed = replace(entity, fields={**entity.fields, "amount": replace(entity.fields["amount"], level="G3")})
    ledger.plain = replace(ledger.plain, entities={**ledger.plain.entities, "entry": sealed}, fingerprint="sealed")
    held = fact_tables(ledger.plain, frozenset()).tables
    assert "amount" not in held["entry"].names
    assert {"id", "cost", "scope_unit", "deleted_at"} <= {*held["entry"].names}
    assert fact_tables(ledger.plain, frozenset({"detail"})).measured == {"detail"}
    ledger.act_often(10)
    ledger.keep()
    assert _same(ledger)
    assert ledger.desk.standing().left == {"plan": 2}


def test_what_reads_asks_the_copy_and_what_writes_asks_the_rows(ledger: CopiedLedger) -> None:
    """A write sees what it has written itself; no copy may."""
    place = replace(ledger.installation.workplace, facts=ledger.desk)
    assert place.read(BOSS, lambda work: work.facts) is ledger.desk
    assert place.write(BOSS, lambda work: work.facts) is None


@pytest.mark.one_database
def test_a_keeper_that_is_killed_within_a_step_is_caught_up_and_has_no_row_twice(tmp_path: Path) -> None:
    if not installed("duckdb"):
        pytest.skip(NO_FACTS)
    ledger = CopiedLedger(tmp_path, "", "duckdb")
    try:
        ledger.act_often(40)
        for part, times in (("rows", 4), ("note", 8)):
            ledger.installation.database.close()
            keeper = [sys.executable, str(KEEPER), str(tmp_path), part, str(times)]
            assert subprocess.run(keeper, check=False).returncode == -signal.SIGKILL
            ledger.reopen()
            ledger.act_often(10)
        ledger.keep()
        assert ledger.differences(2) == []
        assert not ledger.desk.standing().left
    finally:
        ledger.close()


def _same(ledger: CopiedLedger) -> bool:
    copied, counted = ledger.asked(BOSS, TOTALS)
    return copied == counted
