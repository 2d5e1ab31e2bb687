"""Another maker's CRM as OData 4 gives it: tokens by client credentials, filters and orders, links to the next page, limits."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from engine.extensions import SimulatorSpec
from engine.model.names import Label
from packs.connectors.simulators.company import Company
from packs.connectors.simulators.faults import faulty
from packs.connectors.simulators.side import Side
from packs.connectors.simulators.tokens import Tokens

TOKEN, DATA = "/oauth2/token", "/api/data/v9.2"
CLIENT, SECRET, SCOPE = "dougong-demo", "dougong-demo-secret", "crm.read"
LIVES, WAIT, PAGE = 3600, 5, 50
CHANGED = "modifiedon"
STAMP = "%Y-%m-%dT%H:%M:%SZ"
_SINCE = re.compile(rf"{CHANGED} ge (\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")
STAGES = (("需求确认", 20), ("方案报价", 40), ("商务谈判", 60), ("合同审批", 80))


@dataclass(slots=True)
class Crm(Side):
    """The simulated side, and whom it let in."""

    tokens: Tokens = field(default_factory=lambda: Tokens(LIVES))

    def app(self) -> ASGIApp:
        """The application, behind its faults."""
        lists = [Route(f"{DATA}/{name}", self._listing(name)) for name in ROWS]
        return faulty(Starlette(routes=[Route(TOKEN, self._token, methods=["POST"]), *lists]), self.faults)

    async def _token(self, request: Request) -> Response:
        given = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        if given.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT, SECRET):
            return JSONResponse({"error": "invalid_client", "error_description": "client or secret is wrong"}, 401)
        if given.get("scope", SCOPE) != SCOPE:
            return JSONResponse({"error": "invalid_scope"}, 400)
        return JSONResponse({"access_token": self.tokens.give(), "token_type": "Bearer", "expires_in": LIVES})

    def _listing(self, name: str) -> Callable[[Request], Response]:
        def listed(request: Request) -> Response:
            if self.faults.takes("expired"):
                self.tokens.end_all()
            if not self.tokens.holds(request.headers.get("authorization", "").removeprefix("Bearer ")):
                challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
                return _error(401, "0x80040217", "the token is missing or over", challenge)
            if not self.lets():
                return _error(429, "0x80072322", "too many requests", {"Retry-After": str(WAIT)})
            return self._page(name, request)

        return listed

    def _page(self, name: str, request: Request) -> Response:
        query = dict(request.query_params)
        since, top = _SINCE.fullmatch(query.get("$filter", "")), query.get("$top", str(PAGE))
        skip = query.get("$skiptoken", query.get("$skip", "0"))
        if ("$filter" in query and since is None) or not top.isdecimal() or not skip.isdecimal():
            return _error(400, "0x80060888", "$filter, $top or $skiptoken is not valid")
        rows = sorted(ROWS[name](self.company), key=lambda one: str(one[CHANGED]))
        if query.get("$orderby", f"{CHANGED} asc") != f"{CHANGED} asc":
            return _error(400, "0x80060888", "$orderby is not known")
        if self.faults.takes("stuck"):
            since, skip = None, "0"
        found = [one for one in rows if since is None or str(one[CHANGED]) >= since[1]]
        start, size = int(skip), min(int(top), PAGE)
        shown = self.faults.spoiled(found[start : start + size], ("revenue", "estimatedvalue"))
        address = f"{request.base_url}".rstrip("/") + f"{DATA}/{name}"
        body: dict[str, object] = {"@odata.context": f"{DATA}/$metadata#{name}", "value": shown}
        if start + size < len(found):
            body["@odata.nextLink"] = f"{address}?{urlencode({**query, '$skiptoken': str(start + size)})}"
        return JSONResponse(body, headers={"OData-Version": "4.0"})


def _error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def _accounts(company: Company) -> Iterator[dict[str, object]]:
    for one in company.customers:
        yield {
            "accountnumber": one.code,
            "name": one.name,
            "address1_city": one.city,
            "telephone1": one.phone,
            "revenue": float(sum(order.amount for order in company.orders if order.customer is one)),
            CHANGED: one.changed.strftime(STAMP),
        }


def _opportunities(company: Company) -> Iterator[dict[str, object]]:
    chance = random.Random(len(company.orders))
    for number, one in enumerate((order for order in company.orders if order.state == "开立"), start=1):
        stage, likely = chance.choice(STAGES)
        yield {
            "opportunitynumber": f"OP-{number:05}",
            "name": f"{one.customer.name} {one.number}",
            "customer": {"accountnumber": one.customer.code},
            "estimatedvalue": float(one.amount),
            "estimatedclosedate": one.day.isoformat(),
            "closeprobability": likely,
            "stepname": stage,
            CHANGED: one.changed.strftime(STAMP),
        }


ROWS: Mapping[str, Callable[[Company], Iterator[dict[str, object]]]] = {
    "accounts": _accounts,
    "opportunities": _opportunities,
}
SIMULATOR = SimulatorSpec(
    "crm",
    Label({"zh": "其他 CRM（REST/OData）", "en": "Another CRM (REST, OData)"}),
    lambda seed: Crm(Company(seed)).app(),
    Label(
        {
            "zh": f"client: {CLIENT}，scope: {SCOPE}，密钥 {SECRET}；用 kind: http_json 读取",
            "en": f"client: {CLIENT}, scope: {SCOPE}, secret {SECRET}; read it with kind: http_json",
        }
    ),
)
