"""Posts: somebody with four posts changes to another one on a customer's page, on a database of a million rows.

The page is that of the customer with the most rows of their unit, and of one with as many as most have. The server's CPU,
in process: the choice and the page that the browser then asks for, each with its session, its rights and its compression.
From press to paint, in Chromium, against a server of its own. What the statements of both cost the database, and whether
one of them scans a big table. One post after another as a person would.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from starlette.responses import Response

from bench.customer_world import CustomerWorld, customer_worlds
from bench.demo_site import TABLE, DemoSite, site_of
from bench.painted import Paint, pressed, signed_in
from bench.plans import Cost, plans_of
from bench.report import Row
from bench.server import Server
from engine.runtime.database.protocol import Session
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.sessions import start_session
from engine.runtime.identity.users import set_roles
from engine.web import dispatch
from engine.web.calls import POST_COOKIE, SESSION_COOKIE, Call
from engine.web.packing import packed
from engine.web.site import Site
from engine.web.url_table import Found
from tests.web.counted import Asked, Count

HOLDER, MORE_ROLES = "zhou_hang", ("solution_engineer", "delivery_manager", "service")
ROUNDS = 10
BAR, SERVER_BAR = 300.0, 60.0
"""Milliseconds: from press to paint; and of the server's CPU, a fifth of that."""
Send = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with several posts: their session, the keys of their posts, pages of customers by how many rows they have."""

    session: str
    posts: tuple[str, ...]
    pages: tuple[str, ...]


def measured() -> list[Row]:
    """CPU, paint and plans on each database."""
    with customer_worlds() as worlds:
        return [row for world in worlds for row in _in_world(world)]


def _in_world(world: CustomerWorld) -> Iterator[Row]:
    with site_of(world.opened()) as demo:
        holder = _holder(world, demo)
        send = _sent(demo.site)
        _changed(holder, send)
        took = sorted(one for _ in range(ROUNDS) for one in _changed(holder, send))
        costs = _costs(world, demo, holder)
    words = f"change of the post on a customer's page, {world.rows:,} rows on {world.kind}"
    yield Row(f"post_{world.kind}", f"{words}: the server's CPU, median", SERVER_BAR, statistics.median(took), "ms")
    yield Row(f"post_{world.kind}_p95", f"{words}: the server's CPU, p95", SERVER_BAR, _p95(took), "ms")
    scans = sorted({table for one in costs for table in one.scans})
    told = f"{words}: of {len(costs)} statements, those that scan a big table {' '.join(scans)}".strip()
    yield Row(f"post_{world.kind}_scans", told, 0, sum(bool(one.scans) for one in costs), "")
    paints = _painted(world, holder)
    parts = [statistics.median(one) for one in zip(*((p.answered, p.placed, p.painted) for p in paints), strict=True)]
    told = f"{words}: press to paint (answer {parts[0]:.0f}, placed {parts[1]:.0f}, painted {parts[2]:.0f})"
    whole = sorted(one.whole for one in paints)
    yield Row(f"post_{world.kind}_paint", f"{told}, median", BAR, statistics.median(whole), "ms")
    yield Row(f"post_{world.kind}_paint_p95", f"{told}, p95 of {len(whole)}", BAR, _p95(whole), "ms")


def _p95(ordered: list[float]) -> float:
    return ordered[int(len(ordered) * 0.95)]


def _painted(world: CustomerWorld, holder: Holder) -> list[Paint]:
    """Paints of all changes, after a round that nobody counts."""
    found: list[Paint] = []
    with Server.of_engine(world.home.folder, world.database) as server:
        base = f"http://127.0.0.1:{server.port}"
        with signed_in(base, SESSION_COOKIE, holder.session) as page:
            for address in holder.pages:
                page.goto(base + address)
                rounds = [[pressed(page, _button(post)) for post in holder.posts] for _ in range(ROUNDS + 1)]
                found += [one for each in rounds[1:] for one in each]
    return found


def _button(post: str) -> str:
    return f'[data-posts] button[value="{post}"]'


def _changed(holder: Holder, send: Send) -> list[float]:
    """Milliseconds of each change, through all posts once on each page."""
    took = []
    for address in holder.pages:
        for post in holder.posts:
            before = time.thread_time()
            choice = replace(_call("POST", "/post", holder, ""), form=(("post", post), ("next", address)))
            statuses = send(choice).status_code, send(_call("GET", address, holder, post)).status_code
            took.append((time.thread_time() - before) * 1000)
            if statuses != (303, 200):
                raise RuntimeError(f"the post was not changed: {statuses}")
    return took


def _costs(world: CustomerWorld, demo: DemoSite, holder: Holder) -> list[Cost]:
    """What the statements of a change cost, through all posts, and of the counts that the page asks for when it stands."""
    count = Count()
    _changed(holder, lambda call: demo.asked_by(call, count))
    for post in holder.posts:
        demo.asked_by(_call("GET", "/api/inbox/count", holder, post), count)
    plans = plans_of(world.home)
    try:
        return [plans.cost(one) for one in _once(count.asked)]
    finally:
        plans.close()


def _once(asked: list[Asked]) -> list[Asked]:
    return list({(one.statement.sql, repr(sorted(one.parameters.items()))): one for one in asked}.values())


def _sent(site: Site) -> Send:
    """The whole answer as it is sent, in this thread."""

    def send(call: Call) -> Response:
        found = TABLE.find(call.method, call.path)
        if not isinstance(found, Found):
            raise RuntimeError(f"there is no {call.path}")
        return packed(dispatch.read(found.route, replace(call, parameters=found.parameters), site))

    return send


def _call(method: str, path: str, holder: Holder, post: str) -> Call:
    cookies = {SESSION_COOKIE: holder.session, POST_COOKIE: post}
    return Call(method, path, {}, (), {}, cookies, "127.0.0.1", "bench")


def _holder(world: CustomerWorld, demo: DemoSite) -> Holder:
    """Somebody who is given three more roles, with the customer of their unit that has the most rows and a usual one."""

    def prepare(session: Session) -> Holder:
        user = demo.user(session, HOLDER)
        set_roles(session, user.id, MORE_ROLES)
        context = demo.context(session, user)
        customers = world.customers(next(iter(context.scopes["user.units"])))
        pages = tuple(f"/r/customer/{encode_id(one)}" for one in (customers[0], customers[len(customers) // 2]))
        return Holder(start_session(session, user, context.now), tuple(one.key for one in context.posts), pages)

    return demo.installation.database.write(prepare)
