"""A timeline of several sources: one course of time, each source with its reader's rights, older ones page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from engine.model.app import AppModel
from engine.widgets.properties import maps
from tests.web.counted import Count
from tests.web.site import Site, running_site

TODAY = date(2026, 3, 2)
SOURCES = 6
NO_PLACES = (
    "minutes~2026-02-25T08:00:00~1",
    "windows~2026-02-25~1",
    "windows~2026-02-25T08:00:00~1",
    "nothing~2026-02-25~1",
    "minutes~9999-12-31~x",
    "minutes~2026-02-25~99999999999999999999",
    "minutes~9999-12-31~1",
    "windows~9999-12-31T23:59:59-12:00~1",
    "windows~0001-01-01T00:00:00+08:00~1",
    "minutes~0001-01-01~1",
)
"""Addresses that name no entry to go on from."""


@pytest.fixture
def count() -> Count:
    return Count()


@pytest.fixture
def site(tmp_path: Path, database_url: str, count: Count) -> Iterator[Site]:
    with running_site(tmp_path, database_url, count=count) as found:
        for number in range(25):
            day = (TODAY - timedelta(days=number)).isoformat()
            why = {"trigger": "deal_step", "basis": "model_win", "alternative": "等客户来问", "expected": "定下一步"}
            contact = {"subject": f"跟进 {number}", "kind": "call", "planned_on": day}
            add(found, "activity", {**contact, **why, "opportunity": found.public("acme_deal")})
            add(found, "meeting_minutes", {"title": f"会议 {number}", "summary": "定了", "met_on": day})
        for number in range(5):
            day = (TODAY - timedelta(days=number * 3)).isoformat()
            values = {
                "title": f"换线 {number}",
                "starts_at": f"{day}T18:00:00+08:00",
                "ends_at": f"{day}T20:00:00+08:00",
            }
            add(found, "line_change_window", {**values, "stop_loss": "45678.00"})
        yield found


def add(site: Site, entity: str, values: dict[str, str]) -> None:
    answer = site.client("li").post(f"/api/records/{entity}", json={**values, "customer": site.public("acme")})
    assert answer.status_code == 201, answer.text


def shown(site: Site, person: str, query: str = "") -> tuple[str, list[str]]:
    """The timeline's HTML and the titles of its entries in order."""
    answer = site.client(person).get(f"/r/customer/{site.public('acme')}{query}")
    assert answer.status_code == 200
    found = re.search(r'<section class="[^"]*" id="log".*?</section>', answer.text, re.DOTALL)
    assert found is not None
    return found[0], re.findall(r'class="timeline-head"><a href="[^"]*">([^<]*)</a>', found[0])


def older(html: str) -> str | None:
    found = re.search(r'href="[^"?]*(\?[^"#]*)#log" rel="next"', html)
    return found[1].replace("&amp;", "&") if found else None


def test_sources_are_merged_by_day_and_older_ones_come_page_by_page(site: Site) -> None:
    html, titles = shown(site, "li")
    assert titles[:4] == ["换线 0", "会议 0", "跟进 0", "会议 1"]
    assert html.index("今天") < html.index("昨天")
    everything, pages = list(titles), 1
    while (query := older(html)) is not None:
        html, titles = shown(site, "li", query)
        everything, pages = everything + titles, pages + 1
    assert pages == 3
    assert len(everything) == len(set(everything)) == 55, "each entry once"
    assert "Back to the newest" in html or "回到最新" in html


def test_one_source_or_a_group_is_chosen_by_the_address(site: Site) -> None:
    assert set(shown(site, "li", "?log.kind=windows")[1]) == {f"换线 {number}" for number in range(5)}
    assert shown(site, "li", "?log.kind=change")[1] == [f"换线 {number}" for number in range(5)]
    assert len(shown(site, "li", "?log.kind=nonsense")[1]) == 20
    html, _ = shown(site, "li", "?log.kind=windows")
    assert re.search(r'log.kind=windows#log" aria-current="true"', html)
    for place in ("nonsense", *NO_PLACES):
        assert shown(site, "li", f"?log.older={quote(place)}")[1] == shown(site, "li")[1], place


def test_within_a_day_entries_stand_by_the_hour_whatever_their_source(site: Site) -> None:
    """Tickets and windows by the hour, below them what has a day alone, and page by page in the same order."""
    for title, hour in (("早", "08"), ("晚", "20"), ("午", "12"), ("同时", "18")):
        hours = {"reported_on": "2026-02-27", "reported_at": f"2026-02-27T{hour}:00:00+08:00"}
        add(site, "service_ticket", {"title": title, **hours})
    models = site.installation.models
    declared = models.current()
    try:
        models.serve(by_the_hour(declared, 60))
        whole = shown(site, "li")[1]
        day = whole.index("晚")
        assert whole[day : day + 6] == ["晚", "换线 1", "同时", "午", "早", "会议 3"]
        models.serve(by_the_hour(declared, 2))
        html, paged = shown(site, "li")
        while (query := older(html)) is not None:
            html, titles = shown(site, "li", query)
            paged += titles
        assert paged == whole
    finally:
        models.serve(declared)


def by_the_hour(model: AppModel, limit: int) -> AppModel:
    """The model with the timeline's tickets by their instant, and so many entries a page."""
    page = model.pages["customer_record"]
    log = next(one for one in page.items if one.id == "log")
    listed = [{**one, "date": "reported_at"} if one["id"] == "tickets" else one for one in maps(log, "sources")]
    changed = replace(log, properties={**log.properties, "sources": listed, "limit": limit})
    items = tuple(changed if one is log else one for one in page.items)
    pages = {**model.pages, page.name: replace(page, items=items)}
    return replace(model, pages=pages, fingerprint=f"by the hour {limit}")


def test_each_source_has_its_readers_rights(site: Site) -> None:
    """Who logs contacts sees their source; the auditor sees no button, the privacy of a cell holds in every entry."""
    assert "45,678" in shown(site, "li")[0]
    html, titles = shown(site, "audit")
    assert "换线 0" in titles
    assert 'href="/r/line_change_window/new' not in html
    site.client("admin").post("/view-as", data={"role": "solution_engineer"})
    assert site.client("wang").get(f"/r/customer/{site.public('acme')}").status_code == 404


def test_each_source_that_one_may_write_has_its_button_with_the_customer_filled_in(site: Site) -> None:
    html, _ = shown(site, "li")
    offered = set(re.findall(r'href="/r/(\w+)/new\?customer=([0-9A-Z]{13})"', html))
    assert {name for name, _ in offered} == {
        "line_change_window",
        "quote",
        "meeting_minutes",
        "service_ticket",
        "activity",
    }
    assert {row for _, row in offered} == {site.public("acme")}


def test_a_timeline_takes_one_statement_for_each_source(site: Site, count: Count) -> None:
    """Of several visits the least: now and then one asks besides whether something has changed since the last."""
    path = f"/r/customer/{site.public('acme')}"

    def visited(query: str) -> int:
        count.empty()
        site.client("li").get(path + query)
        return len(count.statements)

    every, one = (min(visited(query) for _ in range(4)) for query in ("", "?log.kind=windows"))
    assert every - one == SOURCES - 1
