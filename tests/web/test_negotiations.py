"""The negotiation sandbox over HTTP: similar deals, corridors and signals, each with the rights of whoever asks."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import KINDS, unmade_url
from tests.web.bargaining import DECIDED, lay_table
from tests.web.site import Site, running_site

API = "/api/negotiations/opportunity"


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("negotiations")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        lay_table(running)
        yield running


def sandbox(site: Site, person: str = "li", record: str = "talk") -> dict[str, Any]:
    answer = site.client(person).get(f"{API}/{site.public(record)}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_similar_deals_are_the_nearest_of_those_that_the_asker_may_read(site: Site) -> None:
    told = sandbox(site)
    mine = DECIDED - math.ceil(DECIDED / 3)
    assert told["similar"]["n"] == mine
    assert sandbox(site, "lead")["similar"]["n"] == mine
    rows = told["similar"]["rows"]
    assert len(rows) == 10
    assert [one["distance"] for one in rows] == sorted(one["distance"] for one in rows)
    assert all(one["why"] and one["url"].startswith("/r/quote/") for one in rows)
    for one in rows:
        assert (one["contract"] is not None) == (one["outcome"] == "won")
    assert site.client("wang").get(f"{API}/{site.public('talk')}").status_code == 404


def test_a_corridor_is_that_of_the_similar_rows_and_says_of_how_many(site: Site) -> None:
    told = sandbox(site)
    corridor = told["corridor"]["payment_days"]
    assert corridor["n"] == told["similar"]["n"]
    days = [row["payment_days"] for row in quotes(site) if row["state"] in {"accepted", "rejected"}]
    assert corridor["p50"] == statistics.median(days)


def quotes(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.client("li").get("/api/records/quote", params={"limit": "200"}).json()["data"]
    return found


def test_a_change_is_in_the_next_answer(site: Site) -> None:
    before = sandbox(site)["similar"]["n"]
    record = site.public("talk_quote")
    client = site.client("li")
    assert client.post(f"/api/records/quote/{record}/transitions/reject", json={}).status_code == 200
    after = sandbox(site)
    assert after["similar"]["n"] == before + 1
    assert after["similar"]["rows"][0]["id"] == record
    assert after["similar"]["rows"][0]["outcome"] == "lost"


def test_signals_are_of_the_deal_and_silence_is_told(site: Site) -> None:
    signals = sandbox(site)["signals"]
    assert [(one["text"], one["source"], one["confidence"]) for one in signals["events"]] == [
        ("华屹三周交付", "客户告知", "已核实")
    ]
    assert [one["days"] for one in signals["gaps"]] == [25]
    assert signals["days"] == 30


def test_payments_are_told_as_far_as_they_may_be_read(site: Site) -> None:
    (payment,) = sandbox(site)["payment"]["history"]
    assert (payment["days_late"], payment["amount"]) == (None, 50000.0)


def test_a_lever_says_how_far_the_asker_may_go_and_why_no_further(site: Site) -> None:
    for person, days, rate in (("li", 60.0, 0.05), ("lead", 90.0, 0.2)):
        levers = {one["key"]: one for one in sandbox(site, person)["levers"]}
        assert levers["payment_days"]["limit"] == days
        assert levers["price"]["limit"] == pytest.approx(rate)
        assert levers["payment_days"]["now"] == 30.0
    locked = {one["key"]: one for one in sandbox(site, "money")["levers"]}["warranty_months"]
    assert locked["locked"] is True
    assert locked["why_limit"] == "你没有这一项的让步权限"


def test_a_record_that_is_not_under_negotiation_is_told(site: Site) -> None:
    client = site.client("li")
    early = client.get(f"{API}/{site.public('acme_deal')}")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "negotiation_not_offered")
    assert client.get(f"/api/negotiations/nothing/{site.public('talk')}").status_code == 404
    assert site.client("audit").get(f"{API}/{site.public('talk')}").status_code == 403
