"""Posts: the server's CPU when somebody with four posts changes to another one on a customer's page, in process.

The choice and the page that the browser then asks for, each with its session, its rights and its compression, one post
after another as a person would. Network and painting are not in it: the browser's test measures them with a clock.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, replace

from bench.demo_site import DemoSite, demo_site
from bench.report import Row
from engine.model.requests import QueryRequest
from engine.runtime.database.protocol import Session
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.sessions import start_session
from engine.runtime.identity.users import set_roles
from engine.runtime.query.lists import list_records
from engine.web import dispatch
from engine.web.calls import POST_COOKIE, SESSION_COOKIE, Call
from engine.web.packing import packed
from engine.web.routes import ROUTES
from engine.web.site import Site
from engine.web.url_table import Found, UrlTable

HOLDER, MORE_ROLES = "zhou_hang", ("solution_engineer", "delivery_manager", "service")
ROUNDS = 10
BAR = 60.0
"""Milliseconds: our own share, a fifth, of the 300 from press to paint; network, waiting and painting have the rest."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with several posts: their session, the keys of their posts, the page of a customer."""

    session: str
    posts: tuple[str, ...]
    page: str


def measured() -> list[Row]:
    """CPU milliseconds of a change of the post, over the demo data."""
    with demo_site() as demo:
        holder = _holder(demo)
        _changed(demo.site, holder)
        took = sorted(one for _ in range(ROUNDS) for one in _changed(demo.site, holder))
    words = "change of the post on a customer's page: the server's CPU"
    return [
        Row("post_change", f"{words}, median", BAR, statistics.median(took), "ms"),
        Row("post_change_p95", f"{words}, p95", BAR, took[int(len(took) * 0.95)], "ms"),
    ]


def _changed(site: Site, holder: Holder) -> list[float]:
    """Milliseconds of each change, through all posts once."""
    table, took = UrlTable(ROUTES), []
    for post in holder.posts:
        before = time.thread_time()
        choice = replace(_call("POST", "/post", holder, ""), form=(("post", post), ("next", holder.page)))
        chosen = _answered(site, table, choice)
        page = _answered(site, table, _call("GET", holder.page, holder, post))
        took.append((time.thread_time() - before) * 1000)
        if (chosen, page) != (303, 200):
            raise RuntimeError(f"the post was not changed: {chosen}, {page}")
    return took


def _answered(site: Site, table: UrlTable, call: Call) -> int:
    found = table.find(call.method, call.path)
    if not isinstance(found, Found):
        raise RuntimeError(f"there is no {call.path}")
    return packed(dispatch.read(found.route, replace(call, parameters=found.parameters), site)).status_code


def _call(method: str, path: str, holder: Holder, post: str) -> Call:
    cookies = {SESSION_COOKIE: holder.session, POST_COOKIE: post}
    return Call(method, path, {}, (), {}, cookies, "127.0.0.1", "bench")


def _holder(demo: DemoSite) -> Holder:
    """Somebody who is given three more roles, and the customer of the first quote that they see."""

    def prepare(session: Session) -> Holder:
        user = demo.user(session, HOLDER)
        set_roles(session, user.id, MORE_ROLES)
        context = demo.context(session, user)
        work = demo.installation.workplace.open(session, context)
        quote = list_records(work, QueryRequest("quote", (("customer",),), limit=1)).records[0]
        page = f"/r/customer/{encode_id(int(str(quote.cells['customer'])))}"
        return Holder(start_session(session, user, context.now), tuple(one.key for one in context.posts), page)

    return demo.installation.database.write(prepare)
