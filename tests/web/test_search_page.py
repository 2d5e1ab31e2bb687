"""The search page: what the reader may see, told apart by facts, newest first, the rest one click away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("search")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def test_records_are_found_with_facts_and_only_by_who_may_see_them(site: Site) -> None:
    mine = site.client("li").get("/search", params={"q": "deal"}).text
    assert "acme deal" in mine
    assert "acme 公司" in mine  # the customer tells deals of one name apart
    assert "bravo" not in mine
    assert "bravo deal" in site.client("wang").get("/search", params={"q": "deal"}).text


def test_initials_find_and_many_hits_lead_to_the_list(site: Site) -> None:
    client = site.client("li")
    for at in range(8):
        body = {"name": f"苏州云图产线 {at}", "customer": site.public("acme")}
        assert client.post("/api/records/opportunity", json=body).status_code == 201
    page = client.get("/search", params={"q": "szyt"}).text
    assert page.count("苏州云图产线") == 6
    assert 'href="/app/opportunity_list?q=szyt' in page
    listed = client.get("/app/opportunity_list", params={"q": "szyt", "v": ""}).text
    assert listed.count('class="row-link"') == 8


def test_nothing_found_says_so(site: Site) -> None:
    page = site.client("li").get("/search", params={"q": "没有这样的东西"})
    assert page.status_code == 200
    assert "没有找到" in page.text
