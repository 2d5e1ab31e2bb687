"""Jobs: what a write leaves to be computed later is computed exactly, goes on after a failure, and is seen meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from threading import Event, Semaphore

import pytest

from engine.application import Installation, bring_up_to_date, open_installation
from engine.installation.job_runner import HANDS, JobRunner
from engine.model.context import Context, Principal
from engine.runtime.jobs import Job, any_due, claim, enqueue, oldest_about, retry, waiting
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.records.postponing import MOST_AT_ONCE, RECOMPUTE
from engine.runtime.records.writing import update
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.work import Workplace
from tests.conftest import FixedClock

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ITEMS = MOST_AT_ONCE + 250
PACK = {
    "pack.yaml": "label: {zh: 仓, en: Stock}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
    "entities/shelf.yaml": """label: {zh: 货架, en: Shelf}
fields:
  name: {type: text, label: {zh: 名称, en: Name}}
  factor: {type: decimal, precision: 7, scale: 2, label: {zh: 系数, en: Factor}}
""",
    "entities/item.yaml": """label: {zh: 货, en: Item}
fields:
  name: {type: text, label: {zh: 名称, en: Name}}
  shelf: {type: relation, to: shelf, on_delete: refuse, inverse: items, inverse_label: {zh: 货, en: Items}, label: {zh: 货架, en: Shelf}}
  amount: {type: decimal, precision: 9, scale: 2, label: {zh: 数量, en: Amount}}
  weighted: {type: decimal, precision: 16, scale: 2, label: {zh: 加权, en: Weighted}, formula: "round(amount * shelf.factor, 2)"}
""",
    "access/shelf.yaml": "grants: [{id: all, roles: [clerk], actions: [read, create, update]}]\n"
    "fields: [{id: w, fields: [name, factor], roles: [clerk], right: write}]\n",
    "access/item.yaml": "grants: [{id: all, roles: [clerk], actions: [read, create, update]}]\n"
    "fields: [{id: w, fields: [name, shelf, amount, weighted], roles: [clerk], right: write}]\n",
}


class Stock:
    """An installation with one shelf and many items on it."""

    def __init__(self, installation: Installation, clock: FixedClock) -> None:
        self.installation, self.clock = installation, clock
        self.runner = JobRunner(installation.workplace, clock, "Asia/Shanghai")
        self.context = Context(Principal(0, "clerk", frozenset({"clerk"})), NOW)
        self.shelf = installation.ids.next()
        rows = [
            (installation.ids.next(), {"name": "i", "shelf": self.shelf, "amount": Decimal(1 + at)})
            for at in range(ITEMS)
        ]

        def fill(work: object) -> None:
            entities = installation.models.current().entities
            load_rows(work, entities["shelf"], [(self.shelf, {"name": "s", "factor": Decimal(2)})])  # type: ignore[arg-type]
            load_rows(work, entities["item"], rows)  # type: ignore[arg-type]
            finish_loading(work, {"shelf", "item"})  # type: ignore[arg-type]

        installation.workplace.write(self.context, fill)

    def set_factor(self, factor: str) -> None:
        self.installation.workplace.write(
            self.context, lambda work: update(work, "shelf", self.shelf, {"factor": factor})
        )

    def wrong(self, factor: int) -> int:
        """Items whose stored value is not what the factor makes it."""
        rows = self.installation.database.read(lambda session: select(session, "item", ("amount", "weighted")))
        return sum(int(str(weighted)) != int(str(amount)) * factor for amount, weighted in rows)

    def jobs(self) -> list[Job]:
        return self.installation.database.read(waiting)


@pytest.fixture
def stock(database_url: str, tmp_path: Path) -> Iterator[Stock]:
    for name, text in PACK.items():
        path = tmp_path / "packs" / "stock" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    clock = FixedClock(NOW)
    url = database_url if database_url.startswith("postgres") else ""
    settings = Settings(data=tmp_path / "data", database=url, packs=str(tmp_path / "packs" / "stock"))
    installation = open_installation(settings, clock)
    bring_up_to_date(installation)
    yield Stock(installation, clock)
    installation.database.close()


def test_a_change_that_reaches_many_rows_is_computed_by_a_job_and_seen_meanwhile(stock: Stock) -> None:
    stock.set_factor("3")
    assert stock.wrong(2) == 0
    assert [(job.kind, job.about) for job in stock.jobs()] == [(RECOMPUTE, "item")]
    assert stock.installation.database.read(lambda session: oldest_about(session, "item", RECOMPUTE)) == NOW
    assert stock.runner.run_due() == ITEMS // 200 + 1
    assert stock.wrong(3) == 0
    assert stock.jobs() == []


def test_rows_recomputed_by_a_job_get_a_version_once(stock: Stock) -> None:
    stock.set_factor("3")
    stock.runner.run_due()
    stock.set_factor("3.00")
    stock.runner.run_due()
    versions = stock.installation.database.read(lambda session: select(session, "item", ("version",)))
    assert {row[0] for row in versions} == {2}


def test_a_job_goes_on_where_it_was_interrupted(stock: Stock) -> None:
    stock.set_factor("5")
    assert stock.runner._step()
    assert 0 < stock.wrong(5) < ITEMS
    stock.clock.advance(timedelta(minutes=10))
    JobRunner(stock.installation.workplace, stock.clock, "Asia/Shanghai").run_due()
    assert stock.wrong(5) == 0


def test_a_job_begun_under_a_clock_that_was_ahead_goes_on_when_it_is_set_back(stock: Stock) -> None:
    stock.clock.jump(timedelta(days=3))
    stock.runner.run_due()
    stock.set_factor("5")
    assert stock.runner._step()
    stock.clock.jump(timedelta(days=-3))
    assert stock.runner.run_due() == ITEMS // 200
    assert stock.wrong(5) == 0


def test_who_lost_a_job_to_another_process_stores_nothing(stock: Stock) -> None:
    stock.set_factor("7")
    database = stock.installation.database
    old = database.write(lambda session: claim(session, stock.clock.now()))
    stock.clock.advance(timedelta(minutes=10))
    new = database.write(lambda session: claim(session, stock.clock.now()))
    assert old is not None
    assert new is not None
    assert (new.id, new.claim) == (old.id, old.claim + 1)
    with pytest.raises(Exception, match="Another process"):
        stock.installation.workplace.write(stock.context, lambda work: stock.runner._advance(work, old))
    assert stock.wrong(2) == 0


def test_a_job_that_keeps_failing_becomes_a_dead_letter_that_can_be_taken_up_again(stock: Stock) -> None:
    workplace, database = stock.installation.workplace, stock.installation.database
    job = workplace.write(stock.context, lambda work: enqueue(work, "no_such_kind", "item", {}))
    for _ in range(20):
        stock.runner.run_due()
        stock.clock.advance(timedelta(minutes=10))
    assert [(one.dead, one.problem) for one in stock.jobs()] == [(True, "KeyError")]
    assert not database.read(lambda session: any_due(session, stock.clock.now()))
    assert database.write(lambda session: retry(session, job, stock.clock.now()))
    assert database.read(lambda session: any_due(session, stock.clock.now()))


def test_jobs_that_wait_for_the_outside_keep_no_other_waiting(stock: Stock) -> None:
    """More of them than there are hands, and the one behind them is done meanwhile."""
    released, began, done = Event(), Semaphore(0), Event()

    def slow(workplace: Workplace, job: Job, now: datetime) -> None:
        began.release()
        assert released.wait(30)

    def quick(workplace: Workplace, job: Job, now: datetime) -> None:
        done.set()

    place = stock.installation.workplace
    for kind in (*["slow"] * (HANDS + 3), "quick"):
        place.write(stock.context, partial(enqueue, kind=kind, about="item", payload={}))
    runner = JobRunner(place, stock.clock, "Asia/Shanghai", {"slow": slow, "quick": quick})
    runner.start()
    try:
        assert all(began.acquire(timeout=30) for _ in range(HANDS + 3))
        assert done.wait(30)
    finally:
        released.set()
        runner.stop()
    assert stock.jobs() == []
