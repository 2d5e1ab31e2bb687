"""The other side of Kingdee Cloud Galaxy: sessions in cookies, queries of forms, refusals where the first row would stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from engine.extensions import SimulatorSpec
from engine.model.names import Label
from packs.connectors.kingdee import CHANGED, COOKIE, LOST, QUERY, SIGN_IN, SIGNED_IN
from packs.connectors.simulators.company import Company
from packs.connectors.simulators.faults import faulty
from packs.connectors.simulators.side import Side
from packs.connectors.simulators.tokens import Tokens

ACCOUNT, USER, APP_ID, APP_SECRET = "demo", "administrator", "dougong-demo", "dougong-demo-secret"
MOST_ROWS = 10_000
STAMP = "%Y-%m-%dT%H:%M:%S"
_FILTER = re.compile(r"(\w+)>='([^']*)'")
NUMBERS = ("FRefCost", "FBillAllAmount", "FALLAMOUNTFOR")


@dataclass(slots=True)
class Kingdee(Side):
    """The simulated side, and whom it let in."""

    sessions: Tokens = field(default_factory=lambda: Tokens(1200))

    def app(self) -> ASGIApp:
        """The application, behind its faults."""
        routes = [Route(SIGN_IN, self._sign_in, methods=["POST"]), Route(QUERY, self._query, methods=["POST"])]
        return faulty(Starlette(routes=routes), self.faults)

    async def _sign_in(self, request: Request) -> Response:
        given = await request.json()
        wanted = {"acctID": ACCOUNT, "username": USER, "appId": APP_ID, "appSecret": APP_SECRET}
        if any(given.get(name) != value for name, value in wanted.items()):
            return JSONResponse({"LoginResultType": 0, "Message": "用户名或密码错误", "KDSVCSessionId": None})
        session = self.sessions.give()
        answer = JSONResponse({"LoginResultType": SIGNED_IN, "Message": None, "KDSVCSessionId": session})
        answer.set_cookie(COOKIE, session)
        return answer

    async def _query(self, request: Request) -> Response:
        if self.faults.takes("expired"):
            self.sessions.end_all()
        if not self.sessions.holds(request.cookies.get(COOKIE, "")):
            return _refused("会话信息已丢失，请重新登录", LOST)
        if not self.lets():
            return JSONResponse({"error": "too many requests"}, status_code=429, headers={"Retry-After": "5"})
        asked = (await request.json()).get("data", {})
        names = [one.strip() for one in str(asked.get("FieldKeys", "")).split(",")]
        rows = list(_rows(self.company, str(asked.get("FormId"))))
        if not rows or not set(names) <= rows[0].keys():
            return _refused("字段不存在", 8)
        if self.faults.takes("stuck"):
            asked = {**asked, "FilterString": "", "StartRow": 0}
        rows = sorted(
            (one for one in rows if _asked_for(one, str(asked.get("FilterString")))), key=lambda one: str(one[CHANGED])
        )
        start, limit = int(asked.get("StartRow", 0)), min(int(asked.get("Limit") or MOST_ROWS), MOST_ROWS)
        shown = self.faults.spoiled(rows[start : start + limit], NUMBERS)
        return JSONResponse([[one[name] for name in names] for one in shown])


def _refused(message: str, code: int) -> Response:
    errors = [{"FieldName": None, "Message": message, "DIndex": 0}]
    status = {"ErrorCode": 500, "IsSuccess": False, "Errors": errors, "SuccessEntitys": [], "MsgCode": code}
    return JSONResponse([[{"Result": {"ResponseStatus": status}}]])


def _asked_for(row: Mapping[str, object], condition: str) -> bool:
    """Whether a row passes a filter; of operators only `>=` on texts is known."""
    found = _FILTER.fullmatch(condition.strip())
    return found is None or str(row.get(found[1], "")) >= found[2]


def _rows(company: Company, form: str) -> Iterator[dict[str, object]]:
    """The rows of a form, with all its fields."""
    match form:
        case "BD_MATERIAL":
            for one in company.materials:
                yield {
                    "FNumber": one.code,
                    "FName": one.name,
                    "FSpecification": one.model,
                    "FMaterialGroup.FName": one.category,
                    "FRefCost": float(one.price),
                    "FForbidStatus": "B" if one.stopped else "A",
                    CHANGED: one.changed.strftime(STAMP),
                }
        case "BD_Customer":
            for who in company.customers:
                yield {
                    "FNumber": who.code,
                    "FName": who.name,
                    "FSOCIALCRECODE": who.credit_code,
                    "FADDRESS": f"{who.city}市高新区",
                    "FTEL": who.phone,
                    CHANGED: who.changed.strftime(STAMP),
                }
        case "SAL_SaleOrder":
            for order in company.orders:
                yield {
                    "FBillNo": order.number,
                    "FDate": f"{order.day.isoformat()}T00:00:00",
                    "FCustId.FNumber": order.customer.code,
                    "FBillAllAmount": float(order.amount),
                    "FDocumentStatus": "A" if order.state == "开立" else "C",
                    CHANGED: order.changed.strftime(STAMP),
                }
        case "AR_receivable":
            for debt in company.receivables:
                yield {
                    "FBillNo": debt.number,
                    "FDATE": f"{debt.day.isoformat()}T00:00:00",
                    "FENDDATE": f"{debt.due.isoformat()}T00:00:00",
                    "FCUSTOMERID.FNumber": debt.order.customer.code,
                    "FALLAMOUNTFOR": float(debt.amount),
                    CHANGED: debt.changed.strftime(STAMP),
                }


SIMULATOR = SimulatorSpec(
    "kingdee",
    Label({"zh": "金蝶云星空", "en": "Kingdee Cloud Galaxy"}),
    lambda seed: Kingdee(Company(seed)).app(),
    Label(
        {
            "zh": f"account: {ACCOUNT}，user: {USER}，app_id: {APP_ID}，密钥 {APP_SECRET}",
            "en": f"account: {ACCOUNT}, user: {USER}, app_id: {APP_ID}, secret {APP_SECRET}",
        }
    ),
)
