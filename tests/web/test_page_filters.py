"""Filters of a page: by period and by dimensions that its figures share; every figure that can obey does, its rows too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import set_roles
from engine.runtime.organisation.members import Membership, take_seat
from tests.conftest import KINDS, fresh_url
from tests.web.site import SINCE, Site, running_site

BOARD, DESK = "/app/pipeline_board?period=all", "/app/unit_desk?period=all"


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("filters")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, fresh_url(request.param, dsn, folder)) as running:
        for person, customer, segment in (("li", "acme", "strategic"), ("wang", "bravo", "trial")):
            path = f"/api/records/customer/{running.public(customer)}"
            answer = running.client(person).patch(path, json={"segment": segment, "industry": "auto_parts"})
            assert answer.status_code == 200, answer.text
        yield running


def page_of(site: Site, person: str, path: str) -> str:
    answer = site.client(person).get(path)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def options(page: str, name: str) -> dict[str, str]:
    """What a filter offers: words by value."""
    select = re.search(rf'<select[^>]* name="{name}"[^>]*>(.*?)</select>', page, re.S)
    return dict(re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)</option>', select[1])) if select else {}


def figure(page: str, metric: str) -> tuple[str, str]:
    """The figure of a tile and the address of its rows."""
    found = re.search(rf'<a class="kpi-value" href="(/figures/{metric}/rows[^"]*)"[^>]*>([\d,.]+)', page)
    assert found, page
    return found[2], found[1]


def test_a_chosen_value_narrows_the_figures_and_the_rows_behind_them(site: Site) -> None:
    every = page_of(site, "audit", BOARD)
    assert options(every, "segment")["strategic"] == "战略客户"
    assert figure(every, "opened_count")[0] == "2"
    chosen = page_of(site, "audit", f"{BOARD}&segment=strategic")
    count, rows = figure(chosen, "opened_count")
    assert count == "1"
    assert "d.segment=strategic" in rows
    behind = page_of(site, "audit", rows)
    assert ("acme deal" in behind, "bravo deal" in behind) == (True, False)
    assert re.search(r'<option value="strategic" selected', chosen)
    english = site.client("audit").get(BOARD, headers={"accept-language": "en"}).text
    assert options(unescape(english), "segment")[""] == "Segment: all"
    assert re.search(r'<option value="all" selected', chosen), "the period stays"


def test_two_filters_hold_together_and_a_word_that_is_no_value_chooses_nothing(site: Site) -> None:
    both = page_of(site, "audit", f"{BOARD}&segment=strategic&industry=pharmacy_chain")
    assert figure(both, "opened_count")[0] == "0"
    assert figure(page_of(site, "audit", f"{BOARD}&segment=nonsense"), "opened_count")[0] == "2"


def test_only_values_of_ones_own_figures_are_offered_and_one_alone_is_no_choice(site: Site) -> None:
    """A lead of one unit has no choice of units; with a seat in a second one, both are offered, by their names."""
    assert options(page_of(site, "lead", DESK), "unit") == {}
    taken = Membership(site.installation.ids.next(), site.ids["lead"], site.ids["cju_b"], "lead", SINCE, None)
    site.inside(lambda work: take_seat(work.session, work.model, taken))
    page = page_of(site, "lead", DESK)
    assert options(page, "unit") == {
        "": "全部单元",
        encode_id(site.ids["cju_a"]): "cju_a",
        encode_id(site.ids["cju_b"]): "cju_b",
    }


def test_lists_of_the_same_rows_obey_too(site: Site) -> None:
    every, chosen = (page_of(site, "audit", path) for path in (BOARD, f"{BOARD}&segment=trial"))
    assert all(name in every for name in ("acme deal", "bravo deal"))
    assert ("acme deal" in chosen, "bravo deal" in chosen) == (False, True)


def test_figures_that_cannot_obey_are_named(site: Site) -> None:
    site.inside(lambda work: set_roles(work.session, site.ids["money"], ["finance", "strategy_calibrator"]))
    desk, words = "/app/calibration_desk?period=all", "仍显示全部的"
    assert words not in page_of(site, "money", desk)
    assert words in page_of(site, "money", f"{desk}&segment=strategic")
