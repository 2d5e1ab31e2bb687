"""What the simulated systems of trade tell goes together, and requests to the open platform are signed as its documents say."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

from packs.connectors.pos import signature
from packs.connectors.shop import put_together
from packs.connectors.simulators import pos, service_desk, shop, wms
from packs.connectors.simulators.company import Company
from packs.connectors.simulators.trade import Trade

TRADE = Trade(Company(1), 1)


def told(rows: Callable[[Trade], Iterator[dict[str, object]]]) -> list[dict[str, object]]:
    return list(rows(TRADE))


def test_what_lies_in_a_bin_is_what_came_less_what_went() -> None:
    moved: Counter[str] = Counter({str(one["sku"]): int(str(one["quantity"])) for one in told(wms.ROWS["inbound"])})
    for one in told(wms.ROWS["outbound"]):
        moved[str(one["sku"])] -= int(str(one["quantity"]))
    assert {str(one["sku"]): one["quantity"] for one in told(wms.ROWS["stock"])} == dict(moved)
    assert min(moved.values()) >= 0
    orders = {one.number for one in TRADE.company.orders}
    assert {one["orderNo"] for one in told(wms.ROWS["outbound"])} <= orders


def test_a_closing_adds_up_to_the_tickets_of_its_day_and_a_ticket_to_its_lines() -> None:
    totals: dict[str, Decimal] = {}
    lines: dict[str, Decimal] = {}
    for one in told(pos.ROWS["line"]):
        number = str(one["ticket_no"])
        lines[number] = lines.get(number, Decimal(0)) + Decimal(str(one["amount"]))
    for one in told(pos.ROWS["ticket"]):
        assert lines[str(one["ticket_no"])] == Decimal(str(one["total"])) + Decimal(str(one["discount"]))
        day = f"{one['store']}-{one['business_day']}"
        totals[day] = totals.get(day, Decimal(0)) + Decimal(str(one["total"]))
    assert {str(one["id"]): Decimal(str(one["total"])) for one in told(pos.ROWS["closing"])} == totals


def test_refunds_are_of_trades_and_states_of_tickets_follow_each_other() -> None:
    lines = {one["oid"]: one["tid"] for one in told(shop.ROWS["order"])}
    assert all(lines[one["oid"]] == one["tid"] for one in told(shop.ROWS["refund"]))
    last = {one["ticket"]: one["to_status"] for one in told(service_desk.ROWS["status_change"])}
    assert {one["number"]: one["status"] for one in told(service_desk.ROWS["ticket"])} == last


def test_a_till_is_asked_with_the_signature_that_openssl_makes() -> None:
    """printf 'GET\\n/pos/v1/ticket?limit=1\\n1767225600' | openssl dgst -sha256 -hmac dougong-demo-secret -binary | base64"""
    made = signature("dougong-demo-secret", "/pos/v1/ticket?limit=1", "1767225600")
    assert made == "AymEs+4w8Ljt1+By+5e09JXREDSrljSMffGrQU7n2qQ="


def test_parameters_are_put_together_as_the_published_example_is() -> None:
    asked = {
        "method": "taobao.item.seller.get",
        "app_key": "12345678",
        "session": "test",
        "timestamp": "2016-01-01 12:00:00",
        "format": "json",
        "v": "2.0",
        "sign_method": "md5",
        "fields": "num_iid,title,nick,price,num",
        "num_iid": "11223344",
    }
    said = f"helloworld{put_together(asked)}helloworld"
    assert hashlib.md5(said.encode(), usedforsecurity=False).hexdigest().upper() == "66987CB115214E59E6EC978214934FB8"
