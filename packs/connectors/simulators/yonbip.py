"""The other side of Yonyou YonBIP: signed tokens, lists in pages, codes in the body of answers, limits by the minute."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from engine.extensions import SimulatorSpec
from engine.model.names import Label
from packs.connectors.simulators.company import Company, Customer, Material, Order, Receivable
from packs.connectors.simulators.faults import faulty
from packs.connectors.simulators.side import Side
from packs.connectors.simulators.tokens import Tokens
from packs.connectors.yonbip import DONE, DONE_TOKEN, GATEWAY, LISTINGS, TOKEN

APP_KEY, APP_SECRET = "dougong-demo-key", "dougong-demo-secret"
MOST_SIZE = 500
EXPIRED, LIMITED, BAD = "310036", "310046", "310008"
STAMP = "%Y-%m-%d %H:%M:%S"


@dataclass(slots=True)
class YonBip(Side):
    """The simulated side, and whom it let in."""

    tokens: Tokens = field(default_factory=lambda: Tokens(7200))

    def app(self) -> ASGIApp:
        """The application, behind its faults."""
        lists = [Route(f"{GATEWAY}{path}", self._listing(name), methods=["POST"]) for name, path in LISTINGS.items()]
        return faulty(Starlette(routes=[Route(TOKEN, self._token), *lists]), self.faults)

    def _token(self, request: Request) -> Response:
        given = request.query_params
        said = f"appKey{given.get('appKey', '')}timestamp{given.get('timestamp', '')}"
        proof = base64.b64encode(hmac.new(APP_SECRET.encode(), said.encode(), hashlib.sha256).digest()).decode()
        if given.get("appKey") != APP_KEY or not hmac.compare_digest(proof, given.get("signature", "")):
            return JSONResponse({"code": "50000", "message": "签名不正确"})
        data = {"access_token": self.tokens.give(), "expire": 7200}
        return JSONResponse({"code": DONE_TOKEN, "message": "成功！", "data": data})

    def _listing(self, name: str) -> Callable[[Request], object]:
        async def listed(request: Request) -> Response:
            if self.faults.takes("expired"):
                self.tokens.end_all()
            if not self.tokens.holds(request.query_params.get("access_token", "")):
                return JSONResponse({"code": EXPIRED, "message": "access_token 无效或已过期"})
            if not self.lets():
                return JSONResponse({"code": LIMITED, "message": "请求频率超过限制"})
            return self._page(name, await request.json())

        return listed

    def _page(self, name: str, body: Mapping[str, object]) -> Response:
        page, size = body.get("pageIndex"), body.get("pageSize")
        if not isinstance(page, int) or not isinstance(size, int) or page < 1 or not 0 < size <= MOST_SIZE:
            return JSONResponse({"code": BAD, "message": "pageIndex 或 pageSize 不正确"})
        conditions = body.get("simpleVOs")
        if self.faults.takes("stuck"):
            page, conditions = 1, None
        rows = [row for row in ROWS[name](self.company) if _asked_for(row, conditions)]
        shown = self.faults.spoiled(rows[(page - 1) * size : page * size], ("markPrice", "payMoney", "oriSum"))
        data = {
            "pageIndex": page,
            "pageSize": size,
            "recordCount": len(rows),
            "pageCount": -(-len(rows) // size),
            "recordList": shown,
        }
        return JSONResponse({"code": DONE, "message": "操作成功", "data": data})


def _asked_for(row: Mapping[str, object], conditions: object) -> bool:
    """Whether a row passes the conditions of a list; of operators only `egt` is known."""
    given: Sequence[object] = conditions if isinstance(conditions, list) else ()
    return all(
        str(row.get(str(one.get("field")), "")) >= str(one.get("value1"))
        for one in given
        if isinstance(one, dict) and one.get("op") == "egt"
    )


def _materials(company: Company) -> Iterator[dict[str, object]]:
    for one in company.materials:
        yield _material(one)


def _material(one: Material) -> dict[str, object]:
    return {
        "code": one.code,
        "name": one.name,
        "modelDescription": one.model,
        "manageClassName": one.category,
        "unitName": "台" if one.category == "设备" else "件",
        "markPrice": float(one.price),
        "stopstatus": one.stopped,
        "pubts": one.changed.strftime(STAMP),
    }


def _customers(company: Company) -> Iterator[dict[str, object]]:
    for one in company.customers:
        yield _customer(one)


def _customer(one: Customer) -> dict[str, object]:
    return {
        "code": one.code,
        "name": one.name,
        "creditcode": one.credit_code,
        "address": f"{one.city}市高新区",
        "customerClassName": "战略客户" if one.strategic else "普通客户",
        "contactTel": one.phone,
        "pubts": one.changed.strftime(STAMP),
    }


def _orders(company: Company) -> Iterator[dict[str, object]]:
    for one in company.orders:
        yield _order(one)


def _order(one: Order) -> dict[str, object]:
    return {
        "code": one.number,
        "vouchdate": one.day.isoformat(),
        "agentId_code": one.customer.code,
        "agentId_name": one.customer.name,
        "payMoney": float(one.amount),
        "nextStatusName": one.state,
        "pubts": one.changed.strftime(STAMP),
    }


def _receivables(company: Company) -> Iterator[dict[str, object]]:
    for one in company.receivables:
        yield _receivable(one)


def _receivable(one: Receivable) -> dict[str, object]:
    return {
        "code": one.number,
        "vouchdate": one.day.isoformat(),
        "dueDate": one.due.isoformat(),
        "customer_code": one.order.customer.code,
        "contractNo": one.order.number,
        "oriSum": float(one.amount),
        "oriBalance": float(one.balance),
        "pubts": one.changed.strftime(STAMP),
    }


ROWS: Mapping[str, Callable[[Company], Iterator[dict[str, object]]]] = {
    "material": _materials,
    "customer": _customers,
    "sales_order": _orders,
    "receivable": _receivables,
}


SIMULATOR = SimulatorSpec(
    "yonbip",
    Label({"zh": "用友 YonBIP", "en": "Yonyou YonBIP"}),
    lambda seed: YonBip(Company(seed)).app(),
    Label({"zh": f"app_key: {APP_KEY}，密钥 {APP_SECRET}", "en": f"app_key: {APP_KEY}, secret {APP_SECRET}"}),
)
