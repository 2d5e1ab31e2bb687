"""The other side of a POS: tickets, lines, closings of the company's shops, to whoever signs; a closing adds up to its tickets."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from decimal import Decimal

from starlette.requests import Request

from engine.extensions import SimulatorSpec
from engine.model.names import Label
from packs.connectors.pos import APP, CHANGED, CONNECTOR, SIGNATURE, SIGNED_AT, signature
from packs.connectors.simulators.listed_side import listed_side
from packs.connectors.simulators.trade import Trade

APP_ID, APP_SECRET = "dougong-demo", "dougong-demo-secret"
STAMP = "%Y-%m-%dT%H:%M:%SZ"


def _tickets(trade: Trade) -> Iterator[dict[str, object]]:
    for one in trade.sales:
        yield {
            "ticket_no": one.number,
            "store": one.store,
            "till": f"{one.store}-1",
            "business_day": one.at.date().isoformat(),
            "sold_at": one.at.strftime(STAMP),
            "associate": f"{one.store}-E{len(one.lines)}",
            "member": None,
            "total": float(one.total),
            "discount": float(one.discount),
            "payment": one.payment,
            "kind": "sale",
            CHANGED: one.changed.strftime(STAMP),
        }


def _lines(trade: Trade) -> Iterator[dict[str, object]]:
    for sale in trade.sales:
        for one in sale.lines:
            yield {
                "id": one.number,
                "ticket_no": sale.number,
                "line_no": one.place,
                "sku": one.material.code,
                "quantity": one.quantity,
                "price": float(one.price),
                "amount": float(one.amount),
                CHANGED: sale.changed.strftime(STAMP),
            }


def _closings(trade: Trade) -> Iterator[dict[str, object]]:
    for store, day, sales in trade.closings():
        yield {
            "id": f"{store}-{day.isoformat()}",
            "store": store,
            "business_day": day.isoformat(),
            "tickets": len(sales),
            "total": float(sum((one.total for one in sales), Decimal(0))),
            "cash": float(sum((one.total for one in sales if one.payment == "现金"), Decimal(0))),
            "difference": 0,
            CHANGED: max(one.changed for one in sales).strftime(STAMP),
        }


ROWS = {"ticket": _tickets, "line": _lines, "closing": _closings}
NUMBERS = ("total", "quantity", "amount")


def _signed(request: Request) -> bool:
    """Whether a request is signed. How old it is, is not looked at: clocks of demonstrations stand still."""
    target = f"{request.url.path}?{request.url.query}"
    proof = signature(APP_SECRET, target, request.headers.get(SIGNED_AT, ""))
    return request.headers.get(APP) == APP_ID and hmac.compare_digest(proof, request.headers.get(SIGNATURE, ""))


SIMULATOR = SimulatorSpec(
    "pos",
    Label({"zh": "收银系统 POS", "en": "Point of sale (POS)"}),
    listed_side(Trade, CONNECTOR, ROWS, NUMBERS, _signed),
    Label({"zh": f"app_id: {APP_ID}，密钥 {APP_SECRET}", "en": f"app_id: {APP_ID}, secret {APP_SECRET}"}),
)
