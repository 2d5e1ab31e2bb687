"""Flows that start other than by a change: by hand, by the clock, by a signed call from outside."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from engine.runtime.workflow.flow_starting import FlowClock
from tests.web.flow_shop import Shop, served_shop

SECRET = "between-us"
FLOW = """label: {zh: 催办, en: Chase}
entity: order
triggers:
  - {id: hand, type: manual, label: {zh: 催办, en: Chase}, roles: [clerk], when: "is_empty(note)"}
  - {id: nightly, type: schedule, every: daily, when: "name = \\"late\\" and is_empty(note)"}
  - {id: outside, type: webhook, values: {name: /order/name}, secret: SHOP_SECRET}
title: name
steps:
  - {id: mark, type: update, label: {zh: 记下, en: Mark}, set: {note: '"chased"'}}
"""
ENTERED = """label: {zh: 新单, en: New}
entity: order
triggers: [{id: entered, type: form, form: order, roles: [clerk]}]
steps:
  - {id: mark, type: update, label: {zh: 记下, en: Mark}, set: {note: '"by form"'}}
"""
TOUCHED = """label: {zh: 改动, en: Touched}
entity: order
triggers: [{id: changed, type: updated, fields: [name]}]
steps:
  - {id: mark, type: update, label: {zh: 记下, en: Mark}, set: {name: 'name & "!"'}}
"""
FORM = """label: {zh: 订单, en: Order}
entity: order
items: [{id: name, widget: field, field: name}]
"""


@pytest.fixture
def shop(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    with served_shop(
        tmp_path, database_url, {"chase": FLOW, "entered": ENTERED, "touched": TOUCHED}, {"forms/order.yaml": FORM}
    ) as running:
        yield running


def test_somebody_starts_a_flow_by_hand_where_its_condition_holds(shop: Shop) -> None:
    order = shop.order("slow")
    assert "Chase" in shop.client.get(f"/r/order/{order}", headers={"accept-language": "en"}).text
    assert shop.client.post(f"/api/records/order/{order}/flows/chase").status_code == 201
    assert shop.note(order) == "chased"
    again = shop.client.post(f"/api/records/order/{order}/flows/chase")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "flow_condition")
    assert shop.client.post(f"/api/records/order/{order}/flows/nothing").status_code == 404


def test_a_schedule_starts_it_for_every_record_that_fits_and_once_a_slot(shop: Shop) -> None:
    late, other = shop.order("late"), shop.order("soon")
    clock = FlowClock(shop.installation.workplace, "Asia/Shanghai", shop.clock.now())
    assert clock.look(shop.clock.now()) == 0, "its hour has not come"
    shop.clock.advance(timedelta(days=1))
    assert clock.look(shop.clock.now()) == 1
    assert (shop.note(late), shop.note(other)) == ("chased", None)
    shop.order("late")
    assert clock.look(shop.clock.now()) == 0, "its hour has passed"


def test_a_signed_call_makes_the_record_once_and_an_unsigned_one_nothing(shop: Shop) -> None:
    body = json.dumps({"order": {"name": "from outside"}}).encode()
    seal = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    stranger = TestClient(shop.client.app, base_url="http://testserver")
    headers = {"content-type": "application/json", "idempotency-key": "one"}
    unsigned = stranger.post("/api/hooks/chase/outside", content=body, headers=headers)
    assert (unsigned.status_code, unsigned.json()["error"]["code"]) == (401, "bad_signature")
    signed = headers | {"x-dougong-signature": f"sha256={seal}"}
    made = stranger.post("/api/hooks/chase/outside", content=body, headers=signed)
    repeated = stranger.post("/api/hooks/chase/outside", content=body, headers=signed)
    assert (made.status_code, repeated.status_code) == (201, 200)
    assert made.json()["id"] == repeated.json()["id"]
    assert shop.note(made.json()["id"]) == "chased"
    assert stranger.post("/api/hooks/chase/nothing", content=body, headers=signed).status_code == 404


def test_a_form_starts_it_for_what_was_entered_there_and_nowhere_else(shop: Shop) -> None:
    elsewhere = shop.order("by interface")
    answer = shop.client.post("/r/order", data={"f.name": "by hand"})
    assert answer.status_code == 303, answer.text
    assert shop.note(answer.headers["location"].rpartition("/")[2]) == "by form"
    assert shop.note(elsewhere) is None


def test_a_flow_is_not_started_again_by_what_it_writes_itself(shop: Shop) -> None:
    order = shop.order("one")
    assert shop.client.patch(f"/api/records/order/{order}", json={"name": "two"}).status_code == 200
    assert shop.client.get(f"/api/records/order/{order}").json()["data"]["name"] == "two!"
    flows = shop.client.get(f"/api/records/order/{order}/flows").json()["flows"]
    assert [one["flow"] for one in flows] == ["touched"]
