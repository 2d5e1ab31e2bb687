"""Sealed rows and their versions come under new keys by a job, and read as before; nothing needs the former keys then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from runtime.sealing.deals import files
from runtime.sealing.test_sealed_rows import VALUES, a_buyer, a_deal, as_written, read
from runtime.textual import Application, application

from engine.installation.job_runner import JobRunner
from engine.installation.key_keeping import KeyKeeper
from engine.runtime.history import history
from engine.runtime.jobs import waiting
from engine.runtime.live_settings import LiveSettings
from engine.runtime.records.writing import create, update
from engine.runtime.rows import select
from engine.runtime.rows import update as update_columns
from engine.runtime.sealing.stored import sealed_tables, standing_tables
from engine.runtime.sovereignty.keyring import INSTALLATION, Keyring, SubjectRef
from engine.runtime.sovereignty.rewriting import RENEW, rewrite, versions_in_use
from engine.runtime.sovereignty.vault import Vault


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Iterator[Application]:
    with application(tmp_path, database_url, files()) as opened:
        yield opened


def vault_of(shop: Application) -> Vault:
    vault = shop.installation.workplace.vault
    assert vault is not None
    return vault


def in_use(shop: Application) -> frozenset[tuple[SubjectRef, int]]:
    return versions_in_use(
        shop.installation.workplace.database, standing_tables(shop.installation.workplace.database, vault_of(shop))
    )


def test_rows_and_versions_come_under_the_new_keys(shop: Application) -> None:
    buyers = [a_buyer(shop), a_buyer(shop, "Other")]
    deals = [a_deal(shop, buyer=buyers[at % 2]) for at in range(7)]
    alone = shop.write(lambda work: create(work, "deal", {**VALUES, "name": "alone"}).id)
    for at in range(4):
        shop.write(lambda work, at=at: update(work, "deal", deals[0], {"budget": Decimal(at)}))  # type: ignore[misc]
    told = shop.read(lambda work: history(work, "deal", deals[0]))
    keyring: Keyring = vault_of(shop).keyring
    subjects = {subject for subject, _ in in_use(shop)}
    assert subjects == {SubjectRef("buyer", buyers[0]), SubjectRef("buyer", buyers[1]), SubjectRef("", 0)}
    for subject in subjects:
        keyring.rotate(subject)
    tables = sealed_tables(shop.installation.workplace.models.current(), vault_of(shop))
    done = rewrite(shop.installation.workplace.database, vault_of(shop), tables, part=3)
    assert done.unreadable == 0
    assert done.envelopes > 8 * 2 * 2
    assert in_use(shop) == {(subject, 2) for subject in subjects}
    assert rewrite(shop.installation.workplace.database, vault_of(shop), tables).envelopes == 0
    for subject in subjects:
        keyring.destroy_version(subject, 1)
    assert as_written(read(shop, deals[1])) == VALUES
    assert as_written(read(shop, deals[0])) == {**VALUES, "budget": Decimal(3)}
    assert as_written(read(shop, alone)) == {**VALUES, "name": "alone"}
    assert shop.read(lambda work: history(work, "deal", deals[0])) == told


def test_what_was_written_meanwhile_stays(shop: Application) -> None:
    """A row and a version that are no longer as they were read are left alone."""
    deal = a_deal(shop)
    tables = sealed_tables(shop.installation.workplace.models.current(), vault_of(shop))
    database = shop.installation.workplace.database
    before = [(table, database.read(lambda session, t=table: t.part(session, None, 100))[0]) for table in tables]  # type: ignore[misc]
    shop.write(lambda work: update(work, "deal", deal, {"budget": Decimal(5), "secret": "another"}))
    rows = next(found for table, found in before if found and found[0].column.endswith("_env"))
    table = next(table for table, found in before if found is rows)
    assert [database.write(lambda s, one=one: table.put(s, one, one.sealed.envelope)) for one in rows] == [False] * len(
        rows
    )  # type: ignore[misc]
    kept = database.read(lambda session: select(session, "deal__version", ("after",), {"version": 1}))
    versions, found = next((table, found) for table, found in before if found and found[0].name)
    database.write(lambda s: update_columns(s, "deal__version", {"after": "{}"}, {"version": 1}))
    assert not any(database.write(lambda s, one=one: versions.put(s, one, b"x")) for one in found)  # type: ignore[misc]
    assert kept
    assert read(shop, deal).cells["secret"] == "another"


def test_the_job_is_queued_by_new_keys_and_once_a_day(shop: Application) -> None:
    place, clock = shop.installation.workplace, shop.clock
    deal = a_deal(shop, buyer=a_buyer(shop))
    keeper = KeyKeeper(place, LiveSettings(shop.installation.settings), clock)
    runner = JobRunner(place, clock, "Asia/Shanghai", keeper.steps())
    assert keeper.look() is False, "nothing was renewed"
    subjects = {subject for subject, _ in in_use(shop)}
    for subject in subjects:
        vault_of(shop).keyring.rotate(subject)
    clock.advance(timedelta(seconds=20))
    assert keeper.look() is True
    assert keeper.look() is False, "it is queued"
    assert [one.kind for one in place.database.read(waiting)] == [RENEW]
    runner.run_due()
    assert in_use(shop) == {(subject, 2) for subject in subjects}
    assert as_written(read(shop, deal)) == VALUES
    clock.advance(timedelta(hours=1))
    assert keeper.look() is False
    clock.advance(timedelta(days=100))
    assert keeper.look() is True, "former keys are there, and their time may be over"
    runner.run_due()
    former = vault_of(shop).keyring.counts().former
    assert former == len(subjects & {INSTALLATION}), "the installation's own stay"
    assert as_written(read(shop, deal)) == VALUES
