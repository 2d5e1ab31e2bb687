"""A copy of facts behind the pages: who asks a figure is answered by it, right after every write, and health says so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.runtime.facts.desk import FactDesk, Reason
from tests.conftest import KINDS, NO_FACTS, unmade_url
from tests.runtime.facts.copied import installed
from tests.web.site import Site, running_site

SPLIT = "/api/metrics/pipeline_value?by=owner,unit"


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if not installed("duckdb"):
        pytest.skip(NO_FACTS)
    folder = tmp_path_factory.mktemp("facts")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder), facts="duckdb") as running:
        yield running


def test_figures_are_answered_by_the_copy_right_after_a_write_and_within_rights(site: Site) -> None:
    desk, deal = _kept(site), site.public("acme_deal")
    before = _value(site, "lead")
    assert desk.standing().answered > 0
    assert all(all(one) for one in _titles(site, "lead"))
    changed = site.client("li").patch(
        f"/api/records/opportunity/{deal}", json={"amount": "123456.00", "opened_on": "2026-02-02"}
    )
    assert changed.status_code == 200, changed.text[:300]
    assert _value(site, "lead") != before
    assert _value(site, "li") == _value(site, "lead")
    assert _value(site, "wang") != _value(site, "lead")
    assert not desk.standing().left


def test_health_says_how_the_copy_stands(site: Site) -> None:
    desk = _kept(site)
    page = site.client("admin").get("/admin/health").text
    assert "指标副本 (duckdb)" in page
    assert "与数据库一致" in page
    desk._problem = Reason.MISSING
    assert "pip install dougong[facts]" in site.client("admin").get("/admin/health").text
    desk._problem = None


def _kept(site: Site) -> FactDesk:
    """The copy, made and brought up to date by the keeper or by us, whoever comes first."""
    desk = site.installation.facts
    assert desk is not None
    while desk.keep():
        pass
    return desk


def _value(site: Site, person: str) -> list[str]:
    answer = site.client(person).get(SPLIT)
    assert answer.status_code == 200, answer.text[:300]
    return [one["value"] for one in answer.json()["data"]]


def _titles(site: Site, person: str) -> list[list[str]]:
    return [one["titles"] for one in site.client(person).get(SPLIT).json()["data"]]
