"""An import whose process is killed at any moment goes on in the next one: no row is lost, none is doubled."""

from __future__ import annotations

import contextlib
import csv
import random
import signal
import sqlite3
from pathlib import Path

import pytest

from engine.application import open_installation
from engine.installation.job_runner import JobRunner
from engine.model.context import Context, Principal
from engine.runtime.identity.users import user_by_account
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.transfer import runs
from engine.runtime.transfer.runs import IMPORT_JOB, ImportRunner, begin
from engine.runtime.transfer.spooling import spool
from engine.runtime.transfer.tables import ImportRun, ImportState, add_run, run_of, sheet_path
from engine.runtime.work import Work
from tests.crash.dying import dies_while_telling
from tests.crash.serving import NURSERY, PATIENCE
from tests.crash.shop import Shop, open_shop

LINES, BATCH, KILLS, AFTER, SEED = 800, 50, 2, 4, 20260302
ZONE = "Asia/Shanghai"
COLUMNS = {"name": "name", "area": "area", "note": "note"}


def killed_while_carrying_on(shop: Shop, batch: int, after: int, delay: float) -> None:
    """A process that brings in what is due and is killed while it does."""
    runs.save_run = dies_while_telling(runs.save_run, after, delay)
    carry_on(shop, batch)


def carry_on(shop: Shop, batch: int) -> None:
    """Bring in what is due."""
    runs.BATCH = batch
    installation = open_installation(Settings(data=shop.data, packs=str(shop.packs)))
    runner = JobRunner(installation.workplace, installation.clock, ZONE, {IMPORT_JOB: ImportRunner(installation.clock)})
    runner.take_over()
    while runner.run_one():
        pass
    installation.database.close()


def begun(shop: Shop, sheet: Path) -> int:
    installation = open_installation(Settings(data=shop.data, packs=str(shop.packs)))
    run = installation.ids.next()
    target = sheet_path(shop.data, run)
    target.parent.mkdir()
    found = spool(str(sheet), sheet.name, str(target))
    clerk = installation.database.read(lambda session: user_by_account(session, "clerk"))
    assert clerk is not None
    now = installation.clock.now()

    def act(work: Work) -> None:
        made = ImportRun(
            id=run,
            entity="order",
            user=clerk.id,
            post="",
            locale="zh-CN",
            zone=ZONE,
            filename=sheet.name,
            header=found.header,
            columns=COLUMNS,
            total=found.count,
            created_at=now,
        )
        add_run(work.session, made)
        begin(work, made, rehearse=False)

    installation.workplace.write(Context(Principal(0, "test", frozenset(), service="test"), now), act)
    installation.database.close()
    return run


def lines_done(shop: Shop) -> int:
    with contextlib.closing(sqlite3.connect(shop.data / "dougong.sqlite3")) as connection:
        return int(connection.execute("SELECT created + refused FROM dougong_import").fetchone()[0])


@pytest.mark.one_database
def test_an_import_killed_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    shop, drawn = open_shop(tmp_path, ""), random.Random(SEED)
    sheet = tmp_path / "orders.csv"
    with sheet.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["name", "area", "note"], *([f"order {at}", f"area {at % 4}", "x"] for at in range(LINES))])
    run = begun(shop, sheet)
    before = 0
    for _ in range(KILLS):
        process = NURSERY.Process(target=killed_while_carrying_on, args=(shop, BATCH, AFTER, drawn.random() * 0.02))
        process.start()
        process.join(PATIENCE)
        assert process.exitcode == -signal.SIGKILL
        assert before <= lines_done(shop) < LINES
        before = lines_done(shop)
    assert before
    carry_on(shop, BATCH)
    installation = open_installation(Settings(data=shop.data, packs=str(shop.packs)))
    names = [row[0] for row in installation.database.read(lambda session: select(session, "order", ("name",)))]
    ended = installation.database.read(lambda session: run_of(session, run))
    numbers = [row[0] for row in installation.database.read(lambda session: select(session, "order", ("number",)))]
    installation.database.close()
    expected = sorted(f"order {at}" for at in range(LINES) if at % 4 < 3)
    assert sorted(names) == expected
    assert len(set(numbers)) == len(expected)
    assert ended is not None
    assert ended.state is ImportState.DONE
    assert (ended.counts.created, ended.counts.refused) == (len(expected), LINES - len(expected))
