"""Screens: a dashboard on a wall, tiles that fill it, live; by a person who is signed in, or by a link that opens it alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from engine.diagnostics import Message
from engine.model.errors import BadRequest, NotFound
from engine.model.pages import Item, Page, PageKind
from engine.runtime.demo.marking import mark_of
from engine.runtime.identity.screens import due_to_remember, remember_screen, screen_of
from engine.runtime.query.cursors import open_cursor, seal_cursor
from engine.runtime.work import Work
from engine.web.calls import Call, whole_number
from engine.web.conditions import is_visible
from engine.web.dispatch import Afterwards
from engine.web.feed import OpenPage
from engine.web.headlines import headline
from engine.web.live import LiveAnswer, Since
from engine.web.scenes import scene_for
from engine.web.site import Site
from engine.web.watches import Answerer, read_watches
from engine.widgets.render import translator

SHOWN = {"kpi": 1.0, "chart": 2.4, "heat_map": 2.4, "table": 2.4, "figure_table": 2.4, "pivot": 2.4}
"""What stands on a wall, and how high it is beside others; what is for hands stays away."""
ROOM = 6.0
"""How high what stands on one sheet may be: a row of figures and two of charts."""
WIDE = 12
TURN = 20
"""Seconds after which the next sheet comes, unless the dashboard says otherwise."""
_LEADING = re.compile(r'(<a\b[^>]*?) href="[^"]*"')
BOUND = "screen"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the wall at a time: rows of items of a page."""

    page: Page
    rows: tuple[tuple[Item, ...], ...]


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /app/{page}/screen?at=…: one sheet of the dashboard, as its reader sees it."""
    page = dashboard_of(work, call.parameters["page"])
    return _screen(work, call, site, page, "/live", "")


def show_by_link(work: Work, call: Call, site: Site) -> Response | Afterwards:
    """GET /screen/{token}?at=…: the dashboard of a screen link, and those that it turns to."""
    token = call.parameters["token"]
    found = screen_of(work.session, token, work.context.now)
    if found is None:
        raise NotFound
    answer = _screen(work, call, site, dashboard_of(work, found[0].page), f"/screen/{token}/live", token)
    screen, now = found[0], work.context.now
    if not due_to_remember(screen, now):
        return answer

    def respond() -> Response:
        site.workplace.database.write(lambda session: remember_screen(session, screen, now))
        return answer

    return Afterwards(respond)


def follow_by_link(work: Work, call: Call, site: Site) -> Response:
    """GET /screen/{token}/live?on=…: changes of what the screen shows, and of nothing else: it was sealed when it was shown."""
    token, age = call.parameters["token"], call.first.get("age", "0")
    sealed = open_cursor(work.key, f"{BOUND}:{token}", call.first.get("on", ""), 1)
    watches = read_watches(str(sealed[0]))
    if not watches or not (age.isascii() and age.isdigit() and len(age) < 13):
        raise BadRequest(Message("没有说明大屏显示了什么", "It is not said what the screen shows"))
    if call.method == "HEAD":
        return Response(media_type=LiveAnswer.media_type)
    page = OpenPage(token, work.context.principal.user_id, watches)
    return LiveAnswer(site, page, Since(None, int(age) / 1000))


def dashboard_of(work: Work, name: str) -> Page:
    """A dashboard that the reader may open. Raises NotFound."""
    page = work.model.pages.get(name)
    if page is None or page.kind is not PageKind.DASHBOARD or not page.roles & work.context.principal.roles:
        raise NotFound
    return page


def sheets_of(work: Work, page: Page) -> tuple[Sheet, ...]:
    """The sheets of a dashboard and of those that it turns to, as far as the reader may open them."""
    roles = work.context.principal.roles
    others = [one for name in page.turns_to if (one := work.model.pages.get(name)) is not None]
    pages = [page, *(one for one in others if one.kind is PageKind.DASHBOARD and one.roles & roles)]
    return tuple(sheet for one in pages for sheet in _sheets(one, roles))


def _sheets(page: Page, roles: frozenset[str]) -> Iterator[Sheet]:
    shown = [one for one in page.items if one.widget in SHOWN and (one.roles is None or one.roles & roles)]
    rows: list[tuple[Item, ...]] = []
    height = 0.0
    for row in _rows(shown):
        high = max(SHOWN[one.widget] for one in row)
        if rows and height + high > ROOM:
            yield Sheet(page, tuple(rows))
            rows, height = [], 0.0
        rows.append(row)
        height += high
    yield Sheet(page, tuple(rows))


def _rows(items: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    row: list[Item] = []
    for one in items:
        alike = not row or (row[0].widget == "kpi") == (one.widget == "kpi")
        if row and (not alike or sum(other.span for other in row) + one.span > WIDE):
            yield tuple(row)
            row = []
        row.append(one)
    if row:
        yield tuple(row)


def _screen(work: Work, call: Call, site: Site, page: Page, live: str, token: str) -> Response:
    work = work.for_page()
    sheets = sheets_of(work, page)
    at = (whole_number(call.first.get("at", "")) or 0) % len(sheets)
    sheet = sheets[at]
    scene, answers = scene_for(work, call, page=sheet.page), Answerer(work)
    render = site.renderer.items
    rows = [
        (
            all(one.widget == "kpi" for one in row),
            [(one.span, _still(render((one,), scene, answers, is_visible))) for one in row],
        )
        for row in sheet.rows
    ]
    shown = answers.shown
    language = work.context.language
    values = {
        "title": sheet.page.label.text(language),
        "mark": mark_of(work.session, language),
        "headline": headline(work, sheet.page, scene),
        "rows": [(low, [one for one in row if one[1].strip()]) for low, row in rows],
        "widget_sheets": list(site.renderer.sheets(sheet.page.items)),
        "live": live,
        "watched": seal_cursor(work.key, f"{BOUND}:{token}", (shown,)) if token and shown else shown,
        "at": work.context.now.astimezone(ZoneInfo(work.context.zone)).strftime("%H:%M:%S"),
        "next": f"{call.path}?at={(at + 1) % len(sheets)}" if len(sheets) > 1 else "",
        "number": at + 1,
        "count": len(sheets),
        "turn": page.turns_after or TURN,
        "leave": "" if token else f"/app/{page.name}",
        "theme": "light" if page.light_screen else "dark",
        "language": language,
        "t": translator(language),
        "path": call.path,
    }
    return HTMLResponse(site.renderer.environment.get_template("screen.html").render(values))


def _still(html: Markup) -> Markup:
    """What stands on a wall leads nowhere."""
    return Markup(_LEADING.sub(r"\1", str(html)))
