"""/metrics: figures for whoever runs the installation, for nobody else, and nothing in them but patterns and counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("metrics")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def test_an_administrator_reads_requests_by_route_and_status(site: Site) -> None:
    site.client("li").get(f"/api/records/opportunity/{site.public('acme_deal')}")
    site.client("li").get("/api/records/opportunity/0000000000000")
    text = site.client("admin").get("/metrics").text
    pattern = 'route="/api/records/{entity}/{record}",status='
    assert f'dougong_request_seconds_count{{method="GET",{pattern}"200"}} 1.0' in text
    assert f'dougong_request_seconds_count{{method="GET",{pattern}"404"}} 1.0' in text
    assert 'dougong_jobs{state="dead"} 0.0' in text
    assert site.public("acme_deal") not in text


@pytest.mark.parametrize(("person", "status"), [(None, 401), ("li", 403)])
def test_nobody_else_reads_them(site: Site, person: str | None, status: int) -> None:
    answer = site.client(person).get("/metrics", headers={"accept": "application/json"})
    assert answer.status_code in {status, 303}
    assert "dougong_request_seconds" not in answer.text


def test_a_token_of_the_settings_opens_them_and_a_wrong_one_does_not(tmp_path: Path, database_url: str) -> None:
    with running_site(tmp_path, database_url, metrics_token="a long scraping token") as site:
        asking = TestClient(site.application, base_url="http://testserver", follow_redirects=False)  # type: ignore[arg-type]
        found = asking.get("/metrics", headers={"authorization": "Bearer a long scraping token"})
        refused = asking.get("/metrics", headers={"authorization": "Bearer a long scraping toke"})
    assert found.status_code == 200
    assert "dougong_statement_cache" in found.text
    assert "dougong_statement_cache" not in refused.text
