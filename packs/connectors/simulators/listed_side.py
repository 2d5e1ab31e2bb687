"""The other side of interfaces that list objects one way: a key in a header, pages behind so many rows, changes since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from packs.connectors.listed_objects import ITEMS, KEY, LIMIT, ORDER, SINCE, SKIP, ListedObjects
from packs.connectors.simulators.company import Company
from packs.connectors.simulators.faults import faulty
from packs.connectors.simulators.side import Side

API_KEY = "dougong-demo-key"
MOST = 1000
WAIT = 5
Rows = Mapping[str, Callable[[], Iterable[dict[str, object]]]]
World = TypeVar("World")


def keyed(request: Request) -> bool:
    """Whether a request has the key."""
    return request.headers.get(KEY) == API_KEY


@dataclass(slots=True)
class ListedSide(Side):
    """The simulated side: what it lists, and which columns wrong types make texts of."""

    connector: ListedObjects = field(kw_only=True)
    rows: Rows = field(kw_only=True)
    numbers: tuple[str, ...] = field(kw_only=True)
    lets_in: Callable[[Request], bool] = field(kw_only=True)

    def app(self) -> ASGIApp:
        """The application, behind its faults."""
        return faulty(Starlette(routes=[Route(f"{self.connector.base}/{{name}}", self._listed)]), self.faults)

    def _listed(self, request: Request) -> Response:
        if self.faults.takes("expired") or not self.lets_in(request):
            return _problem(401, "Unauthorized", "the key or the signature is missing or not valid")
        if not self.lets():
            return _problem(429, "Too Many Requests", f"wait {WAIT} s", {"Retry-After": str(WAIT)})
        found = self.rows.get(request.path_params["name"])
        if found is None:
            return _problem(404, "Not Found", "there is no such object")
        order, limit, skip = (request.query_params.get(name, "") for name in (ORDER, LIMIT, SKIP))
        rows = sorted(found(), key=lambda one: str(one.get(order)))
        if order not in rows[0] or not limit.isdecimal() or not 0 < int(limit) <= MOST or not skip.isdecimal():
            return _problem(400, "Bad Request", f"{ORDER}, {LIMIT} or {SKIP} is not valid")
        return self._page(rows, order, int(skip), int(limit), request.query_params.get(SINCE, ""))

    def _page(self, rows: list[dict[str, object]], order: str, skip: int, limit: int, since: str) -> Response:
        if self.faults.takes("stuck"):
            skip, since = 0, ""
        chosen = [one for one in rows if str(one[order]) >= since]
        shown = self.faults.spoiled(chosen[skip : skip + limit], self.numbers)
        return JSONResponse({ITEMS: shown, "total": len(chosen), "offset": skip, "limit": limit})


def listed_side(
    world: Callable[[Company, int], World],
    connector: ListedObjects,
    told: Mapping[str, Callable[[World], Iterable[dict[str, object]]]],
    numbers: tuple[str, ...],
    lets_in: Callable[[Request], bool] = keyed,
) -> Callable[[int], ASGIApp]:
    """Makes the application out of a seed; `told` are the rows of each object, out of the world that they tell of."""

    def made(seed: int) -> ASGIApp:
        company = Company(seed)
        known = world(company, seed)
        rows = {name: partial(one, known) for name, one in told.items()}
        return ListedSide(company, connector=connector, rows=rows, numbers=numbers, lets_in=lets_in).app()

    return made


def _problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal as RFC 9457 writes it."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, headers, media_type="application/problem+json")
