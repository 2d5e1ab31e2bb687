"""Pages: the CPU that the HTML of a page with 20 widgets takes beyond its queries, in process.

The page is the store manager's home as it is shipped, 18 widgets, and its first two again: 10 figures (two with a trend
of twelve months), a gauge, a line over the days, a heat map of weekdays and hours, a ranking of ten, a radar, a funnel,
three tables of five rows, links; read by one store's manager.

Three figures of the same requests: what is left when the answering of the widgets' needs (rights, statements, rows) is
taken off, with charts of figures that have not changed and with every chart drawn anew; and what is left when only the
time in SQL statements is taken off.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from bench.demo_site import DemoSite, demo_site
from bench.report import Row
from engine.model.app import AppModel
from engine.model.pages import Item, Page
from engine.runtime.database.protocol import Session
from engine.runtime.work import Work
from engine.web.answers import answer_need
from engine.web.calls import Call
from engine.web.headlines import headline
from engine.web.pages import show_page
from engine.web.scenes import scene_for
from engine.web.site import Site
from engine.widgets.chart.drawing import chart_of
from tests.web.counted import Count, CountedSession

WIDGETS = 20
PAGE, READER = "store_home", "tang_li"
ROUNDS, REQUESTS = 5, 20
BAR = 3.0


def measured() -> list[Row]:
    """CPU milliseconds a page beyond what its statements take, the median of five rounds."""
    with demo_site() as demo:
        models = demo.installation.models
        models.serve(with_page(models.current()))
        rounds = [_round(demo) for _ in range(ROUNDS + 1)][1:]
    html, anew, whole, queries = (statistics.median(figures) for figures in zip(*rounds, strict=True))
    words = f"HTML of {WIDGETS} widgets, CPU beyond answering its needs"
    return [
        Row("page_html", f"{words}, figures unchanged", BAR, html, "ms"),
        Row("page_html_anew", f"{words}, every chart drawn anew", BAR, anew, "ms"),
        Row("page_whole", f"the same page, all CPU beyond {queries:.1f} ms in its statements", BAR, whole, "ms"),
    ]


def with_page(model: AppModel) -> AppModel:
    """The model with a page of 20 widgets: those of a shipped dashboard, from the start again until there are enough."""
    page = model.pages[PAGE]
    widgets = [item for item in page.walk() if not item.items]
    items = tuple(_numbered(widgets[at % len(widgets)], at) for at in range(WIDGETS))
    many: Page = replace(page, name="many", items=items)
    return replace(model, pages={**model.pages, "many": many})


def _numbered(item: Item, number: int) -> Item:
    return replace(item, id=f"w{number}")


def _round(demo: DemoSite) -> tuple[float, float, float, float]:
    """Medians in milliseconds of CPU: beyond the answers, the same with charts drawn anew, beyond statements, in them."""
    count = Count()

    def pages(session: Session) -> list[tuple[float, float, float, float]]:
        reader = demo.context(session, demo.user(session, READER))
        work = demo.installation.workplace.open(CountedSession(session, count), reader)
        _shown(work, demo.site)
        return [_request(work, demo.site, count) for _ in range(REQUESTS)]

    figures = zip(*demo.installation.database.read(pages), strict=True)
    html, anew, whole, queries = (statistics.median(one) * 1000 for one in figures)
    return html, anew, whole, queries


def _request(work: Work, site: Site, count: Count) -> tuple[float, float, float, float]:
    """Seconds of one page asked for twice, charts remembered and forgotten, with its needs answered beside it."""
    count.empty()
    whole = _timed(lambda: _shown(work, site))
    statements = count.seconds
    answers = _timed(lambda: _answered(work, site))
    chart_of.cache_clear()
    anew = _timed(lambda: _shown(work, site))
    return whole - answers, anew - answers, whole - statements, statements


def _timed(act: Callable[[], None]) -> float:
    before = time.thread_time()
    act()
    return time.thread_time() - before


def _shown(work: Work, site: Site) -> None:
    answer = show_page(work, _call(), site)
    if answer.status_code != 200 or bytes(answer.body).count(b"span-") < WIDGETS:
        raise RuntimeError("the page is not what it should be")


def _answered(work: Work, site: Site) -> None:
    """Everything that the page's widgets and its headline ask for, answered as the page does and thrown away."""
    work = work.for_page()
    page = work.model.pages["many"]
    scene = scene_for(work, _call(), page=page)
    for item in page.items:
        for need in site.renderer.modules[item.widget].needs(item, scene).values():
            answer_need(work, scene, need)
    headline(work, page, scene)


def _call() -> Call:
    return Call("GET", "/app/many", {"page": "many"}, (), {}, {}, "127.0.0.1", "bench")
