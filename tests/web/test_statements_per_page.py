"""Statements per page: a constant number, whatever the number of rows; one more a level at most; a few for each widget."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.model.pages import Item, PageKind
from engine.model.requests import QueryRequest
from engine.runtime.query.lists import list_bodies, list_records
from engine.runtime.query.records import get_record
from engine.runtime.work import Work
from engine.web import records_api
from tests.web.counted import Count
from tests.web.site import Site, running_site

ROWS = 30
OF_EVERY_PAGE = 3
"""Who asks; the rows; their count."""
PEOPLE = ("li", "lead", "money", "audit")
A_WIDGET = 6
"""At most for each widget of a dashboard: its figure and what it is compared with, each with its roll-up's state, a line."""


@pytest.fixture
def count() -> Count:
    return Count()


@pytest.fixture
def site(tmp_path: Path, database_url: str, count: Count) -> Iterator[Site]:
    with running_site(tmp_path, database_url, count=count) as found:
        yield found


def statements(site: Site, count: Count, person: str, path: str) -> list[str]:
    """The statements of a second request: what is remembered of the first is remembered by then."""
    client = site.client(person)
    client.get(path)
    count.empty()
    answer = client.get(path)
    return list(count.statements) if answer.status_code == 200 else []


def add_rows(site: Site) -> None:
    client = site.client("li")
    for number in range(ROWS):
        values = {"name": f"一批 {number}", "customer": site.public("acme"), "amount": "10.00"}
        assert client.post("/api/records/opportunity", json=values).status_code == 201


@pytest.mark.parametrize(
    ("fields", "depth"), [("name", 0), ("name,customer.name", 1), ("name,customer.name,customer.owner.name", 2)]
)
def test_a_list_takes_two_statements_at_any_depth(site: Site, count: Count, fields: str, depth: int) -> None:
    path = f"/api/records/opportunity?limit=25&fields={fields}"
    few = statements(site, count, "li", path)
    add_rows(site)
    many = statements(site, count, "li", path)
    assert len(few) == len(many) == 2 <= OF_EVERY_PAGE + depth


def test_one_row_takes_two_statements(site: Site, count: Count) -> None:
    assert len(statements(site, count, "li", f"/api/records/opportunity/{site.public('acme_deal')}")) == 2


def test_pages_of_lists_keep_within_three_and_their_depth(site: Site, count: Count) -> None:
    """Lists show titles of what they refer to: one level. A page may also tell that a figure is being computed, and offers
    the views that people keep of it."""
    model, seen = site.installation.models.current(), 0
    add_rows(site)
    for page in model.pages.values():
        lists = [item for item in page.walk() if item.widget in {"table", "cards", "timeline"}]
        if page.kind is PageKind.LIST and len(lists) == len(page.items) == 1:
            found = statements(site, count, "li", f"/app/{page.name}")
            assert len(found) <= OF_EVERY_PAGE + 2, (page.name, found)
            seen += bool(found)
    assert seen >= 3


def test_dashboards_take_a_few_statements_a_widget(site: Site, count: Count) -> None:
    model, seen = site.installation.models.current(), 0
    for page in model.pages.values():
        if page.kind is PageKind.DASHBOARD:
            found = max((statements(site, count, one, f"/app/{page.name}") for one in PEOPLE), key=len)
            widgets = sum(1 for item in page.walk() if _asks(item))
            assert len(found) <= OF_EVERY_PAGE + A_WIDGET * widgets, (page.name, len(found), widgets)
            seen += bool(found)
    assert seen >= 3


def test_how_fresh_sources_are_takes_one_statement_where_they_fill_a_page_and_none_elsewhere(
    site: Site, count: Count
) -> None:
    """Two entities that sources fill, or two sources of one, are no reason to ask twice."""
    model = site.installation.models.current()
    filled, seen = {one.entity for one in model.sources.values()}, set[bool]()
    for page in model.pages.values():
        if page.kind in {PageKind.LIST, PageKind.DASHBOARD}:
            asked = max(
                (
                    [one for one in statements(site, count, person, f"/app/{page.name}") if "dougong_source" in one]
                    for person in PEOPLE
                ),
                key=len,
            )
            assert len(asked) <= 1, (page.name, asked)
            if page.entity is not None and page.kind is PageKind.LIST:
                seen.add(page.entity in filled and bool(asked))
                assert page.entity in filled or not asked, (page.name, asked)
    assert seen == {True, False}


def _asks(item: Item) -> bool:
    return item.widget not in {"section", "tabs", "tab", "columns", "divider", "text"}


def test_a_statement_for_each_row_is_seen(site: Site, count: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a list that reads each of its rows once more takes more statements the more rows there are."""

    def row_by_row(work: Work, request: QueryRequest) -> dict[str, object]:
        for record in list_records(work, request).records:
            get_record(work, request.entity, record.id)
        return list_bodies(work, request)

    add_rows(site)
    monkeypatch.setattr(records_api, "list_bodies", row_by_row)
    found = statements(site, count, "li", "/api/records/opportunity?limit=25&fields=name")
    assert len(found) > OF_EVERY_PAGE + 20
