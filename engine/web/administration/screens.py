"""Screen links: which display shows which dashboard as whom until when; made and ended by administration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, NotFound
from engine.model.pages import Page, PageKind
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.screens import KnownScreen, NewScreen, all_screens, end_screen, make_screen
from engine.runtime.identity.users import User, all_users
from engine.runtime.notifying.readers import context_of_reader
from engine.runtime.work import Work
from engine.web.calls import Call, whole_number
from engine.web.form_values import required_text
from engine.web.origins import origin_of
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

PATH = "/admin/screens"
DAYS = (7, 30, 90, 365)


@dataclass(frozen=True, slots=True)
class ScreenRow:
    """A screen link as administration reads it."""

    id: str
    label: str
    page: str
    person: str
    role: str
    until: str
    seen: str
    ended: bool


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/screens"""
    return _page(work, call, site)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, message=error.message.text(work.context.language), status=error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """POST /admin/screens: make a link, shown once, or end one. Raises BadRequest, NotFound."""
    form = call.form_first()
    if form.get("act") == "end":
        if not end_screen(work.session, decode_id(required_text(form, "screen"))):
            raise NotFound
        return see_other(f"{PATH}?done=ended")
    user, page = _chosen(work, form)
    days = whole_number(form.get("days", "")) or 30
    if days not in DAYS:
        raise BadRequest(Message("有效期不对", "No such life"))
    label = form.get("label", "").strip()[:60] or page.label.text(work.context.language)
    screen = NewScreen(work.ids.next(), page.name, label, form.get("role", ""), timedelta(days=days))
    token = make_screen(work.session, user, screen, work.context.now)
    return _page(work, call, site, link=f"{origin_of(call, site)}/screen/{token}")


def _chosen(work: Work, form: Mapping[str, str]) -> tuple[User, Page]:
    """The person and the dashboard of a new link, which that person, or the one role, may open. Raises BadRequest."""
    person = decode_id(required_text(form, "user"))
    user = next((one for one in all_users(work.session) if one.id == person and not one.disabled), None)
    page = work.model.pages.get(required_text(form, "page"))
    if user is None or page is None or page.kind is not PageKind.DASHBOARD:
        raise BadRequest(Message("请选择看板和人员", "Choose a dashboard and a person"))
    roles = context_of_reader(work, user).principal.roles
    role = form.get("role", "")
    if not page.roles & (roles & {role} if role else roles):
        words = Message(
            "这个人(或所选角色)打不开这个看板", "That person, or the chosen role, may not open this dashboard"
        )
        raise BadRequest(words)
    return user, page


def _page(work: Work, call: Call, site: Site, link: str = "", message: str = "", status: int = 200) -> Response:
    language = work.context.language
    users = {user.id: user for user in all_users(work.session)}
    form = call.form_first()
    done = Message("大屏链接已失效", "The link has ended") if call.first.get("done") and call.method == "GET" else None
    boards = [one for one in work.model.pages.values() if one.kind is PageKind.DASHBOARD]
    values = {
        "title": Message("大屏链接", "Screen links").text(language),
        "screens": [_row(work, one, users.get(one.user)) for one in all_screens(work.session, work.context.now)],
        "pages": sorted((one.label.text(language), one.name) for one in boards),
        "people": sorted((one.called(language), encode_id(one.id)) for one in users.values() if not one.disabled),
        "roles": sorted((one.label.text(language), name) for name, one in work.model.roles.items()),
        "days": DAYS,
        "chosen": form,
        "link": link,
        "message": message,
        "done": done.text(language) if done else "",
    }
    return page_response(work, call, site, "administration/screens.html", values, status=status)


def _row(work: Work, one: KnownScreen, user: User | None) -> ScreenRow:
    context, page, role = work.context, work.model.pages.get(one.page), work.model.roles.get(one.role)
    seen = format_instant(one.seen_at, context.language, context.now, context.zone) if one.seen_at else ""
    return ScreenRow(
        id=encode_id(one.id),
        label=one.label,
        page=page.label.text(context.language) if page else one.page,
        person=user.called(context.language) if user else "—",
        role=role.label.text(context.language) if role else one.role,
        until=format_instant(one.expires_at, context.language, context.now, context.zone),
        seen=seen,
        ended=one.ended,
    )
