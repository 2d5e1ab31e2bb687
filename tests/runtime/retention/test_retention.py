"""What is older than its time is removed at night, what is not stays; on both databases, and on a full disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.application import bring_up_to_date, open_installation
from engine.diagnostics import Message
from engine.dsl.new_pack import write_new_pack
from engine.installation.housekeeping import Housekeeper
from engine.installation.job_runner import JobRunner
from engine.installation.served import compiled_packs
from engine.runtime.database.errors import DatabaseFull
from engine.runtime.database.protocol import Session
from engine.runtime.events import CURSOR, EVENT
from engine.runtime.jobs import waiting
from engine.runtime.live_settings import LiveSettings
from engine.runtime.moments import last_moment
from engine.runtime.retention import BATCH, PRUNE, prune
from engine.runtime.rows import delete, insert, insert_many, select
from engine.runtime.settings import Settings
from engine.runtime.transfer.tables import ImportRun, ImportState, Refused, add_run, keep_refused, sheet_path
from tests.conftest import KINDS, FixedClock, unmade_url
from tests.crash.small_disk import NoSmallDisk, small_disk
from tests.web.site import PASSWORD, Site, running_site

DAY = timedelta(days=1)


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("retention")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def move(site: Site, day: str, key: str | None = None) -> None:
    """A new version of a deal, by the interface."""
    client, path = site.client("li"), f"/api/records/opportunity/{site.public('acme_deal')}"
    client.post("/sign-in", data={"name": "li", "password": PASSWORD})
    held = client.get(path).headers["etag"]
    headers = {"if-match": held, **({"idempotency-key": key} if key else {})}
    assert client.patch(path, json={"opened_on": day}, headers=headers).status_code == 200


def advance(site: Site, by: timedelta) -> None:
    clock = site.installation.clock
    assert isinstance(clock, FixedClock)
    clock.advance(by)


def count(site: Site, table: str, column: str = "id") -> int:
    return len(site.installation.database.read(lambda session: select(session, table, (column,))))


def pruned(site: Site, **days: int) -> dict[str, int]:
    settings = replace(site.installation.settings, **days)  # type: ignore[arg-type]
    installation = site.installation
    return prune(installation.database, installation.models.current(), settings, installation.clock.now()).rows


def sheet(site: Site, run: int) -> Path:
    """A file with the lines of a sheet."""
    path = sheet_path(site.installation.workplace.data_folder, run)
    path.parent.mkdir(exist_ok=True)
    path.write_text('[2,"x"]\n')
    return path


def brought(site: Site, state: str) -> Path:
    """An import with a line that was refused; its sheet."""
    run = ImportRun(
        id=site.installation.ids.next(),
        entity="lead",
        user=1,
        post="",
        locale="zh-CN",
        zone="Asia/Shanghai",
        filename="leads.csv",
        header=("公司名称",),
        columns={},
        state=ImportState(state),
        total=1,
        created_at=site.installation.clock.now(),
    )
    refused = Refused(site.installation.ids.next(), 2, ("x",), (("", Message("错", "Wrong")),))
    site.installation.database.write(lambda session: add_run(session, run))
    if state != "mapped":
        site.installation.database.write(lambda session: keep_refused(session, run.id, [refused]))
    return sheet(site, run.id)


def test_former_versions_go_after_their_days_and_the_newest_stays(site: Site) -> None:
    for day in ("2026-02-01", "2026-02-02", "2026-02-03"):
        move(site, day)
        advance(site, DAY)
    advance(site, 98 * DAY)
    assert "opportunity__version" not in pruned(site)
    assert pruned(site, retention_history=100)["opportunity__version"] == 1
    assert pruned(site, retention_history=100) == {}
    assert pruned(site, retention_history=1)["opportunity__version"] == 2
    client = site.client("li")
    client.post("/sign-in", data={"name": "li", "password": PASSWORD})
    path = f"/api/records/opportunity/{site.public('acme_deal')}"
    assert client.get(path).json()["data"]["opened_on"] == "2026-02-03"
    assert client.get(f"{path}/history").status_code == 200
    assert site.client("li").get(f"/r/opportunity/{site.public('acme_deal')}").status_code == 200


def test_events_go_after_their_days_but_none_that_a_subscriber_has_not_read(site: Site) -> None:
    database = site.installation.database
    move(site, "2026-02-10")
    move(site, "2026-02-11")
    read = database.read(lambda session: select(session, EVENT, ("transaction", "id"), order=("-id",), limit=1))[0]
    move(site, "2026-02-12")
    before = count(site, EVENT)
    advance(site, 400 * DAY)
    row = {"subscriber": "test", "transaction": read[0], "event": read[1]}
    database.write(lambda session: insert(session, CURSOR, row))
    assert pruned(site)[EVENT] >= 1
    assert 0 < count(site, EVENT) < before
    assert database.read(lambda session: select(session, EVENT, ("id",), {"id >": read[1]}))
    database.write(lambda session: delete(session, CURSOR, {"subscriber": "test"}))
    assert pruned(site, retention_events=0) == {}
    assert pruned(site)[EVENT] >= 1
    assert count(site, EVENT) == 0
    move(site, "2026-02-13")
    assert pruned(site) == {}


def test_keys_sessions_and_runs_go_after_theirs(site: Site) -> None:
    move(site, "2026-02-14", key="a-key-of-mine")
    assert count(site, "dougong_idempotency", "key") == 1
    mapped, tried, going = (brought(site, one) for one in ("mapped", "rehearsed", "running"))
    broken_off = sheet(site, site.installation.ids.next())
    upload = broken_off.rename(broken_off.with_suffix(".upload"))
    assert pruned(site) == {}
    advance(site, 20 * DAY)
    assert pruned(site) == {"imports": 1}
    assert not upload.exists()
    assert all(path.exists() for path in (mapped, tried, going))
    assert count(site, "dougong_session", "token") > 0
    advance(site, 71 * DAY)
    gone = pruned(site)
    assert [gone[one] for one in ("dougong_import", "dougong_import_problem", "imports")] == [2, 1, 2]
    assert [path.exists() for path in (mapped, tried, going)] == [False, False, True]
    assert (count(site, "dougong_import"), count(site, "dougong_import_problem")) == (1, 1)
    assert gone["dougong_idempotency"] == 1
    assert gone["dougong_session"] >= 1
    assert count(site, "dougong_session", "token") == 0


def test_more_than_one_batch_goes_and_a_second_run_finds_nothing(site: Site) -> None:
    now = site.installation.clock.now()
    old = int((now - 200 * DAY).timestamp() * 1_000_000)
    keys = [
        {
            "user_id": 1,
            "key": f"k{number}",
            "request": "",
            "entity": "e",
            "record": 1,
            "version": 1,
            "created_at": old + number,
        }
        for number in range(2 * BATCH + 7)
    ]
    site.installation.database.write(lambda session: insert_many(session, "dougong_idempotency", keys))
    assert pruned(site)["dougong_idempotency"] == 2 * BATCH + 7
    assert pruned(site) == {}


def test_the_nights_work_is_queued_once_after_its_hour_and_done_by_the_job_runner(site: Site) -> None:
    installation = site.installation
    live = LiveSettings(installation.settings)
    keeper = Housekeeper(installation.workplace, live, installation.clock)
    runner = JobRunner(installation.workplace, installation.clock, "Asia/Shanghai", keeper.steps())
    assert keeper.look() is True
    assert keeper.look() is False
    assert [one.kind for one in installation.database.read(waiting) if one.kind == PRUNE] == [PRUNE]
    runner.run_due()
    assert installation.database.read(lambda session: last_moment(session, PRUNE)) == installation.clock.now()
    assert [one for one in installation.database.read(waiting) if one.kind == PRUNE] == []
    assert "测量于" in site.client("admin").get("/admin/storage").text
    assert keeper.look() is False
    advance(site, timedelta(hours=17))  # 02:00 of the next day in Shanghai
    assert keeper.look() is False
    advance(site, timedelta(hours=1, minutes=1))
    assert keeper.look() is True


def test_the_page_shows_what_is_kept_and_prunes_on_demand(site: Site) -> None:
    client = site.client("admin")
    assert "保留期限" in client.get("/admin/storage").text
    assert client.post("/admin/settings", data={"setting": "retention_history", "value": "30"}).status_code == 303
    assert '<span class="num">30</span>' in client.get("/admin/storage").text
    assert client.post("/admin/settings", data={"setting": "retention_keys", "value": "0"}).status_code == 422
    assert client.post("/admin/storage", data={"act": "prune"}).headers["location"] == "/admin/jobs"


@pytest.mark.one_database
def test_on_a_full_disk_the_nights_work_still_makes_room() -> None:
    with tempfile.TemporaryDirectory(prefix="dougong-retention-") as name:
        try:
            with small_disk(Path(name) / "disk", 24) as disk:
                _full(disk.folder, Path(name), disk.fill)
        except NoSmallDisk as error:
            pytest.skip(f"no small disk can be mounted here: {error}")


def _full(folder: Path, elsewhere: Path, fill: object) -> None:
    write_new_pack(elsewhere / "my_app")
    clock = FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
    settings = Settings(data=folder / "data", packs=str(elsewhere / "my_app"))
    installation = open_installation(settings, clock, compiled_packs(settings.packs))
    bring_up_to_date(installation)
    database = installation.database
    assert database.reserve(6_000_000)

    def more(session: Session, first: int) -> None:
        old = int((clock.now() - 200 * DAY).timestamp() * 1_000_000)
        rows = [
            {
                "user_id": 1,
                "key": f"{first + number}-{'x' * 180}",
                "request": "y" * 64,
                "entity": "task",
                "record": 1,
                "version": 1,
                "created_at": old,
            }
            for number in range(500)
        ]
        insert_many(session, "dougong_idempotency", rows)

    first = 0
    with pytest.raises(DatabaseFull):
        for first in range(0, 500_000, 500):
            database.write(lambda session, first=first: more(session, first))  # type: ignore[misc]
    fill()  # type: ignore[operator]
    with pytest.raises(DatabaseFull):
        database.write(lambda session: more(session, first + 500))
    keeper = Housekeeper(installation.workplace, LiveSettings(settings), clock)
    assert keeper.look() is True
    runner = JobRunner(installation.workplace, clock, "Asia/Shanghai", keeper.steps())
    runner.run_due()
    assert database.read(lambda session: select(session, "dougong_idempotency", ("key",), limit=1)) == []
    assert database.read(lambda session: last_moment(session, PRUNE)) == clock.now()
    database.write(lambda session: more(session, 1_000_000))
    database.close()
