"""One page, one address, four roles: what each sees, may press and is offered; somebody who holds several posts changes
between them. Nothing that a role may not read stands in the page or in the interface.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.runtime.access.rights import allowed_actions, readable_fields
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.work import Work
from tests.rights.random_rights import SPOILS, with_access
from tests.web.site import NOW, Site, running_site

POSTS = ("sales", "solution_engineer", "delivery_manager", "service")
SIGNS = {
    "credit_limit": "987,654.00",
    "credit_rating": "良好",
    "payment_days": "77 天",
    "annual_revenue": "123,456,789",
    "website": "sign-of-website.example",
    "won_amount": "2,468,013.57",
    "open_amount": "1,357,924.68",
    "contract_amount": "3,141,592.65",
    "receivable_open": "2,718,281.82",
}
"""Words that stand nowhere else, by the field of the customer that holds them."""
INTERFACE = {
    "credit_limit": "987654.00",
    "credit_rating": "good",
    "payment_days": "77",
    "annual_revenue": "123456789.00",
    "website": "https://sign-of-website.example",
    "won_amount": "2468013.57",
    "open_amount": "1357924.68",
    "contract_amount": "3141592.65",
    "receivable_open": "2718281.82",
}
COUNTS = {"opportunity_count"}
"""Without a sign: a list of the rows that one may read says as many."""


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    with running_site(tmp_path, database_url) as found:
        path = f"/api/records/customer/{found.public('acme')}"
        written = {
            "industry": "photovoltaic",
            "segment": "trial",
            "annual_revenue": "123456789.00",
            "website": "https://sign-of-website.example",
        }
        assert found.client("lead").patch(path, json=written).status_code == 200
        found.inside(lambda work: figures(work, found.ids))
        credit = {"credit_limit": "987654.00", "payment_days": 77, "credit_rating": "good"}
        assert found.client("money").patch(path, json=credit).status_code == 200
        roles = {"act": "roles", "role": ["solution_engineer", "delivery_manager", "service"]}
        assert found.client("admin").post(f"/admin/users/{found.public('li')}", data=roles).status_code == 303
        yield found


def figures(work: Work, ids: dict[str, int]) -> None:
    """What the customer's figures are computed from, each of two rows: their sum stands in no row itself."""

    def load(entity: str, amounts: Sequence[str], **values: object) -> list[int]:
        whose = {"customer": ids["acme"], "owner": ids["li"], **values}
        rows = [
            (work.ids.next(), {**whose, "name": f"{entity} {at}", "amount": Decimal(one)})
            for at, one in enumerate(amounts)
        ]
        declared = work.model.entities[entity]
        load_rows(work, declared, [(row, {k: v for k, v in of.items() if k in declared.fields}) for row, of in rows])
        return [row for row, _ in rows]

    load("opportunity", ["2468000.00", "13.57"], stage="won", opened_on=NOW.date())
    load("opportunity", ["1357900.00", "24.68"], stage="qualify", opened_on=NOW.date())
    deed, _ = load("contract", ["3141500.00", "92.65"], state="active", kind="sale")
    load("receivable", ["2718200.00", "81.82"], contract=deed, due_on=NOW.date())
    finish_loading(work, {"customer", "opportunity", "contract", "receivable"})


def posts(client: TestClient) -> dict[str, str]:
    """What one may choose to work as, by its role; the seat is the sales one."""
    page = client.get("/account", headers={"accept-language": "zh"}).text
    keys = re.findall(r'<button name="post" value="([^"]*)"', page)
    return {key.rpartition(".")[2]: key for key in keys}


def choose(client: TestClient, key: str, next: str = "/") -> str:
    answer = client.post("/post", data={"post": key, "next": next})
    assert answer.status_code == 303, answer.text[:300]
    return str(answer.headers["location"])


def context_of(site: Site, role: str) -> Context:
    return Context(Principal(site.ids["li"], "li", frozenset({role})), NOW)


def told(sign: str, text: str) -> bool:
    """Whether a sign stands in a text as a word of its own."""
    return re.search(rf"(?<![\w.,]){re.escape(sign)}(?![\w,])", text) is not None


def hidden_but_shown(site: Site, role: str, declared: AppModel) -> list[str]:
    """Fields of the customer that a role finds, by their sign or by their name, though the declared rights keep them."""
    client, one = site.client("li"), f"/api/records/customer/{site.public('acme')}"
    choose(client, posts(client)[role])
    fields = declared.entities["customer"].fields.keys()
    readable = readable_fields(declared, context_of(site, role), "customer")
    hidden = fields - readable
    assert hidden <= SIGNS.keys() | COUNTS, "a field that is kept from a role needs a sign"
    page = client.get(f"/r/customer/{site.public('acme')}").text
    row, listed = client.get(one), client.get("/api/records/customer")
    found = [
        name for name in hidden - COUNTS if told(SIGNS[name], page) or told(INTERFACE[name], row.text + listed.text)
    ]
    found += [name for name in hidden if name in row.json()["data"] or name in listed.json()["data"][0]]
    for name in readable & SIGNS.keys():
        assert str(row.json()["data"][name]) == INTERFACE[name], (role, name)
        assert told(SIGNS[name], page), (role, name)
    for query in ("fields=id,{}", "sort={}", "{}=1"):
        answers = [client.get(f"/api/records/customer?{query.format(name)}") for name in sorted(hidden)]
        none = client.get(f"/api/records/customer?{query.format('nothing')}")
        found += [query for answer in answers if (answer.status_code, none.status_code) != (400, 400)]
    return found


@pytest.mark.parametrize("role", POSTS)
def test_nothing_hidden_stands_in_the_page_or_the_interface(site: Site, role: str) -> None:
    assert hidden_but_shown(site, role, site.installation.models.current()) == []


def test_what_weaker_rights_disclose_is_found(site: Site) -> None:
    """The control: served under rights without field rules, the page shows what the declared ones hide."""
    models = site.installation.models
    declared, spoil = models.current(), SPOILS["field rules dropped"]
    models.serve(with_access(declared, lambda entity, access: spoil(access), "weaker"))
    try:
        assert "credit_limit" in hidden_but_shown(site, "service", declared)
    finally:
        models.serve(declared)


def test_the_four_see_other_fields_buttons_and_offers_at_one_address(site: Site) -> None:
    client, address = site.client("li"), f"/r/customer/{site.public('acme')}"
    model, seen = site.installation.models.current(), {}
    for role in POSTS:
        choose(client, posts(client)[role])
        page = client.get(address).text
        offered = set(re.findall(r'href="/r/(\w+)/new\?', page))
        for entity in offered:
            assert Action.CREATE in allowed_actions(model, context_of(site, role), entity), (role, entity)
        assert (f'href="{address}/edit"' in page) == (role == "sales")
        titles = tuple(re.findall(r"<h2>([^<]+?)\s*<", page))
        home = client.get("/").headers["location"]
        seen[role] = (titles, frozenset(offered), home)
    assert len({offered for _, offered, _ in seen.values()}) == 4
    assert len({home for _, _, home in seen.values()}) == 4
    assert len({titles for titles, _, _ in seen.values()}) >= 3


def test_a_post_narrows_and_never_widens(site: Site) -> None:
    client, foreign = site.client("li"), f"/api/records/customer/{site.public('bravo')}"
    assert client.get(foreign).status_code == 404
    assert client.post("/post", data={"post": "administrator"}).status_code == 404
    client.cookies.set("dougong_post", "administrator")
    assert client.get(foreign).status_code == 404
    assert client.get("/admin/users").status_code == 403
    client.cookies.delete("dougong_post")
    choose(client, posts(client)["service"])
    body = {"name": "不该有", "customer": site.public("acme")}
    assert client.post("/api/records/opportunity", json=body).status_code in {403, 404}
    choose(client, "")
    assert client.post("/api/records/opportunity", json=body).status_code == 201


def test_the_same_page_stays_where_it_opens_to_the_post_and_home_comes_where_not(site: Site) -> None:
    client, address = site.client("li"), f"/r/customer/{site.public('acme')}"
    assert choose(client, posts(client)["service"], address) == address
    assert choose(client, posts(client)["service"], "/app/quote_list") == "/"
    assert choose(client, posts(client)["sales"], "/app/quote_list") == "/app/quote_list"
    assert choose(client, "", "https://elsewhere.example") == "/"


def test_who_holds_one_post_is_offered_none(site: Site) -> None:
    assert posts(site.client("wang")) == {}


def test_a_post_that_was_taken_away_is_none(site: Site) -> None:
    client = site.client("li")
    choose(client, posts(client)["service"])
    assert site.client("admin").post(f"/admin/users/{site.public('li')}", data={"act": "roles"}).status_code == 303
    assert client.get("/").headers["location"] == "/app/sales_desk"
