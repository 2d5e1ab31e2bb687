"""A bulk run whose process is killed at any moment goes on in the next one, and so does taking it back: no row is lost, none
is written twice, all of it is undone as one."""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from engine.application import Installation, bring_up_to_date, open_installation
from engine.installation.job_runner import JobRunner
from engine.model.context import Context, Principal
from engine.runtime.bulk_runs.tables import BULK_ROW, BulkRun, BulkState, bulk_of
from engine.runtime.identity.users import user_by_account
from engine.runtime.records.bulk import Operation, bulk
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.storage.tables import version_table_name
from engine.runtime.transfer import undoing
from engine.runtime.work import Work
from engine.web import bulk_runs
from engine.web.bulk_runs import BULK_JOB, BulkRunner, begin, own_bulk, undo
from engine.web.calls import Call
from tests.crash.dying import dies_while_telling
from tests.crash.serving import NURSERY, PATIENCE
from tests.crash.shop import Shop, open_shop

ROWS, BATCH, KILLS, AFTER, SEED = 300, 20, 2, 3, 20260302
ZONE = "Asia/Shanghai"
R = TypeVar("R")
LIST = """kind: list
label: {zh: 订单, en: Orders}
roles: [clerk]
items: [{id: rows, widget: table, columns: [name, note], sort: [name]}]
entity: order
"""


def killed_while_carrying_on(shop: Shop, after: int, delay: float) -> None:
    """A process that goes on with what is due and is killed while it does."""
    bulk_runs.save_bulk = dies_while_telling(bulk_runs.save_bulk, after, delay)
    carry_on(shop)


def carry_on(shop: Shop) -> None:
    """Go on with what is due."""
    bulk_runs.BATCH = undoing.STEP = BATCH
    installation = opened(shop)
    runner = JobRunner(installation.workplace, installation.clock, ZONE, {BULK_JOB: BulkRunner(installation.clock)})
    runner.take_over()
    while runner.run_one():
        pass
    installation.database.close()


def opened(shop: Shop) -> Installation:
    return open_installation(Settings(data=shop.data, packs=str(shop.packs)))


def as_clerk(shop: Shop, act: Callable[[Work], R]) -> R:
    """What the clerk does, in an installation of its own."""
    installation = opened(shop)
    try:
        clerk = installation.database.read(lambda session: user_by_account(session, "clerk"))
        assert clerk is not None
        principal = Principal(clerk.id, "clerk", frozenset({"clerk"}))
        context = Context(principal, installation.clock.now(), zone=ZONE)
        return installation.workplace.write(context, act)
    finally:
        installation.database.close()


def orders(work: Work) -> None:
    bulk(work, "order", [Operation("create", values={"name": f"order {at}", "note": "before"}) for at in range(ROWS)])


def asked(work: Work) -> int:
    call = Call("POST", "", {}, (), {}, {}, "", "")
    call = replace(call, form=(("list", "page=orders"),))
    return begin(work, call, work.model.entities["order"], "update", {"note": "after"}).id


def killed_again_and_again(shop: Shop, run: int, done: Callable[[BulkRun], int], drawn: random.Random) -> None:
    """Each process gets on, none to the end."""
    before = 0
    for _ in range(KILLS):
        process = NURSERY.Process(target=killed_while_carrying_on, args=(shop, AFTER, drawn.random() * 0.02))
        process.start()
        process.join(PATIENCE)
        assert process.exitcode == -signal.SIGKILL
        now = done(state_of(shop, run))
        assert before < now < ROWS
        before = now


def state_of(shop: Shop, run: int) -> BulkRun:
    found = as_clerk(shop, lambda work: bulk_of(work.session, run))
    assert found is not None
    return found


def notes(work: Work) -> Counter[str]:
    return Counter(str(row[0]) for row in select(work.session, "order", ("note",)))


def versions(work: Work) -> Counter[int]:
    """How many versions each order has."""
    found = select(work.session, version_table_name("order"), ("record",))
    return Counter(Counter(int(str(row[0])) for row in found).values())


@pytest.mark.one_database
def test_a_bulk_run_killed_at_any_moment_loses_and_doubles_nothing_and_is_undone_as_one(tmp_path: Path) -> None:
    shop, drawn = open_shop(tmp_path, ""), random.Random(SEED)
    page = shop.packs / "shop" / "pages" / "orders.yaml"
    page.parent.mkdir()
    page.write_text(LIST, "utf-8")
    installation = opened(shop)
    bring_up_to_date(installation)
    installation.database.close()
    as_clerk(shop, orders)
    run = as_clerk(shop, asked)

    killed_again_and_again(shop, run, lambda one: one.counts.done, drawn)
    carry_on(shop)
    ended = state_of(shop, run)
    assert (ended.state, ended.counts.done, ended.counts.refused) == (BulkState.DONE, ROWS, 0)
    assert as_clerk(shop, notes) == {"after": ROWS}
    assert as_clerk(shop, versions) == {2: ROWS}, "made, and changed once"
    fates = as_clerk(shop, lambda work: select(work.session, BULK_ROW, ("record",), {"bulk": run}))
    assert len(fates) == len({row[0] for row in fates}) == ROWS, "a result for each row"

    as_clerk(shop, lambda work: undo(work, own_bulk(work, run, lock=True)))
    killed_again_and_again(shop, run, lambda one: one.counts.undone, drawn)
    carry_on(shop)
    ended = state_of(shop, run)
    assert (ended.state, ended.counts.undone, ended.counts.kept) == (BulkState.UNDONE, ROWS, 0)
    assert as_clerk(shop, notes) == {"before": ROWS}
    assert as_clerk(shop, versions) == {3: ROWS}, "taken back once"
