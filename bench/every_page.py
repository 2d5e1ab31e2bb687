"""Every page: the CPU that each page of the packs takes for each account of the full demonstration, statements and all.

A page is asked for as it opens, and a dashboard over twelve months too; of an entity with a record page, the first record
that the account lists. Its charts are drawn anew; its statements have been compiled by a look before.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from starlette.responses import Response

from bench.demo_site import TABLE, DemoSite, demo_site
from bench.report import Row
from engine.model.app import AppModel
from engine.model.pages import Page, PageKind
from engine.runtime.database.protocol import Session
from engine.runtime.identity.sessions import start_session
from engine.runtime.identity.users import User, all_users
from engine.web import dispatch
from engine.web.calls import SESSION_COOKIE, Call
from engine.web.packing import packed
from engine.web.url_table import Found
from engine.widgets.chart.drawing import chart_of

BAR = 250.0
LOOKS = 3
LONG = "last_12_months"
TOLD = 8


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page takes an account: milliseconds of CPU."""

    milliseconds: float
    account: str
    address: str


def measured() -> list[Row]:
    """The dearest page, and how many are above the bar."""
    with demo_site("full") as demo:
        seen = sorted(seen_pages(demo), key=lambda one: -one.milliseconds)
    over = [one for one in seen if one.milliseconds > BAR]
    words = "; ".join(f"{one.account} {one.address} {one.milliseconds:.0f}" for one in seen[:TOLD])
    accounts = len({one.account for one in seen})
    told = f"{len(seen)} looks of {accounts} accounts at every page of the full demonstration"
    return [
        Row("every_page", f"{told}: the dearest, CPU ({words})", BAR, seen[0].milliseconds, "ms"),
        Row("every_page_over", f"{told}: those above {BAR:.0f} ms", 0, len(over), ""),
    ]


def seen_pages(demo: DemoSite) -> Iterator[Seen]:
    """Every page of every account, the median of three looks after the first."""
    model = demo.installation.models.current()
    for user in demo.installation.database.read(all_users):
        visit = _Visit(demo, user)
        for address, period in _addresses(model, _roles(demo, user), visit):
            yield Seen(visit.cost(address, period), user.account, f"{address}{f' {period}' if period else ''}")


def _roles(demo: DemoSite, user: User) -> frozenset[str]:
    return demo.installation.database.read(lambda session: demo.context(session, user)).principal.roles


def _addresses(model: AppModel, roles: frozenset[str], visit: _Visit) -> Iterator[tuple[str, str]]:
    for page in model.pages.values():
        if not page.roles & roles:
            continue
        if page.kind is PageKind.RECORD:
            record = visit.first_of(str(page.entity))
            if record:
                yield f"/r/{page.entity}/{record}", ""
            continue
        yield f"/app/{page.name}", ""
        if _has_period(page):
            yield f"/app/{page.name}", LONG


def _has_period(page: Page) -> bool:
    return any(one.dimension == "period" for one in page.filters)


class _Visit:
    """Somebody who is signed in and looks at pages."""

    def __init__(self, demo: DemoSite, user: User) -> None:
        def start(session: Session) -> str:
            return start_session(session, user, demo.context(session, user).now)

        self._demo = demo
        self._session = demo.installation.database.write(start)

    def cost(self, address: str, period: str) -> float:
        self.look(address, period)
        return statistics.median(self._timed(address, period) for _ in range(LOOKS))

    def first_of(self, entity: str) -> str:
        """The first record that a list of the entity has; empty when there is none or no right to any."""
        answer = self.look(f"/api/records/{entity}", limit="1")
        records = json.loads(bytes(answer.body))["data"] if answer.status_code == 200 else []
        return str(records[0]["id"]) if records else ""

    def look(self, address: str, period: str = "", **asked: str) -> Response:
        query = (*((("period", period),) if period else ()), *asked.items())
        call = Call("GET", address, {}, query, {}, {SESSION_COOKIE: self._session}, "127.0.0.1", "bench")
        found = TABLE.find(call.method, call.path)
        if not isinstance(found, Found):
            raise RuntimeError(f"there is no {address}")
        return dispatch.read(found.route, replace(call, parameters=found.parameters), self._demo.site)

    def _timed(self, address: str, period: str) -> float:
        chart_of.cache_clear()
        before = time.process_time()
        answer = packed(self.look(address, period))
        spent = (time.process_time() - before) * 1000
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answers {answer.status_code}")
        return spent
