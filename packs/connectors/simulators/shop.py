"""The other side of an e-commerce platform: one address, signed parameters, refusals with code in the body, pages by time."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from engine.extensions import SimulatorSpec
from engine.model.names import Label
from packs.connectors.shop import CHANGED, LIMITED, METHODS, ROUTER, SESSION_OVER, SIGNED_WRONG, STAMP, sign
from packs.connectors.simulators.company import Company
from packs.connectors.simulators.faults import faulty
from packs.connectors.simulators.side import Side
from packs.connectors.simulators.trade import REASONS, Trade

APP_KEY, APP_SECRET, SESSION = "12345678", "dougong-demo-secret", "dougong-demo-session"
PREFIX = "taobao"
MOST = 100
NUMBERS = ("payment", "refund_fee", "num")
Rows = Callable[[Trade], Iterator[dict[str, object]]]


@dataclass(slots=True)
class Shop(Side):
    """The simulated platform."""

    trade: Trade = field(kw_only=True)

    def app(self) -> ASGIApp:
        """The application, behind its faults."""
        return faulty(Starlette(routes=[Route(ROUTER, self._routed, methods=["POST"])]), self.faults)

    async def _routed(self, request: Request) -> Response:
        form = await request.form()
        asked = {name: str(value) for name, value in form.items()}
        if asked.get("app_key") != APP_KEY or not hmac.compare_digest(sign(APP_SECRET, asked), asked.get("sign", "")):
            return _refused(SIGNED_WRONG, "Invalid signature")
        if self.faults.takes("expired") or asked.get("session") != SESSION:
            return _refused(SESSION_OVER, "Invalid session")
        if not self.lets():
            return _refused(LIMITED, "App Call Limited")
        kind = next((name for name, (method, _) in METHODS.items() if f"{PREFIX}.{method}" == asked.get("method")), "")
        if not kind:
            return _refused(22, "Invalid method")
        return self._page(kind, asked)

    def _page(self, kind: str, asked: Mapping[str, str]) -> Response:
        number, size = asked.get("page_no", "1"), asked.get("page_size", "40")
        if not number.isdecimal() or not size.isdecimal() or not 0 < int(size) <= MOST or int(number) < 1:
            return _refused(41, "Invalid arguments")
        since, page = asked.get("start_modified", ""), int(number)
        if self.faults.takes("stuck"):
            since, page = "", 1
        rows = sorted(ROWS[kind](self.trade), key=lambda one: str(one[CHANGED]))
        chosen = [one for one in rows if str(one[CHANGED]) >= since]
        shown = self.faults.spoiled(chosen[(page - 1) * int(size) : page * int(size)], NUMBERS)
        method, row = METHODS[kind]
        told = {f"{row}s": {row: shown}, "has_next": page * int(size) < len(chosen), "request_id": "demo"}
        return JSONResponse({f"{method.replace('.', '_')}_response": told})


def _refused(code: int, message: str) -> Response:
    return JSONResponse({"error_response": {"code": code, "msg": message, "request_id": "demo"}})


def _trades(trade: Trade) -> Iterator[dict[str, object]]:
    for one in trade.trades:
        yield {
            "tid": one.number,
            "status": "TRADE_FINISHED",
            "buyer_nick": f"t***{one.number[-2:]}",
            "payment": f"{one.total:.2f}",
            "discount_fee": f"{one.discount:.2f}",
            "post_fee": "0.00",
            "receiver_city": trade.company.customers[int(one.number) % 150].city,
            "created": one.at.strftime(STAMP),
            "pay_time": one.at.strftime(STAMP),
            CHANGED: one.changed.strftime(STAMP),
        }


def _orders(trade: Trade) -> Iterator[dict[str, object]]:
    for sale in trade.trades:
        for one in sale.lines:
            yield {
                "oid": one.number,
                "tid": sale.number,
                "outer_sku_id": one.material.code,
                "title": one.material.name,
                "num": one.quantity,
                "price": f"{one.price:.2f}",
                "payment": f"{one.amount:.2f}",
                "status": "TRADE_FINISHED",
                CHANGED: sale.changed.strftime(STAMP),
            }


def _refunds(trade: Trade) -> Iterator[dict[str, object]]:
    for place, sale in enumerate(trade.trades[::9]):
        one = sale.lines[0]
        yield {
            "refund_id": f"R{sale.number}",
            "tid": sale.number,
            "oid": one.number,
            "refund_fee": f"{one.amount:.2f}",
            "reason": REASONS[place % len(REASONS)],
            "status": "SUCCESS",
            "created": sale.at.strftime(STAMP),
            CHANGED: sale.changed.strftime(STAMP),
        }


ROWS: Mapping[str, Rows] = {"trade": _trades, "order": _orders, "refund": _refunds}


def _made(seed: int) -> ASGIApp:
    company = Company(seed)
    return Shop(company, trade=Trade(company, seed)).app()


SIMULATOR = SimulatorSpec(
    "shop",
    Label({"zh": "电商开放平台", "en": "E-commerce (open platform)"}),
    _made,
    Label(
        {
            "zh": f"app_key: {APP_KEY}，密钥 {APP_SECRET}，会话 {SESSION}",
            "en": f"app_key: {APP_KEY}, secret {APP_SECRET}, session {SESSION}",
        }
    ),
)
