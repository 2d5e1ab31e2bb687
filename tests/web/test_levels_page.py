"""Levels of fields over HTTP: scanned by a job, confirmed with a click, refused or lowered with a reason, on both databases."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from engine.installation.demo import service_context
from engine.runtime.audit import newest
from engine.runtime.jobs import discard, waiting
from engine.runtime.rows import delete
from engine.runtime.sovereignty.columns import ColumnLevel
from engine.runtime.sovereignty.level_scanning import SCAN, LevelClock, LevelScanner, scan_fields
from engine.runtime.sovereignty.level_tables import FINDING, confirmed_levels, findings, keep_findings
from engine.runtime.sovereignty.levels import level_of
from engine.runtime.work import Work
from tests.conftest import KINDS, unmade_url
from tests.web.site import NOW, Site, running_site

KEY = "associate.name"


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("levels")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def scanned(site: Site) -> None:
    workplace = site.installation.workplace
    scan_fields(workplace, service_context(workplace, NOW, "Asia/Shanghai"))


def page(site: Site, query: str = "", language: str = "zh") -> str:
    client = site.client("admin")
    client.cookies.set("dougong_language", language)
    answer = client.get(f"/admin/levels{query}")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def row_of(text: str, key: str) -> str:
    found = next((one for one in re.findall(r"<tr>.*?</tr>", text, re.S) if f">{key}</code>" in one), "")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


def test_a_suggestion_is_told_with_its_reasons_and_confirmed_with_a_click(site: Site) -> None:
    assert "上次：从未" in page(site)
    scanned(site)
    row = row_of(page(site), KEY)
    assert "G1 → G3" in row
    assert "姓名" in row
    assert "待确认" in row
    assert "Its Chinese label says it" in row_of(page(site, language="en"), KEY)
    answer = site.client("admin").post("/admin/levels", data={"act": "confirm", "key": KEY})
    assert answer.headers["location"] == "/admin/levels?show=decided&done=confirm"
    row = row_of(page(site, "?show=decided"), KEY)
    assert "level: G3" in row
    assert row_of(page(site), KEY) == ""
    field = site.installation.models.current().entities["associate"].fields["name"]
    confirmed = site.installation.database.read(confirmed_levels)
    assert (level_of(field), level_of(field, "associate", confirmed)) == ("G1", "G3")
    entry = site.installation.database.read(newest)[0].act
    assert (entry.action, entry.subject, entry.outcome) == ("levels", f"act=confirm key={KEY}", "done")


def test_nobody_disagrees_without_a_reason_and_what_was_refused_is_not_suggested_again(site: Site) -> None:
    scanned(site)
    client = site.client("admin")
    for act in ("refuse", "lower"):
        answer = client.post("/admin/levels", data={"act": act, "key": KEY, "level": "G2"})
        assert answer.status_code == 400
        assert "请写明理由" in answer.text
    assert (
        client.post("/admin/levels", data={"act": "lower", "key": KEY, "level": "G4", "reason": "公开的"}).status_code
        == 400
    )
    assert client.post("/admin/levels", data={"act": "confirm", "key": "lead.nothing"}).status_code == 404
    assert client.post("/admin/levels", data={"act": "nonsense", "key": KEY}).status_code == 400
    assert (
        client.post("/admin/levels", data={"act": "refuse", "key": KEY, "reason": "公司地址是公开的"}).status_code
        == 303
    )
    scanned(site)
    assert row_of(page(site), KEY) == ""
    assert "公司地址是公开的" in row_of(page(site, "?show=decided"), KEY)
    subjects = " ".join(one.act.subject for one in site.installation.database.read(newest))
    assert "公司地址" not in subjects, "the audit log keeps codes, the reason stands beside the decision"
    assert site.client("lead").post("/admin/levels", data={"act": "confirm", "key": KEY}).status_code == 403


def test_a_scan_never_lowers_and_says_where_it_finds_less(site: Site) -> None:
    scanned(site)
    workplace = site.installation.workplace
    before = site.installation.database.read(findings)
    client = site.client("admin")
    assert client.post("/admin/levels", data={"act": "confirm", "key": KEY}).status_code == 303
    fields = workplace.models.current().entities
    names = [(entity, field) for entity in fields for field in fields[entity].fields]
    from_nothing = [(name, ColumnLevel("G1", None, 0.0, ())) for name in names]
    workplace.database.write(lambda session: keep_findings(session, from_nothing, NOW))
    after = site.installation.database.read(findings)
    assert {name: one.level for name, one in after.items()} == {name: one.level for name, one in before.items()}
    assert after["associate", "name"].drifted
    assert "上次 G3，这次只有 G1" in row_of(page(site), "lead.phone")


def test_new_fields_are_scanned_by_themselves_and_then_once_a_night(site: Site) -> None:
    workplace = site.installation.workplace
    clock = LevelClock(workplace, "Asia/Shanghai")
    assert clock.look(NOW)
    assert not clock.look(NOW), "one scan at a time"
    _done(site)
    assert not clock.look(NOW)
    assert not LevelClock(workplace, "Asia/Shanghai").look(NOW), "these fields were seen before"
    found = site.installation.database.read(findings)
    assert len(found) == sum(len(one.fields) for one in workplace.models.current().entities.values())
    site.inside(lambda work: delete(work.session, FINDING, {"field": "address"}))
    assert not clock.look(NOW), "what is served has not changed"
    assert LevelClock(workplace, "Asia/Shanghai").look(NOW), "a field that no scan has seen"
    _done(site)
    assert not clock.look(NOW + timedelta(hours=4))
    assert clock.look(NOW + timedelta(days=1))


def _done(site: Site) -> None:
    """What waits is scanned."""
    workplace = site.installation.workplace
    for job in workplace.database.read(waiting):
        if job.kind == SCAN:
            LevelScanner("Asia/Shanghai")(workplace, job, NOW)
            site.inside(partial(_given_up, job.id))


def _given_up(job: int, work: Work) -> None:
    discard(work.session, job)
