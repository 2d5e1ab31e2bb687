"""Reads of guarded fields: one entry a page with the digest of its rows, for who reads them in clear; none is lost by a kill."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.runtime.audit import AUDIT, READ, TAKEN, WAITING, Act, newest
from engine.runtime.audit_chain.canary_rows import TRIPPED, declare_canary, withdraw_canary
from engine.runtime.audit_chain.links import sm3
from engine.runtime.audit_chain.reads import ReadSpool
from engine.runtime.identifiers import IdSource
from engine.runtime.rows import insert, select
from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.site import NOW, Site, running_site


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("reads")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def reads(site: Site) -> list[Act]:
    """The reads that are on record, newest first, once what the pages noted is taken in."""
    database = site.installation.database
    site.application.site.reads.take(database)  # type: ignore[attr-defined]
    return [one.act for one in database.read(lambda session: newest(session, limit=100, where={"action": READ}))]


def deal(site: Site) -> str:
    """The identifier of li's deal, which has a budget."""
    public = site.public("acme_deal")
    answer = site.client("li").patch(
        f"/api/records/opportunity/{public}", json={"budget": "900000.00", "opened_on": "2026-03-01"}
    )
    assert answer.status_code == 200, answer.text
    return public


def test_a_page_with_guarded_fields_leaves_one_entry_with_the_digest_of_its_rows(site: Site) -> None:
    public, li = deal(site), site.client("li")
    before = len(reads(site))
    (seen,) = li.get("/api/records/opportunity").json()["data"]
    assert seen["budget"] == "900000.00"
    first, *rest = reads(site)
    assert len(rest) == before
    assert (first.actor, first.outcome) == (site.ids["li"], "done")
    assert first.subject.startswith("entities=opportunity rows=1 fields=")
    assert "opportunity.budget" in first.subject
    assert "900000" not in first.subject
    row = site.installation.database.read(
        lambda session: [
            *select(session, WAITING, ("digest",), {"action": READ}),
            *select(session, AUDIT, ("digest",), {"action": READ}),
        ]
    )
    assert (sm3(f"opportunity {public} {seen['version']}".encode()),) in row
    assert li.get(f"/r/opportunity/{public}").status_code == 200
    assert len(reads(site)) == before + 2, "one entry for all that a page shows"


def test_what_is_masked_or_of_a_lower_level_is_no_such_read(site: Site) -> None:
    deal(site)
    before = len(reads(site))
    assert site.client("li").get("/api/records/customer").status_code == 200
    site.client("admin").get("/api/records/opportunity")
    assert len(reads(site)) == before


def test_reads_are_among_the_entries_only_when_they_are_asked_for(site: Site) -> None:
    deal(site)
    site.client("li").get("/api/records/opportunity")
    reads(site)
    admin = site.client("admin")
    assert "rows=1 fields=" not in admin.get("/admin/audit").text
    assert "rows=1 fields=opportunity" in admin.get("/admin/audit?action=read").text


def noting(folder: Path, count: int) -> None:
    """A process that notes reads and is killed."""
    spool = ReadSpool(folder, IdSource(FixedClock(NOW), 7))
    for one in range(count):
        spool.note(Act(NOW, READ, 1, subject=f"rows={one}"))
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_loses_no_read_and_none_is_taken_in_twice(site: Site, tmp_path: Path) -> None:
    child = os.fork()
    if not child:
        noting(tmp_path, 20)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    database, spool = site.installation.database, ReadSpool(tmp_path, site.installation.ids)
    assert spool.take(database) == 20
    assert not list(tmp_path.iterdir())
    file.write_bytes(content + b'[1, "a line that a full disk')
    database.write(lambda session: insert(session, TAKEN, {"name": file.name}))
    spool.take(database)
    told = [one.subject for one in reads(site)]
    assert sorted(told.count(f"rows={one}") for one in range(20)) == [1] * 20, "killed before the file was removed"


def test_a_file_that_another_process_notes_in_is_left_to_it(site: Site, tmp_path: Path) -> None:
    busy, spool = ReadSpool(tmp_path, site.installation.ids), ReadSpool(tmp_path, site.installation.ids)
    busy.note(Act(NOW, READ, 1, subject="rows=busy"))
    assert spool.take(site.installation.database) == 0
    assert busy.take(site.installation.database) == 1


def test_who_reads_a_canary_record_makes_an_alarm_once_per_page(site: Site) -> None:
    public, li = deal(site), site.client("li")
    identity = site.ids["acme_deal"]
    li.get(f"/r/opportunity/{public}")
    reads(site)
    database = site.installation.database

    def alarms() -> list[Act]:
        return [one.act for one in database.read(lambda session: newest(session, limit=100, where={"action": TRIPPED}))]

    assert not alarms(), "the control: it is no canary yet"
    site.inside(lambda work: declare_canary(work, "opportunity", identity))
    li.get(f"/r/opportunity/{public}")
    reads(site)
    (alarm,) = alarms()
    assert (alarm.actor, alarm.subject) == (site.ids["li"], f"entity=opportunity record={public}")
    told = database.read(lambda session: select(session, "dougong_notice", ("user_id", "title", "link")))
    assert [(row[0], row[2]) for row in told if "金丝雀" in str(row[1])] == [
        (site.ids["admin"], f"/admin/audit?action={TRIPPED}")
    ]
    assert site.inside(lambda work: withdraw_canary(work, "opportunity", identity))
    li.get(f"/r/opportunity/{public}")
    reads(site)
    assert len(alarms()) == 1
