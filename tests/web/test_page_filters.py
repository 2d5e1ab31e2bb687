"""Filters of a page: by period and by dimensions that its figures share; every figure that can obey does, its rows too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import set_roles
from engine.runtime.organisation.members import Membership, take_seat
from tests.conftest import KINDS, unmade_url
from tests.web.site import SINCE, Site, running_site

BOARD, DESK = "/app/pipeline_board?period=all", "/app/unit_desk?period=all"


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("filters")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
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


def test_days_are_chosen_by_name_or_from_one_to_another(site: Site) -> None:
    li = site.client("li")
    for name, day in (("早的", "2026-02-27"), ("月底的", "2026-03-31"), ("四月的", "2026-04-01")):
        deal = {"name": name, "customer": site.public("acme"), "close_date": day, "opened_on": "2026-02-01"}
        assert li.post("/api/records/opportunity", json=deal).status_code == 201

    def found(asked: str) -> set[str]:
        page = page_of(site, "li", f"/app/opportunity_list?v=all&{asked}")
        assert ("data-set" in page) is bool(asked)
        return {name for name in ("早的", "月底的", "四月的") if f">{name}</a>" in page}

    assert found("") == {"早的", "月底的", "四月的"}
    assert found("f.close_date=this_month") == {"月底的"}, "what is planned for its last day as well"
    assert found("f.close_date@from=2026-03-31&f.close_date@to=2026-02-01") == {"早的", "月底的"}
    assert found("f.close_date@from=2026-03-31&f.close_date@to=") == {"月底的", "四月的"}
    assert found("f.close_date=..2026-03-01") == {"早的"}
    page = page_of(site, "li", "/app/opportunity_list?v=all&f.close_date@from=2026-03-01&f.close_date@to=2026-03-31")
    assert "<b>3 月 1 日 – 3 月 31 日</b>" in page
    assert 'name="f.close_date@from" value="2026-03-01"' in page
    assert "f.close_date=2026-03-01..2026-03-31" in page, "the links of the page carry it in one"
    board = page_of(site, "lead", "/app/pipeline_board?period@from=2026-01-05&period@to=2026-01-09")
    assert '<option value="2026-01-05..2026-01-09" selected>1 月 5 日 – 1 月 9 日</option>' in board
    assert "since=2026-01-05&until=2026-01-09" in board
    assert 'value="period=2026-01-05..2026-01-09"' in board, "what is subscribed to"


def test_a_range_of_a_form_ends_after_it_begins_whatever_is_sent(site: Site) -> None:
    lead = site.client("lead")
    page = lead.get("/r/contract/new").text
    assert page.count('data-island="range"') == 1
    assert (page.count('name="f.starts_on"'), page.count('name="f.ends_on"')) == (1, 1)
    turned = lead.post("/r/contract", data={"f.starts_on": "2026-03-09", "f.ends_on": "2026-03-02"})
    assert (turned.status_code, "到期日期不能早于生效日期" in turned.text) == (422, True)
    straight = lead.post("/r/contract", data={"f.starts_on": "2026-03-02", "f.ends_on": "2026-03-09"})
    assert (straight.status_code, "不能早于" in straight.text) == (422, False), "other fields are asked for"
