"""Pages of reports: what comes to somebody by itself, asked for here or declared; begun on a dashboard, ended here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, NotFound
from engine.model.pages import Page, PageKind
from engine.model.reports import Every, ReportSchedule, Rhythm
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.reports.clock import name_of, report_link
from engine.runtime.reports.slots import last_slot
from engine.runtime.reports.subscriptions import (
    MOST,
    come_back,
    leave,
    left,
    subscribe,
    subscriptions,
    unsubscribe,
)
from engine.runtime.work import Work
from engine.runtime.workflow.calendar import calendar_of
from engine.web.calls import Call, whole_number
from engine.web.figure_watches import watch_lines
from engine.web.form_values import required_text
from engine.web.reports.rhythms import CHOICES, words_of
from engine.web.responses import see_other
from engine.web.security_page import own_user
from engine.web.shell import page_response
from engine.web.site import Site

PATH = "/account/reports"
DONE = {
    "begun": Message("已订阅，到点会发给你", "Subscribed: it comes by itself"),
    "ended": Message("已退订", "It comes no more"),
    "back": Message("已恢复接收", "It comes again"),
}


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report as its receiver reads it; `key` names it in forms, `off` is a declared one that was left."""

    key: str
    label: str
    url: str
    when: str
    declared: bool
    off: bool = False


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /account/reports"""
    return _page(work, call, site)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """POST /account/reports: subscribe to a dashboard, end a subscription, leave a declared report or come back.

    Raises BadRequest, NotFound.
    """
    form = call.form_first()
    match form.get("act"):
        case "subscribe":
            _subscribe(work, form)
            return see_other(f"{PATH}?done=begun")
        case "end":
            if not unsubscribe(work.session, work.context.principal.user_id, decode_id(required_text(form, "report"))):
                raise NotFound
            return see_other(f"{PATH}?done=ended")
        case "leave" | "back" as act:
            names = {name_of(page, one) for page, one in _declared(work)}
            if form.get("report") not in names:
                raise NotFound
            (leave if act == "leave" else come_back)(work, form["report"])
            return see_other(f"{PATH}?done={'ended' if act == 'leave' else 'back'}")
    raise BadRequest(Message("没有说明要做什么", "It is not said what to do"))


def _subscribe(work: Work, form: Mapping[str, str]) -> None:
    page = work.model.pages.get(form.get("page", ""))
    if page is None or page.kind is not PageKind.DASHBOARD or not page.roles & work.context.principal.roles:
        raise NotFound
    rhythm = _rhythm(form)
    user = work.context.principal.user_id
    if len(subscriptions(work.session, user)) >= MOST:
        raise BadRequest(Message(f"最多订阅 {MOST} 个报表", f"At most {MOST} reports"))
    filters = {one.id for one in page.filters}
    query = urlencode([(name, text[:80]) for name, text in parse_qsl(form.get("query", "")) if name in filters])
    here = work.context.now.astimezone(ZoneInfo(own_user(work).zone or work.context.zone))
    subscribe(work, page.name, query, rhythm, last_slot(rhythm, here, calendar_of(work.session).works))


def _rhythm(form: Mapping[str, str]) -> Rhythm:
    chosen = form.get("every", "")
    try:
        at = time.fromisoformat(form.get("at", "").strip()).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise BadRequest(Message("时间写成 08:30", "A time is written 08:30")) from None
    if chosen not in CHOICES:
        raise BadRequest(Message("请选择多久一次", "Choose how often"))
    word = chosen.rstrip("0123456789")
    return Rhythm(Every(word), at, whole_number(chosen.removeprefix(word)) or 1)


def _page(work: Work, call: Call, site: Site, message: str = "", status: int = 200) -> Response:
    language = work.context.language
    done = DONE.get(call.first.get("done", "")) if call.method == "GET" else None
    values = {
        "title": Message("我的账号", "My account").text(language),
        "tab": "reports",
        "reports": [*_own(work), *(_declared_line(work, page, one) for page, one in _declared(work))],
        "watches": list(watch_lines(work)),
        "done": done.text(language) if done else "",
        "message": message,
    }
    return page_response(work, call, site, "reports.html", values, status=status)


def _own(work: Work) -> Iterator[ReportLine]:
    for one in subscriptions(work.session, work.context.principal.user_id):
        page = work.model.pages.get(one.page)
        label = page.label.text(work.context.language) if page else one.page
        yield ReportLine(
            encode_id(one.id),
            label,
            report_link(one.page, one.query),
            words_of(one.rhythm, work.context.language),
            False,
        )


def _declared(work: Work) -> Iterator[tuple[Page, ReportSchedule]]:
    """The declared reports that are meant for the reader."""
    roles = work.context.principal.roles
    for page in work.model.pages.values():
        if page.roles & roles:
            yield from ((page, one) for one in page.reports if one.roles & roles)


def _declared_line(work: Work, page: Page, one: ReportSchedule) -> ReportLine:
    name, language = name_of(page, one), work.context.language
    off = work.context.principal.user_id in left(work.session, name)
    return ReportLine(name, page.label.text(language), f"/app/{page.name}", words_of(one.rhythm, language), True, off)
