"""Dashboards at size: a store manager's and the headquarters' home over three million sales, warm and after a sale is rung up.

Milliseconds from the request to the packed answer, in this process and without a network: the session, the rights, every
tile and the page. The store's manager looks at the month that has begun and at twelve months; the headquarters at all
stores. After a write is the first look after a sale with a line was made by the services that people's writes go through.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench.demo_site import TABLE, DemoSite, site_of
from bench.report import Row
from bench.sales_world import FIRST_ASSOCIATE, FIRST_STORE, LAST_DAY, NOW, SalesWorld
from bench.store_world import CENTRE, FIRST_PRODUCT, MANAGER, store_world
from bench.world import FILE, Home
from engine.runtime.identity.sessions import start_session
from engine.runtime.records.writing import create
from engine.runtime.work import Work
from engine.web import dispatch
from engine.web.calls import SESSION_COOKIE, Call
from engine.web.packing import packed
from engine.web.url_table import Found
from tests.conftest import server_programs, throw_away_server
from tests.web.counted import Count

SALES = int(os.environ.get("DOUGONG_BENCH_SALES", "3000000"))
ROUNDS = 5
WARM, WRITTEN = 150.0, 400.0
LOOKS = (
    (MANAGER, "store_home", "this_month"),
    (MANAGER, "store_home", "last_12_months"),
    (CENTRE, "headquarters_home", "last_12_months"),
)
"""Who looks at which dashboard over which period."""


@dataclass(frozen=True, slots=True)
class Look:
    """Milliseconds of one request, by the clock and of the processor in this process."""

    wall: float
    processor: float


def measured() -> list[Row]:
    """Milliseconds of each look on each database, the median of five."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as folder:
        found += _on("sqlite", Home(Path(folder), str(Path(folder) / FILE)))
    programs = server_programs()
    if programs is not None:
        with throw_away_server(programs) as url, tempfile.TemporaryDirectory(prefix="dougong-bench-") as folder:
            found += _on("postgres", Home(Path(folder), url))
    return found


def _on(kind: str, home: Home) -> Iterator[Row]:
    world = store_world(home, SALES)
    with site_of(world.installation) as demo:
        for account, page, period in LOOKS:
            call = _call(demo, account, page, period)
            count = Count()
            demo.asked_by(call, count)
            words = f"{page}, {period}, {len(count.asked)} statements over {SALES:,} sales on {kind}"
            warm = _median([_looked(demo, call) for _ in range(ROUNDS)])
            told = f"{words}: warm ({warm.processor:.0f} of the processor here)"
            yield Row(f"{page}_{period}_{kind}", told, WARM, warm.wall, "ms")
            written = _median([_written(world, demo, call) for _ in range(ROUNDS)])
            told = f"{words}: right after a sale ({written.processor:.0f} of the processor here)"
            yield Row(f"{page}_{period}_{kind}_write", told, WRITTEN, written.wall, "ms")


def _median(looks: list[Look]) -> Look:
    return Look(statistics.median(one.wall for one in looks), statistics.median(one.processor for one in looks))


def _written(world: SalesWorld, demo: DemoSite, call: Call) -> Look:
    world.installation.workplace.write(world.store, _sell)
    return _looked(demo, call)


def _sell(work: Work) -> None:
    values = {"kind": "sale", "store": FIRST_STORE + 1, "associate": FIRST_ASSOCIATE + 5, "sold_on": LAST_DAY}
    made = create(work, "sale", values)
    create(work, "sale_line", {"sale": made.id, "product": FIRST_PRODUCT, "quantity": 2, "price": 90})


def _looked(demo: DemoSite, call: Call) -> Look:
    found = TABLE.find(call.method, call.path)
    if not isinstance(found, Found):
        raise RuntimeError(f"there is no {call.path}")
    told = replace(call, parameters=found.parameters)
    before, busy = time.perf_counter(), time.process_time()
    answer = packed(dispatch.read(found.route, told, demo.site))
    look = Look((time.perf_counter() - before) * 1000, (time.process_time() - busy) * 1000)
    if answer.status_code != 200:
        raise RuntimeError(f"{call.path} answers {answer.status_code}")
    return look


def _call(demo: DemoSite, account: str, page: str, period: str) -> Call:
    """The look of somebody who is signed in."""
    token = demo.installation.database.write(lambda session: start_session(session, demo.user(session, account), NOW))
    return Call("GET", f"/app/{page}", {}, (("period", period),), {}, {SESSION_COOKIE: token}, "127.0.0.1", "bench")
