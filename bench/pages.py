"""Pages: the CPU that the HTML of a page with 20 widgets takes beyond its queries, in process."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench.report import Row
from bench.server import Server
from engine.application import Installation, make_site, open_installation
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.pages import Item, Page
from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import user_by_account
from engine.runtime.live_settings import LiveSettings
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.settings import Settings
from engine.runtime.workers import Workers
from engine.web.calls import Call
from engine.web.pages import show_page
from engine.web.site import Site
from tests.web.counted import Count, CountedSession

WIDGETS = 20
PAGE, READER = "store_home", "tang_li"
ROUNDS, REQUESTS = 5, 20
BAR = 3.0


def measured() -> list[Row]:
    """CPU milliseconds a page beyond what its statements take, the median of five rounds."""
    with tempfile.TemporaryDirectory(prefix="dougong-bench-") as name:
        with Server.of_engine(Path(name), act="start"):
            pass
        return [page_row(Path(name))]


def page_row(folder: Path) -> Row:
    """The figure for an installation that holds the demo."""
    installation = open_installation(Settings(data=folder, demo=True))
    installation.models.serve(with_page(installation.models.current()))
    workers = Workers()
    site = make_site(installation, workers, LiveSettings(installation.settings))
    try:
        rounds = [_round(installation, site) for _ in range(ROUNDS + 1)][1:]
    finally:
        workers.close()
        installation.database.close()
    queries = statistics.median(one[1] for one in rounds)
    words = f"HTML of {WIDGETS} widgets, CPU beyond {queries:.1f} ms in its queries"
    return Row("page_html", words, BAR, statistics.median(one[0] for one in rounds), "ms")


def with_page(model: AppModel) -> AppModel:
    """The model with a page of 20 widgets: those of a shipped dashboard, from the start again until there are enough."""
    page = model.pages[PAGE]
    widgets = [item for item in page.walk() if not item.items]
    items = tuple(_numbered(widgets[at % len(widgets)], at) for at in range(WIDGETS))
    many: Page = replace(page, name="many", items=items)
    return replace(model, pages={**model.pages, "many": many})


def _numbered(item: Item, number: int) -> Item:
    return replace(item, id=f"w{number}")


def _round(installation: Installation, site: Site) -> tuple[float, float]:
    """Milliseconds of CPU a page beyond its statements, and in them."""
    count = Count()

    def pages(session: Session) -> float:
        counted = CountedSession(session, count)
        work = installation.workplace.open(counted, _reader(installation, session))
        show_page(work, _call(), site)
        count.empty()
        before = time.thread_time()
        for _ in range(REQUESTS):
            answer = show_page(work, _call(), site)
            if answer.status_code != 200 or bytes(answer.body).count(b"span-") < WIDGETS:
                raise RuntimeError("the page is not what it should be")
        return time.thread_time() - before

    whole = installation.database.read(pages)
    return (whole - count.seconds) * 1000 / REQUESTS, count.seconds * 1000 / REQUESTS


def _reader(installation: Installation, session: Session) -> Context:
    """The reader's context at this moment."""
    settings = installation.settings
    user = user_by_account(session, READER)
    if user is None:
        raise RuntimeError(f"the demo has no {READER}")
    at = Circumstances(datetime.now(UTC), "zh-CN", settings.zone, "bench")
    return context_for(session, installation.models.current(), user, at)


def _call() -> Call:
    return Call("GET", "/app/many", {"page": "many"}, (), {}, {}, "127.0.0.1", "bench")
