"""Posts: the server's CPU when somebody with four posts changes to another one on a customer's page, in process.

The choice and the page that the browser then asks for, each with its session, its rights and its compression, one post
after another as a person would. Network and painting are not in it: the browser's test measures them with a clock.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench.report import Row
from bench.server import Server
from engine.application import Installation, make_site, open_installation
from engine.model.context import Context
from engine.model.requests import QueryRequest
from engine.runtime.database.protocol import Session
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.sessions import start_session
from engine.runtime.identity.users import User, set_roles, user_by_account
from engine.runtime.live_settings import LiveSettings
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.query.lists import list_records
from engine.runtime.settings import Settings
from engine.runtime.workers import Workers
from engine.web import dispatch
from engine.web.calls import POST_COOKIE, SESSION_COOKIE, Call
from engine.web.packing import packed
from engine.web.routes import ROUTES
from engine.web.site import Site
from engine.web.url_table import Found, UrlTable

HOLDER, MORE_ROLES = "zhou_hang", ("solution_engineer", "delivery_manager", "service")
ROUNDS = 10
BAR = 300.0


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with several posts: their session, the keys of their posts, the page of a customer."""

    session: str
    posts: tuple[str, ...]
    page: str


def measured() -> list[Row]:
    """CPU milliseconds of a change of the post, over the demo data."""
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as name:
        with Server.of_engine(Path(name), act="start"):
            pass
        return post_rows(Path(name))


def post_rows(folder: Path) -> list[Row]:
    """The figures for an installation that holds the demo."""
    installation = open_installation(Settings(data=folder, demo=True))
    workers = Workers()
    site = make_site(installation, workers, LiveSettings(installation.settings))
    try:
        holder = _holder(installation)
        _changed(site, holder)
        took = sorted(one for _ in range(ROUNDS) for one in _changed(site, holder))
    finally:
        workers.close()
        installation.database.close()
    words = "change of the post on a customer's page: the server's CPU of the 300 ms from press to paint"
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


def _holder(installation: Installation) -> Holder:
    """Somebody who is given three more roles, and the customer of the first quote that they see."""

    def prepare(session: Session) -> Holder:
        user = user_by_account(session, HOLDER)
        if user is None:
            raise RuntimeError(f"the demo has no {HOLDER}")
        set_roles(session, user.id, MORE_ROLES)
        context = _context(installation, session, user)
        work = installation.workplace.open(session, context)
        quote = list_records(work, QueryRequest("quote", (("customer",),), limit=1)).records[0]
        page = f"/r/customer/{encode_id(int(str(quote.cells['customer'])))}"
        return Holder(start_session(session, user, context.now), tuple(one.key for one in context.posts), page)

    return installation.database.write(prepare)


def _context(installation: Installation, session: Session, user: User) -> Context:
    at = Circumstances(datetime.now(UTC), "zh-CN", installation.settings.zone, "bench")
    return context_for(session, installation.models.current(), user, at)
