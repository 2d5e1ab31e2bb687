"""Rows behind a figure: from a tile or a mark to what was counted, as far as the reader may see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from engine.runtime.figure_watches.clock import FigureClock
from engine.runtime.notices import notices_for, tell
from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.notifying.telling import Telling
from tests.conftest import KINDS, unmade_url
from tests.web.site import NOW, Site, running_site


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("drill")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def test_a_figure_opens_the_rows_of_its_reader(site: Site) -> None:
    page = site.client("li").get("/figures/pipeline_count/rows")
    assert page.status_code == 200, page.text[:400]
    assert "acme deal" in page.text
    assert "bravo deal" not in page.text
    assert "pipeline_count.yaml:" in page.text


def test_a_group_opens_its_own_rows(site: Site) -> None:
    owner = site.public("li")
    mine = site.client("lead").get(f"/figures/pipeline_count/rows?d.owner={owner}")
    assert mine.status_code == 200, mine.text[:400]
    assert "acme deal" in mine.text
    other = site.client("lead").get(f"/figures/pipeline_count/rows?d.owner={site.public('lead')}")
    assert "acme deal" not in other.text


def test_the_interface_names_people_units_and_rows_by_their_public_ids(site: Site) -> None:
    """The keys of a group are what the rows' addresses and records say, not what is stored."""
    groups = site.client("lead").get("/api/metrics/pipeline_count?by=owner,unit,stage").json()["data"]
    assert [one["keys"] for one in groups] == [[site.public("li"), site.public("cju_a"), "qualify"]]
    found = site.client("lead").get(f"/figures/pipeline_count/rows?d.owner={groups[0]['keys'][0]}")
    assert "acme deal" in found.text


def test_tiles_and_marks_of_a_dashboard_lead_to_their_rows(site: Site) -> None:
    client = site.client("lead")
    home = client.get("/", follow_redirects=True).text
    links = set(re.findall(r'href="(/figures/[^"]+)"', home))
    assert links
    for link in sorted(links)[:12]:
        found = client.get(link.replace("&amp;", "&"))
        assert found.status_code == 200, link


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("d.nothing=1", 400),
        ("since=yesterday", 400),
        ("at=2026-02-01&bucket=aeon", 400),
        ("d.owner=zzz", 400),
        ("cursor=forged", 400),
    ],
)
def test_an_address_that_means_nothing_is_refused_in_words(site: Site, query: str, status: int) -> None:
    assert site.client("li").get(f"/figures/pipeline_count/rows?{query}").status_code == status


def test_who_may_not_read_the_rows_gets_none(site: Site) -> None:
    assert site.client("admin").get("/figures/pipeline_count/rows").status_code in {403, 404}
    assert site.client("li").get("/figures/no_such_metric/rows").status_code == 404


def test_the_dictionary_lists_what_its_reader_may_have_and_finds_it_by_initials(site: Site) -> None:
    everything = site.client("li").get("/figures").text
    assert '<a class="row-link" href="/figures/win_rate">' in everything
    for query, name in (("ydje", "won_amount"), ("win_ra", "win_rate"), ("赢单金额", "won_amount")):
        found = re.findall(r'row-link" href="/figures/(\w+)', site.client("li").get(f"/figures?q={query}").text)
        assert name in found, query
        assert "lost_count" not in found
    assert "row-link" not in site.client("admin").get("/figures").text


def test_an_entry_says_how_a_figure_comes_about_and_where_it_is_used(site: Site) -> None:
    page = site.client("lead").get("/figures/win_rate").text
    assert "round(won_count / (won_count + lost_count), 4)" in page
    assert 'href="/figures/won_count"' in page
    assert "每行一条「商机」，按「赢单日期」归入期间" in page
    assert "/app/unit_desk" in page
    assert "win_rate.yaml:" not in page
    assert 'href="/figures/deal_target"' in site.client("lead").get("/figures/won_amount").text
    assert site.client("admin").get("/figures/win_rate").status_code == 404
    assert site.client("li").get("/figures/no_such_metric").status_code == 404


def told(site: Site, person: str) -> list[str]:
    notices = site.inside(lambda work: notices_for(work.session, site.ids[person]))
    return [one.message.title for one in notices if one.message.kind == NoticeKind.FIGURE.value]


def deal(site: Site, person: str, customer: str, name: str) -> str:
    values = {"name": name, "customer": site.public(customer)}
    made = site.client(person).post("/api/records/opportunity", json=values)
    assert made.status_code == 201, made.text
    return str(made.json()["data"]["id"])


def test_who_watches_a_figure_is_told_once_each_time_it_passes_the_bound(site: Site) -> None:
    """Each counts the rows that they may see; who watches nothing is told nothing."""
    clock = FigureClock(site.installation.workplace, "Asia/Shanghai")
    now = iter(NOW + timedelta(minutes=16 * step) for step in range(9))
    for person in ("li", "wang"):
        answer = site.client(person).post(
            "/figures/pipeline_count", data={"act": "watch", "when": "all above", "bound": "1"}
        )
        assert answer.headers["location"] == "/figures/pipeline_count?done=begun"
    assert clock.look(next(now)) == 0, "each has one"
    first = deal(site, "li", "acme", "第 2 单")
    assert [clock.look(next(now)), clock.look(next(now))] == [1, 0]
    assert (told(site, "li"), told(site, "wang")) == (["在途商机 2 笔，高于 1 笔"], [])
    page = site.client("li").get("/figures/pipeline_count", headers={"accept-language": "zh-CN"}).text
    assert "高于 1 笔" in page and "已过线" in page
    assert "已过线" not in site.client("wang").get("/account/reports", headers={"accept-language": "zh-CN"}).text
    assert site.client("lead").delete(f"/api/records/opportunity/{first}").status_code in {200, 204}
    assert clock.look(next(now)) == 0
    deal(site, "li", "acme", "第 3 单")
    assert clock.look(next(now)) == 1, "passed again"
    key = re.search(r'name="watch" value="(\w+)"', page)
    assert key is not None
    end = {"act": "end", "watch": key[1], "from": "account"}
    assert site.client("wang").post("/figures/pipeline_count", data=end).status_code == 404
    assert site.client("li").post("/figures/pipeline_count", data=end).status_code == 303
    assert "高于 1 笔" not in site.client("li").get("/figures/pipeline_count").text
    deal(site, "li", "acme", "第 4 单")
    deal(site, "wang", "bravo", "第 2 单")
    assert clock.look(next(now)) == 1
    assert (len(told(site, "li")), len(told(site, "wang"))) == (2, 1)


@pytest.mark.parametrize(
    ("when", "bound", "words"),
    [
        ("all above", "许多", "例如 5000"),
        ("today above", "1", "请选择时段"),
        ("all", "1", "请选择时段"),
        ("", "1", "请选择时段"),
    ],
)
def test_a_bound_that_means_nothing_is_refused_in_words(site: Site, when: str, bound: str, words: str) -> None:
    given = {"act": "watch", "when": when, "bound": bound}
    answer = site.client("li").post("/figures/pipeline_count", data=given, headers={"accept-language": "zh-CN"})
    assert answer.status_code == 400
    assert words in answer.text
    assert f'value="{bound}"' in answer.text, "what was typed is still there"


def test_what_has_only_begun_is_not_called_low(site: Site) -> None:
    """A month is low on its first day for that alone: below is told of what is over, or of the last so many days."""
    page = site.client("li").get("/figures/won_amount", headers={"accept-language": "zh-CN"}).text
    offered = re.findall(r'<option value="(\w+ (?:above|below))"', page)
    assert {"this_month above", "last_month below", "last_7_days below"} <= set(offered)
    assert "this_month below" not in offered
    given = {"act": "watch", "when": "this_month below", "bound": "5"}
    assert site.client("li").post("/figures/won_amount", data=given).status_code == 400
    assert site.client("audit").post("/figures/nothing", data=given).status_code == 404


def test_a_figure_that_somebody_may_not_have_any_more_is_not_told_from_their_notices(site: Site) -> None:
    for figure, title in (("pipeline_count", "还看得到 7"), ("taken_away", "看不到了 8")):
        said = Telling(NoticeKind.FIGURE.value, title, "", "", 0, f"/figures/{figure}", (figure,))
        site.inside(lambda work, said=said: tell(work, (site.ids["li"],), said))
    page = site.client("li").get("/inbox?tab=notices", headers={"accept-language": "zh-CN"}).text
    assert "还看得到 7" in page
    assert "看不到了" not in page
    assert "指标提醒（无权查看）" in page
