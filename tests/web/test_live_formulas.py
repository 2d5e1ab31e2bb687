"""Live formulas: what a form computes while one types, in the browser or by asking, and what it must not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site

MISSING = "0SAPHB2RR0002"


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("live")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def module_of(site: Site, person: str, entity: str) -> str:
    page = site.client(person).get(f"/r/{entity}/new")
    assert page.status_code == 200, page.text[:300]
    found = re.search(r'data-formulas="([^"]+)"', page.text)
    return site.client(person).get(found[1]).text if found else ""


def test_the_module_of_a_form_tells_no_formula_over_a_field_that_its_reader_may_not_read(site: Site) -> None:
    lead, sales = module_of(site, "lead", "quote"), module_of(site, "li", "quote")
    assert '"lines.cost_amount"' in lead
    assert '"lines.amount"' in sales
    assert "cost" not in sales
    assert "margin" not in sales


def test_a_module_is_served_to_who_gets_its_form_only(site: Site) -> None:
    page = site.client("lead").get("/r/quote/new").text
    found = re.search(r'data-formulas="([^"]+)"', page)
    assert found
    assert site.client("lead").get(found[1]).status_code == 200
    assert site.client("li").get(found[1]).status_code == 404


def test_a_preview_computes_lines_and_totals_and_writes_nothing(site: Site) -> None:
    typed = {"c.lines.0.quantity": "3", "c.lines.0.list_price": "100", "c.lines.0.discount": "10"}
    dropped = {"c.lines.1.quantity": "9", "c.lines.1.list_price": "9", "c.lines.1.@delete": "1"}
    answer = site.client("li").post("/preview/quote", data=typed | dropped)
    assert answer.status_code == 200, answer.text
    found = answer.json()["computed"]
    assert found["lines.0.amount"] == "¥270.00"
    assert found["list_total"] == "¥300.00"
    assert not any("cost" in name or "margin" in name for name in found)
    assert site.client("li").get("/api/records/quote").json()["data"] == []


def test_what_cannot_be_read_yet_counts_as_empty(site: Site) -> None:
    answer = site.client("li").post("/preview/quote", data={"c.lines.0.quantity": "3x", "c.lines.0.list_price": "100"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["computed"]["lines.0.amount"] == "—"


def test_a_preview_over_a_row_out_of_scope_is_that_over_a_missing_row(site: Site) -> None:
    client = site.client("li")
    foreign = client.post("/preview/opportunity", data={"f.customer": site.public("bravo"), "f.amount": "5"})
    missing = client.post("/preview/opportunity", data={"f.customer": MISSING, "f.amount": "5"})
    assert foreign.status_code == missing.status_code == 200
    assert foreign.content == missing.content
    for record in (site.public("bravo_deal"), MISSING):
        assert client.post(f"/preview/opportunity?record={record}", data={}).status_code == 404


def test_a_preview_asks_for_the_right_to_save(site: Site) -> None:
    assert site.client("audit").post("/preview/opportunity", data={}).status_code == 403
    assert site.client().post("/preview/opportunity", data={}).status_code in {303, 401}


def test_what_is_sent_for_an_item_that_does_not_show_is_not_taken(site: Site) -> None:
    li = site.client("li")
    typed = {"f.subject": "回访", "f.kind": "call", "f.customer": site.public("acme"), "f.done": "true"}
    typed |= {"f.done_on": "2026-03-01", "f.outcome": "progress"}
    made = li.post("/r/activity", data=typed)
    assert made.status_code == 303, "the control: what shows is taken"
    record = made.headers["location"]
    stored = li.get(f"/api/records/activity/{record.rpartition('/')[2]}").json()["data"]
    assert stored["outcome"] == "progress"
    reasons = {"f.trigger": "deal_step", "f.basis": "model_win", "f.opportunity": site.public("acme_deal")}
    undone = {"f.done": "false", "f.outcome": "setback", "f.done_on": "", "f.alternative": "x", "f.expected": "y"}
    edited = li.post(record, data=undone | reasons)
    assert edited.status_code == 303, re.findall(r'class="error"[^>]*>([^<]*)', edited.text)
    again = li.get(f"/api/records/activity/{record.rpartition('/')[2]}").json()["data"]
    assert (again["done"], again["outcome"]) == (False, "progress")
    refused = li.post("/api/records/lead", json={"company": "x", "qualified_on": "2026-03-01"})
    assert refused.status_code == 422


def test_the_colours_of_change_are_ones_own_choice(site: Site) -> None:
    client = site.client("lead")
    assert 'data-figures="cn"' in client.get("/app/opportunity_list").text
    client.post("/preferences", data={"figures": "us"})
    assert 'data-figures="us"' in client.get("/app/opportunity_list").text
    client.post("/preferences", data={"figures": "pink"})
    assert 'data-figures="us"' in client.get("/app/opportunity_list").text
    assert 'data-figures="cn"' in site.client("li").get("/app/opportunity_list").text
