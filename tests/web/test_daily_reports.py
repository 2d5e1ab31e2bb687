"""The daily report: facts are chosen from what its author wrote that day; bottlenecks become a heat map and to-dos."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site

FACTS = re.compile(r'class="fact-tick" name="c\.statements\.(\d+)\.fact" value="([^"]+)"')


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("daily")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        deal = f"/api/records/opportunity/{running.public('acme_deal')}"
        held = running.client("li").get(deal).headers["etag"]
        changes = {
            "next_step": "约财务总监",
            "next_step_on": "2026-03-05",
            "competitor": "kerui",
            "opened_on": "2026-02-20",
        }
        changed = running.client("li").patch(deal, json=changes, headers={"if-match": held})
        assert changed.status_code == 200, changed.text
        yield running


def theme_of(site: Site, name: str) -> str:
    """The id of a theme, as the report's form offers it."""
    picked = site.client("li").get("/api/records/daily_snapshot/pick/theme", params={"q": name}).json()["data"]
    return str(picked[0]["id"])


def test_a_report_offers_what_its_author_wrote_today(site: Site) -> None:
    mine = site.client("li").get("/r/daily_snapshot/new")
    offered = {value for _, value in FACTS.findall(mine.text)}
    deal = f"opportunity/{site.public('acme_deal')}"
    assert {f"{deal}/next_step", f"{deal}/competitor"} <= offered
    assert all(one.startswith(deal) for one in offered)
    assert "约财务总监" in mine.text
    concerned = re.findall(r'<option value="(customer/\w+)"', mine.text)
    assert concerned == [f"customer/{site.public('acme')}"]


def test_nobody_is_offered_what_others_wrote(site: Site) -> None:
    for person in ("lead", "wang"):
        page = site.client(person).get("/r/daily_snapshot/new")
        assert page.status_code == 200
        assert FACTS.findall(page.text) == []
        assert "acme" not in page.text


def test_a_report_is_written_by_taps_and_read_through_rights(site: Site) -> None:
    client = site.client("li")
    form = client.get("/r/daily_snapshot/new").text
    at, fact = next(one for one in FACTS.findall(form) if one[1].endswith("/competitor"))
    key = re.search(r'name="@key" value="([^"]+)"', form)
    assert key
    sent = {
        "@key": key[1],
        "f.moved": "见到财务总监",
        "f.stuck": "预算要等集团例会批",
        "f.next": "周四带方案上门",
        "f.journey_stage": "negotiation",
        "f.theme": theme_of(site, "预算未批"),
        "f.day": "2026-03-02",
        "f.unit": site.public("cju_a"),
        f"c.statements.{at}.fact": fact,
        f"c.statements.{at}.benefits": "product",
        f"c.statements.{at}.expected_use": "improve_product",
    }
    made = client.post("/r/daily_snapshot", data=sent)
    assert made.status_code == 303, made.text[:2000]
    report = made.headers["location"]
    link = f'href="/r/opportunity/{site.public("acme_deal")}"'
    assert "acme deal" in client.get(report).text
    assert link in site.client("lead").get(report).text
    statements = site.client("money").get("/api/records/value_statement").json()["data"]
    assert [one["benefits"] for one in statements] == ["product"]
    assert site.client("wang").get(report).status_code == 404
    tomorrow = client.get(f"{report}/edit")
    assert tomorrow.status_code == 200
    assert "acme deal" in tomorrow.text


def test_a_link_to_what_its_reader_may_not_see_is_not_named(site: Site) -> None:
    """Finance reads the report and its statements, and not the to-do that a fact stands in; the head reads both."""
    li = site.client("li")
    task = li.post("/api/records/task", json={"title": "只给单元看的待办", "assignee": site.public("li")})
    assert task.status_code == 201, task.text
    body = {"moved": "甲", "stuck": "乙", "next": "丙", "journey_stage": "lead", "day": "2026-02-20"}
    fact = {"fact": f"task/{task.json()['data']['id']}", "benefits": "finance", "expected_use": "adjust_terms"}
    made = li.post("/api/records/daily_snapshot", json={**body, "statements": [fact]})
    assert made.status_code == 201, made.text
    report = f"/r/daily_snapshot/{made.json()['data']['id']}"
    assert "只给单元看的待办" in site.client("lead").get(report).text
    told = site.client("money").get(report)
    assert told.status_code == 200
    assert "调整条款" in told.text
    assert "只给单元看的待办" not in told.text
    assert site.client("admin").get("/api/records/value_statement").status_code == 404


def test_a_refused_answer_beside_another_is_followed_by_nothing(site: Site) -> None:
    """Each of many operations fails alone: no flow follows what was undone, and the author hears of the other."""
    money, li = site.client("money"), site.client("li")
    statements = {one["benefits"]: one["id"] for one in money.get("/api/records/value_statement").json()["data"]}
    words = {"product": "不归我们管", "finance": "已调整账期条款"}
    operations = [
        {"action": "create", "values": {"statement": statements[whom], "outcome": "adopted", "words": said}}
        for whom, said in words.items()
    ]
    answer = money.post("/api/records/value_answer/bulk", json={"operations": operations})
    assert answer.status_code == 200, answer.text
    refused, done = answer.json()["results"]
    assert (refused["error"]["code"], done["version"]) == ("forbidden", 1)
    assert [one["words"] for one in li.get("/api/records/value_answer").json()["data"]] == ["已调整账期条款"]
    assert "已调整账期条款" in li.get("/inbox?tab=notices").text
    assert "不归我们管" not in li.get("/inbox?tab=notices").text
    assert site.client("wang").get("/api/records/value_answer").json()["data"] == []


@pytest.mark.parametrize("person", ["li", "wang"])
def test_a_foreign_fact_is_refused(site: Site, person: str) -> None:
    """A control: the same body is taken from whom it is true of (and refused there for the day that is taken)."""
    body = {
        "moved": "甲",
        "stuck": "乙",
        "next": "丙",
        "journey_stage": "lead",
        "day": "2026-03-01",
        "statements": [
            {
                "fact": f"opportunity/{site.public('acme_deal')}/competitor",
                "benefits": "product",
                "expected_use": "improve_product",
            }
        ],
    }
    answer = site.client(person).post("/api/records/daily_snapshot", json=body)
    assert answer.status_code == (201 if person == "li" else 422), answer.text


def test_the_form_recalls_what_was_next(site: Site) -> None:
    recalled = site.client("li").get("/r/daily_snapshot/new").text
    assert "周四带方案上门" in recalled
    assert "周四带方案上门" not in site.client("lead").get("/r/daily_snapshot/new").text


def test_small_counts_are_not_told_and_large_ones_open_their_sentences(site: Site) -> None:
    lead = site.client("lead")
    page = lead.get("/app/unit_desk").text
    heat = re.search(r'<section class="[^"]*heat-map.*?</section>', page, re.S)
    assert heat
    assert "&lt;3" in heat[0]
    assert "/figures/" not in heat[0]
    assert ">1<" not in heat[0]
    for day in ("2026-02-24", "2026-02-25"):
        body = {"moved": "甲", "stuck": f"预算卡住 {day}", "next": "丙", "journey_stage": "negotiation"}
        answer = site.client("li").post(
            "/api/records/daily_snapshot", json={**body, "theme": theme_of(site, "预算未批"), "day": day}
        )
        assert answer.status_code == 201, answer.text
    heat = re.search(r'<section class="[^"]*heat-map.*?</section>', lead.get("/app/unit_desk").text, re.S)
    assert heat
    cells = re.findall(r'href="(/figures/bottleneck_count/rows[^"]+)"', heat[0])
    assert len(cells) == 1
    drilled = lead.get(html.unescape(cells[0]))
    assert "预算卡住 2026-02-24" in drilled.text
    assert site.client("wang").get(html.unescape(cells[0])).text.count("预算卡住") == 0


def test_a_bottleneck_becomes_a_to_do(site: Site) -> None:
    lead = site.client("lead")
    drilled = lead.get("/figures/bottleneck_count/rows").text
    links = [html.unescape(one) for one in re.findall(r'href="(/r/task/new\?[^"]+)"', drilled)]
    assert links
    form = lead.get(links[0]).text
    fields = dict(re.findall(r'name="f\.(title|due_on)"[^>]*value="([^"]*)"', form))
    assert fields["due_on"] == "2026-03-05"
    origin = re.search(r'<option value="(daily_snapshot/\w+)" selected', form)
    assert origin
    sent = {
        "f.title": fields["title"],
        "f.kind": "follow_up",
        "f.assignee": site.public("li"),
        "f.unit": site.public("cju_a"),
        "f.due_on": fields["due_on"],
        "f.status": "open",
        "f.origin": origin[1],
    }
    made = lead.post("/r/task", data=sent)
    assert made.status_code == 303, made.text[:2000]
    shown = site.client("li").get(made.headers["location"]).text
    assert f'href="/r/{origin[1]}"' in shown
