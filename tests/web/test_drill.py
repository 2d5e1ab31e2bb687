"""Rows behind a figure: from a tile or a mark to what was counted, as far as the reader may see it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.conftest import KINDS, fresh_url
from tests.web.site import Site, running_site


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("drill")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, fresh_url(request.param, dsn, folder)) as running:
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
