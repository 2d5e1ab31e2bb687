"""Themes: proposed beside the sentence once enough is confirmed, leftovers named by those who may, earlier choices taken over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from engine.installation.job_runner import JobRunner
from engine.model.context import Context, Principal
from engine.runtime.identifiers import encode_id
from engine.runtime.jobs import enqueue, waiting
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.records.starting_rows import TAKE_OVER, stand_up
from engine.runtime.rows import select
from engine.runtime.themes.encoders import installed_encoder
from engine.runtime.themes.learning import LEARN, Student
from engine.runtime.themes.matching import ENOUGH
from engine.runtime.work import Work
from engine.runtime.workers import Workers
from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.site import NOW, NURSERY, Site, running_site

ZONE = "Asia/Shanghai"
ZH = {"accept-language": "zh-CN"}
PURSE = [f"预算第{at}轮还没批下来" for at in range(ENOUGH)]
CHAIR = [f"总经理第{at}次没约上" for at in range(ENOUGH - 1)]
PARKING = ["停车位不够用", "厂区停车位不够", "停车位又不够用了", "停车位总是不够"]


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("themes")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        themes = _themes(running)
        running.inside(lambda work: _fill(work, running, themes))
        yield running


def _fill(work: Work, site: Site, themes: dict[str, int]) -> None:
    """Reports of the past weeks: two themes with confirmed sentences, and sentences of both units that fit none."""
    day = work.context.today - timedelta(days=60)
    rows: list[tuple[int, dict[str, object]]] = []
    said = [(one, "budget", "li") for one in PURSE] + [(one, "decider", "li") for one in CHAIR]
    said += [(one, None, "wang" if at == 3 else "li") for at, one in enumerate(PARKING)]
    for at, (stuck, theme, author) in enumerate(said):
        unit = "cju_b" if author == "wang" else "cju_a"
        values = {
            "author": site.ids[author],
            "unit": site.ids[unit],
            "day": day + timedelta(days=at),
            "moved": "甲",
            "stuck": stuck,
            "next": "丙",
            "journey_stage": "lead",
            "theme": themes[theme] if theme else None,
        }
        rows.append((work.ids.next(), values))
    load_rows(work, work.model.entities["daily_snapshot"], rows)
    finish_loading(work, {"daily_snapshot"})


def _themes(site: Site) -> dict[str, int]:
    return site.inside(
        lambda work: {str(code): int(str(one)) for one, code in select(work.session, "theme", ("id", "code"))}
    )


def _learn(site: Site, now: datetime = NOW) -> None:
    """A night: what is due is queued and done by the runner of jobs, in a worker's child."""
    workplace, worker = site.installation.workplace, Workers("learning of themes", NURSERY)
    student = Student(workplace, worker, ZONE)
    student.look(now)
    JobRunner(workplace, FixedClock(now), ZONE, {LEARN: student}).run_due()
    worker.close()


def _proposed(site: Site, person: str, stuck: str, **more: str) -> dict[str, dict[str, str]]:
    answer = site.client(person).post("/preview/daily_snapshot", data={"f.stuck": stuck, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, dict[str, str]] = answer.json()["proposed"]
    return found


def test_the_packs_themes_stand_from_the_first_day_and_are_made_once(site: Site) -> None:
    before = _themes(site)
    assert {"none", "budget", "decider", "technical", "price", "delivery", "response", "payment"} <= before.keys()
    context = Context(Principal(0, "setup", frozenset(), service="setup"), NOW, zone=ZONE)
    assert stand_up(site.installation.workplace, context) == 0
    assert _themes(site) == before
    form = site.client("li").get("/r/daily_snapshot/new").text
    assert form.count('name="f.theme"') >= len(before)
    assert 'data-proposal="theme"' in form


def test_nothing_is_proposed_before_enough_is_confirmed(site: Site) -> None:
    assert _proposed(site, "li", "预算还没批下来") == {}
    _learn(site)
    told = _proposed(site, "li", "预算还没批下来")
    theme = site.client("li").get("/api/records/daily_snapshot/pick/theme", params={"q": "预算未批"}).json()["data"][0]
    assert told == {"theme": {"value": theme["id"], "label": "预算未批", "words": "可能是：预算未批"}}
    if installed_encoder() is None:
        assert _proposed(site, "li", "总经理又没约上") == {}
    if installed_encoder() is None:
        assert _proposed(site, "li", "xyz") == {}
    assert _proposed(site, "li", "预算还没批下来", **{"f.theme": theme["id"]}) == {}


def test_one_more_confirmation_is_learnt_the_next_night(site: Site) -> None:
    themes = site.client("li").get("/api/records/daily_snapshot/pick/theme", params={"q": "见不到"}).json()["data"]
    body = {"moved": "甲", "stuck": "总经理还是没约上", "next": "丙", "journey_stage": "lead", "theme": themes[0]["id"]}
    made = site.client("li").post("/api/records/daily_snapshot", json=body)
    assert made.status_code == 201, made.text
    if installed_encoder() is None:
        assert _proposed(site, "li", "总经理又没约上") == {}
    _learn(site, NOW + timedelta(days=1))
    found = _proposed(site, "li", "总经理又没约上")
    assert found["theme"]["label"] == "见不到决策人"
    history = site.client("li").get(f"/api/records/daily_snapshot/{made.json()['data']['id']}/history").json()["data"]
    assert len(history) == 1
    assert "Li" in str(history)


def test_leftovers_are_shown_as_far_as_their_reader_may_read_and_named(site: Site) -> None:
    assert site.client("li").get("/themes").status_code == 404
    assert site.client("admin").get("/themes").status_code == 404
    lead = site.client("lead")
    page = lead.get("/themes", headers=ZH).text
    assert "3 句相近的话" in page
    assert sum(one in page for one in PARKING) == 3
    assert PARKING[3] not in page
    group = re.search(r'name="group" value="([^"]+)"', page)
    assert group
    wrong = lead.post("/themes", data={"group": group[1], "act": "name", "f.name": "", "f.definition": "停车难"})
    assert wrong.status_code == 422
    assert "停车难" in wrong.text
    assert site.client("li").post("/themes", data={"group": group[1], "act": "dismiss"}).status_code == 404
    sent = {"group": group[1], "act": "name", "f.name": "停车难", "f.definition": "客户厂区没有地方停车"}
    assert lead.post("/themes", data=sent).headers["location"] == "/themes?done=named"
    assert "3 句相近的话" not in lead.get("/themes", headers=ZH).text
    assert lead.post("/themes", data=sent).status_code == 404
    assert "停车难" in site.client("li").get("/r/daily_snapshot/new").text


def test_a_week_later_what_was_decided_is_not_proposed_again(site: Site) -> None:
    _learn(site, NOW + timedelta(days=9))
    assert "句相近的话" not in site.client("lead").get("/themes", headers=ZH).text


def test_a_choice_that_stood_there_before_is_taken_over(site: Site) -> None:
    def earlier(work: Work) -> None:
        for at, said in enumerate(("payment", "none")):
            values = {
                "author": site.ids["wang"],
                "unit": site.ids["cju_b"],
                "day": work.context.today - timedelta(days=90 + at),
                "moved": "甲",
                "stuck": f"旧的一句 {at}",
                "next": "丙",
                "journey_stage": "lead",
                "bottleneck": said,
            }
            load_rows(work, work.model.entities["daily_snapshot"], [(work.ids.next(), values)])
        finish_loading(work, {"daily_snapshot"})
        enqueue(work, TAKE_OVER, "daily_snapshot", {"field": "theme"})

    site.inside(earlier)
    JobRunner(site.installation.workplace, FixedClock(NOW), ZONE).run_due()
    rows = site.client("wang").get("/api/records/daily_snapshot").json()["data"]
    found = {one["stuck"]: (one["theme"], one["hindered"]) for one in rows}
    public = {code: encode_id(one) for code, one in _themes(site).items() if code in {"payment", "none"}}
    assert found["旧的一句 0"] == (public["payment"], True)
    assert found["旧的一句 1"] == (public["none"], False)
    assert site.inside(lambda work: [one.kind for one in waiting(work.session) if one.kind == TAKE_OVER]) == []
