"""Sessions of everybody: who is signed in where; ended one by one, or all but one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, NotFound
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.devices import device_words, is_handheld
from engine.runtime.identity.known_sessions import UserSession, all_sessions, end_all_sessions, end_session_of
from engine.runtime.identity.users import User, all_users
from engine.runtime.work import Work
from engine.web.calls import SESSION_COOKIE, Call
from engine.web.form_values import required_text
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

PATH = "/admin/sessions"
PAGE = 50
DONE = {
    "end": Message("已让该设备退出", "That device is signed out"),
    "all": Message("其他人都已退出，须重新登录", "Everybody else is signed out and signs in again"),
}


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as administration reads it."""

    handle: str
    user: str
    name: str
    account: str
    device: str
    icon: str
    since: str
    seen: str
    until: str
    viewing_as: str
    this: bool


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/sessions?q=…&page=…: the ones used last first, fifty a page."""
    return _page(work, call, site)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def end(work: Work, call: Call, site: Site) -> Response:
    """End one session of somebody, or all besides this one. Raises NotFound, BadRequest."""
    form, act = call.form_first(), call.form_first().get("act", "")
    if act == "all":
        end_all_sessions(work.session, call.cookies.get(SESSION_COOKIE, ""))
    elif act != "end":
        raise BadRequest(Message("不认识的操作", "There is no such act"))
    elif not end_session_of(work.session, decode_id(required_text(form, "user")), required_text(form, "session")):
        raise NotFound
    return see_other(f"{PATH}?done={act}")


def _page(work: Work, call: Call, site: Site, message: str = "", status: int = 200) -> Response:
    language, asked = work.context.language, call.first
    words = asked.get("q", "").strip()[:100]
    users = {user.id: user for user in all_users(work.session)}
    everything = all_sessions(work.session, work.context.now, call.cookies.get(SESSION_COOKIE, ""))
    found = [one for one in everything if _matches(users.get(one.user), words)]
    number = int(asked["page"]) if asked.get("page", "").isdecimal() and len(asked["page"]) < 6 else 0
    done = DONE.get(asked.get("done", "")) if call.method == "GET" else None
    values = {
        "title": Message("会话", "Sessions").text(language),
        "sessions": [_row(work, one, users) for one in found[number * PAGE : (number + 1) * PAGE]],
        "total": len(everything),
        "people": len({one.user for one in everything}),
        "more": number + 1 if len(found) > (number + 1) * PAGE else 0,
        "q": words,
        "message": message,
        "done": done.text(language) if done else "",
    }
    return page_response(work, call, site, "administration/sessions.html", values, status=status)


def _matches(user: User | None, words: str) -> bool:
    text = f"{user.account} {user.name} {user.name_en or ''}".casefold() if user else ""
    return all(word in text for word in words.casefold().split())


def _row(work: Work, one: UserSession, users: dict[int, User]) -> SessionRow:
    context, known, user = work.context, one.known, users[one.user]
    role = work.model.roles.get(one.view_as or "")

    def when(at: datetime) -> str:
        return format_instant(at, context.language, context.now, context.zone)

    return SessionRow(
        handle=known.handle,
        user=encode_id(one.user),
        name=user.label,
        account=user.account,
        device=device_words(known.device, context.language),
        icon="smartphone" if is_handheld(known.device) else "monitor",
        since=when(known.created_at),
        seen=when(known.seen_at),
        until=when(one.expires_at),
        viewing_as=role.label.text(context.language) if role else "",
        this=known.this,
    )
