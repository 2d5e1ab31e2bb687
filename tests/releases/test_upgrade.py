"""R14: what an earlier release left is opened, brought up to date, and worked with for a day, on both databases."""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.installation.restoring import RestoreOrder, restore
from engine.runtime.audit_chain.verifying import first_broken
from engine.runtime.backup.progress import silent
from engine.runtime.settings import Settings
from tests.conftest import FixedClock
from tests.web.site import NOW, PASSWORD, shipped

RELEASES = tuple(sorted((Path(__file__).parents[1] / "fixtures" / "releases").iterdir()))
LATER = NOW + timedelta(days=1)
CLIENT: dict[str, Any] = {"base_url": "http://testserver", "follow_redirects": False}


def from_backup(release: Path, settings: Settings) -> None:
    """By the backup that the release made."""
    restore(settings, FixedClock(LATER), RestoreOrder(release / "backup.zip", release / "keys"), silent)


def from_file(release: Path, settings: Settings) -> None:
    """By its database file and its key."""
    settings.data.mkdir(parents=True)
    keys = json.loads((release / "keys").read_text("utf-8"))["keys"]
    (settings.data / "cursor.key").write_bytes(base64.b64decode(keys["cursor.key"]))
    whole = gzip.decompress((release / "database.sqlite3.gz").read_bytes())
    (settings.data / "dougong.sqlite3").write_bytes(whole)
    with zipfile.ZipFile(release / "backup.zip") as archive:
        archive.extractall(settings.data, [name for name in archive.namelist() if name.startswith("files/")])


def packs_of(release: Path, folder: Path) -> Path:
    """The definitions that the release served, but for its maps: they were drawings that nothing read, and are written
    anew since they are judged."""
    with zipfile.ZipFile(release / "backup.zip") as archive:
        names = [name for name in archive.namelist() if name.startswith("packs/") and "/maps/" not in name]
        archive.extractall(folder, names)
    return folder / "packs"


@contextmanager
def upgraded(settings: Settings, own_packs: str) -> Iterator[Installation]:
    """Opened by this release: with the definitions that it had, then with those of today."""
    old = open_installation(
        Settings(data=settings.data, database=settings.database, packs=own_packs), FixedClock(LATER)
    )
    bring_up_to_date(old)
    old.database.close()
    installation = open_installation(settings, FixedClock(LATER + timedelta(minutes=1)), shipped())
    bring_up_to_date(installation, consent=True)
    yield installation


def signed_in(client: TestClient, account: str) -> TestClient:
    client.cookies.clear()
    assert client.post("/sign-in", data={"name": account, "password": PASSWORD}).status_code == 303
    return client


def a_day(client: TestClient) -> None:
    """Find what was there, go on with it, begin something new."""
    li = signed_in(client, "li")
    deals = li.get("/api/records/opportunity", params={"search": "年度框架"}).json()["data"]
    assert [(one["name"], one["amount"], one["stage"]) for one in deals] == [("年度框架", "1250000.00", "solution")]
    at = f"/api/records/opportunity/{deals[0]['id']}"
    changes = li.get(f"{at}/history").json()["data"]
    assert ("amount", "1200000.00", "1250000.00") in {(one["field"], one["old"], one["new"]) for one in changes}
    values = {"close_date": "2026-04-30", "next_step": "送样", "next_step_on": "2026-03-10"}
    assert li.patch(at, json=values).status_code == 200
    made = li.post("/api/records/customer", json={**NEW, "unit": deals_unit(li)})
    assert made.status_code == 201, made.text
    numbers = [one["code"] for one in li.get("/api/records/customer", params={"sort": "code"}).json()["data"]]
    assert len(numbers) == len(set(numbers))
    assert "年度框架" in li.get("/app/opportunity_list").text
    assert signed_in(client, "wang").get(at).status_code == 404


NEW = {"name": "次日 客户", "industry": "photovoltaic", "segment": "trial"}


def deals_unit(li: TestClient) -> str:
    found = li.get("/api/records/customer", params={"search": "云图"}).json()["data"]
    return str(found[0]["unit"])


def work_on(settings: Settings, own_packs: Path) -> None:
    with (
        upgraded(settings, str(own_packs)) as installation,
        TestClient(make_application(installation), **CLIENT) as client,
    ):
        a_day(client)
        assert installation.database.read(lambda session: first_broken(session, installation.workplace.key)) is None


@pytest.mark.parametrize("release", RELEASES, ids=lambda one: one.name)
def test_a_backup_of_an_earlier_release_is_restored_upgraded_and_worked_with(
    release: Path, tmp_path: Path, database_url: str
) -> None:
    url = database_url if database_url.startswith("postgres") else ""
    settings = Settings(data=tmp_path / "data", database=url, rate_limit=100_000)
    from_backup(release, settings)
    work_on(settings, packs_of(release, tmp_path))


@pytest.mark.one_database
@pytest.mark.parametrize("release", RELEASES, ids=lambda one: one.name)
def test_a_database_file_of_an_earlier_release_is_opened_upgraded_and_worked_with(
    release: Path, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path / "data", rate_limit=100_000)
    from_file(release, settings)
    work_on(settings, packs_of(release, tmp_path))


@pytest.mark.one_database
def test_what_an_upgrade_loses_is_noticed(tmp_path: Path) -> None:
    """The control: a row that an upgrade would have dropped fails the day."""
    settings = Settings(data=tmp_path / "data", rate_limit=100_000)
    from_file(RELEASES[-1], settings)
    with closing(sqlite3.connect(settings.data / "dougong.sqlite3")) as database:
        database.execute("DELETE FROM opportunity__version WHERE version = 2")
        database.commit()
    with pytest.raises(AssertionError, match="1250000"):
        work_on(settings, packs_of(RELEASES[-1], tmp_path))
