"""Backup and restore of the shipped packs with their demo: what comes back is what was there, in either database."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from runtime.backup.backup_world import (
    FILE,
    MANAGER,
    SALES,
    Place,
    context_of,
    digests,
    ids,
    place,
    with_demo,
)
from starlette.testclient import TestClient

from engine.application import Installation, make_application
from engine.cli import main
from engine.installation.backing_up import Backup
from engine.installation.verifying import verify
from engine.model.context import Context
from engine.runtime.audit import newest
from engine.runtime.audit_chain.verifying import first_broken
from engine.runtime.backup.progress import silent
from engine.runtime.database.protocol import Session
from engine.runtime.database.snapshot import snapshot
from engine.runtime.identifiers import encode_id
from engine.runtime.records.writing import create
from engine.runtime.rows import select
from engine.runtime.stores import Saving, declared_stores, live_tables
from engine.web.sessions import DEMO_PASSWORD
from tests.conftest import KINDS, fresh_url

LOG = ("dougong_audit", "dougong_audit_head", "dougong_audit_signed", "dougong_audit_waiting")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Backup]:
    """The demo on SQLite, and its backup with its keys."""
    source = with_demo(tmp_path_factory.mktemp("demo"))
    return source, source.backup(keys="keys")


@pytest.fixture(scope="module", params=KINDS)
def restored(
    request: pytest.FixtureRequest, saved: tuple[Place, Backup], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Place, Backup]:
    """That backup restored into a database of each kind, and a backup of what was restored."""
    target = another(request, request.param, tmp_path_factory.mktemp("restored"))
    outcome = target.restore(saved[1].path, saved[1].keys)
    assert (outcome.new_keys, outcome.same_definitions) == (False, True)
    return target, target.backup(keys="keys")


def another(request: pytest.FixtureRequest, kind: str, folder: Path) -> Place:
    dsn = request.getfixturevalue("postgres_dsn") if kind == "postgres" else None
    return place(folder, fresh_url(kind, dsn, folder))


def test_every_table_and_file_comes_back_byte_for_byte(
    saved: tuple[Place, Backup], restored: tuple[Place, Backup]
) -> None:
    before, after = saved[1].manifest, restored[1].manifest
    assert digests(after, *LOG) == digests(before, *LOG)
    assert digests(after)["dougong_audit"][0] == digests(before)["dougong_audit"][0] + 1, "the restore is recorded"
    assert before.rows > 100_000
    assert [(one.name, one.sha256) for one in after.files] == [(one.name, one.sha256) for one in before.files]
    assert (after.left_out, after.missing) == ((), ())


def test_it_is_well_and_the_log_holds(restored: tuple[Place, Backup], monkeypatch: pytest.MonkeyPatch) -> None:
    target, _ = restored
    monkeypatch.setenv("DOUGONG_DATABASE", target.settings.database)
    assert main(["--data", str(target.data), "doctor"]) == 0
    with target.opened() as installation:
        key = installation.workplace.key
        assert installation.database.read(lambda session: first_broken(session, key)) is None
        assert installation.database.read(lambda session: first_broken(session, b"another key")) == 1
        last = installation.database.read(lambda session: newest(session, limit=1))[0].act
        assert (last.action, "keys=same chain=held" in last.subject) == ("restore", True)


def test_people_sign_in_and_files_open(restored: tuple[Place, Backup]) -> None:
    """The accounts are those of a demonstration: they open in demo mode alone."""
    here = restored[0]
    with replace(here, settings=replace(here.settings, demo=True)).opened() as installation:
        file = installation.database.read(lambda session: ids(session, "dougong_attachment"))[0]
        client = TestClient(make_application(installation), base_url="http://testserver", follow_redirects=False)
        assert client.post("/sign-in", data={"name": SALES, "password": "wrong"}).status_code != 303
        assert client.post("/sign-in", data={"name": SALES, "password": DEMO_PASSWORD}).status_code == 303
        assert client.get(f"/files/{encode_id(file)}").content == FILE


def test_the_backup_holds_every_store_that_the_registry_says(restored: tuple[Place, Backup]) -> None:
    target, backup = restored
    with target.opened() as installation:
        declared = declared_stores(installation.models.current())
        live = installation.database.read(live_tables)
    rows = {one.name for one in declared if one.saving is Saving.ROWS}
    kept = {one.table.name for one in backup.manifest.tables}
    assert kept == rows
    parts = {f"{name}_{part}" for name in rows for part in ("data", "idx", "content", "docsize", "config")}
    assert set(live) - parts == rows
    folders = {one.name for one in declared if one.saving is Saving.FILES}
    assert {one.name.partition("/")[0] for one in backup.manifest.files} - {"packs"} <= folders


def test_it_goes_into_the_other_database_as_well(restored: tuple[Place, Backup]) -> None:
    """Verifying restores into SQLite and compares every table, whatever database the backup is of."""
    assert verify(restored[1].path, restored[1].keys, silent).seals_checked


class Till(threading.Thread):
    """A store that sells without a pause, each sale with two lines in one transaction."""

    def __init__(self, installation: Installation) -> None:
        super().__init__(daemon=True)
        self.installation = installation
        self.seller: Context = context_of(installation, MANAGER)
        self.store, self.products = installation.database.read(lambda session: shelf(session, self.seller.main_unit))
        self.sold: list[int] = []
        self.problem: BaseException | None = None
        self._more = threading.Condition()
        self._closed = threading.Event()

    def run(self) -> None:
        try:
            while not self._closed.is_set():
                self.sell()
        except BaseException as error:
            self.problem = error

    def sell(self) -> None:
        number = len(self.sold)
        lines = [
            {"product": self.products[number % 7], "quantity": str(number % 5 + 1), "price": "3.10"},
            {"product": self.products[number % 11], "quantity": "2", "price": "0.99"},
        ]
        made = self.installation.workplace.write(
            self.seller, lambda work: create(work, "sale", {"store": self.store}, children={"lines": lines})
        )
        with self._more:
            self.sold.append(made.id)
            self._more.notify_all()

    def wait_for_another(self) -> None:
        with self._more:
            before = len(self.sold)
            assert self._more.wait_for(lambda: len(self.sold) > before or not self.is_alive(), timeout=60)
        assert self.problem is None

    def close(self) -> None:
        self._closed.set()
        self.join()


def shelf(session: Session, unit: int | None) -> tuple[int, list[int]]:
    store = select(session, "store", ("id",), {"unit": unit})[0][0]
    return int(str(store)), ids(session, "store_product")


def unbalanced(sales: Mapping[int, int], lines: Iterable[tuple[int, int]]) -> set[int]:
    """The sales whose amount is not the sum of their lines, or that have lines but are not there."""
    sums = dict.fromkeys(sales, 0)
    for sale, amount in lines:
        sums[sale] = sums.get(sale, 0) + amount
    return {sale for sale, amount in sums.items() if sales.get(sale) != amount}


def sales_of(session: Session) -> dict[int, int]:
    return {int(str(one)): int(str(amount)) for one, amount in select(session, "sale", ("id", "amount"))}


def lines_of(session: Session) -> list[tuple[int, int]]:
    return [(int(str(one)), int(str(amount))) for one, amount in select(session, "sale_line", ("sale", "amount"))]


def test_a_backup_while_people_sell_is_of_one_moment(restored: tuple[Place, Backup], tmp_path: Path) -> None:
    target = restored[0]
    with target.opened(timedelta(hours=1)) as installation:
        till = Till(installation)
        till.start()
        till.wait_for_another()
        begun, seen = len(till.sold), set()

        def tell(name: str, done: int, total: int) -> None:
            if name.startswith("tables/s") and name not in seen:
                seen.add(name)
                till.wait_for_another()

        made = target.backup("while_selling.zip", tell=tell)
        till.close()
        assert till.problem is None
        assert len(till.sold) >= begun + len(seen) > begun + 10, "sales were made between the tables"
    copy = place(tmp_path)
    copy.restore(made.path)
    with copy.opened() as installation:
        sales, lines = installation.database.read(lambda session: (sales_of(session), lines_of(session)))
    assert unbalanced(sales, lines) == set()
    there = [one in sales for one in till.sold]
    assert there == sorted(there, reverse=True), "what was sold first is there, what was sold later is not"
    assert 0 < sum(there) < len(there)


def test_tables_read_at_different_moments_are_found_out(restored: tuple[Place, Backup]) -> None:
    """The control of the test above: without one snapshot the sums do not fit."""
    with restored[0].opened(timedelta(hours=2)) as installation:
        till = Till(installation)
        sales = installation.database.read(sales_of)
        till.sell()
        lines = installation.database.read(lines_of)
    assert unbalanced(sales, lines) == set(till.sold)
    with snapshot(restored[0].settings.database_url) as session:
        assert unbalanced(sales_of(session), lines_of(session)) == set()
