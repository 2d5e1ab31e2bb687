"""One's own security page: the password, the second factor in a line, and where one is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, FieldProblem, NotFound, ValidationFailed
from engine.runtime.audit import append
from engine.runtime.identity.devices import device_words, is_handheld
from engine.runtime.identity.known_sessions import end_session_of, end_sessions, sessions_of_user
from engine.runtime.identity.second_factor import is_on, recovery_codes_left
from engine.runtime.identity.users import BadAccount, User, hash_password, set_password, user_by_id
from engine.runtime.work import Work
from engine.web.admission import second_factor_demanded
from engine.web.auditing import act_of
from engine.web.calls import SESSION_COOKIE, Call
from engine.web.form_values import required_text
from engine.web.proofs import WRONG_PASSWORD, count_password, password_fits
from engine.web.responses import see_other
from engine.web.sessions import with_session
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

PATH = "/account/security"
DONE = {
    "password": Message("密码已更换，其他设备已退出", "Password changed; every other device is signed out"),
    "sessions": Message("已退出", "Signed out there"),
    "off": Message("两步验证已关闭", "Two-step sign-in is off"),
}


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session as it is read."""

    handle: str
    device: str
    icon: str
    since: str
    seen: str
    this: bool


def show(work: Work, call: Call, site: Site) -> Response:
    return _page(work, call, site, {}, 200)


def new_hash(work: Work, call: Call, site: Site) -> str | None:
    """The hash of the new password, None when the current one is wrong. Raises ValidationFailed, TooManyRequests."""
    if not password_fits(work, call):
        return None
    try:
        return hash_password(call.form_first().get("new", ""))
    except BadAccount as error:
        raise ValidationFailed((FieldProblem("new", "too_short", error.message),)) from error


def change_password(work: Work, call: Call, site: Site) -> Response:
    """A new password: everything given out before ends, this browser goes on in a new session."""
    user = own_user(work)
    if not count_password(work, isinstance(call.prepared, str)):
        append(work.session, work.ids, act_of(call, work.context, "account", "refused"))
        return _page(work, call, site, {"current": WRONG_PASSWORD.text(work.context.language)}, 422)
    set_password(work.session, user.id, str(call.prepared))
    append(work.session, work.ids, act_of(call, work.context, "account"))
    return with_session(see_other(f"{PATH}?done=password"), work, call, site, own_user(work))


def end(work: Work, call: Call, site: Site) -> Response:
    """End one of one's sessions, or all but this one. Raises NotFound."""
    form, user = call.form_first(), work.context.principal.user_id
    if form.get("act") == "others":
        end_sessions(work.session, user, but=call.cookies.get(SESSION_COOKIE, ""))
    elif form.get("act") != "end":
        raise BadRequest(Message("不认识的操作", "There is no such act"))
    elif not end_session_of(work.session, user, required_text(form, "session")):
        raise NotFound
    return see_other(f"{PATH}?done=sessions")


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, problems_of(error, work.context.language), error.status)


def problems_of(error: DougongError, language: str) -> Mapping[str, str]:
    """What is wrong by field; under no name what is about the whole."""
    if isinstance(error, ValidationFailed):
        return {one.field: one.message.text(language) for one in error.problems}
    return {"": error.message.text(language)}


def own_user(work: Work) -> User:
    """The caller as a user. Raises NotFound."""
    user = user_by_id(work.session, work.context.principal.user_id)
    if user is None:
        raise NotFound
    return user


def session_lines(work: Work, user: User, token: str) -> list[SessionLine]:
    """The sessions of a user in words, the one of `token` first."""
    context = work.context

    def when(at: object) -> str:
        return format_instant(at, context.language, context.now, context.zone)  # type: ignore[arg-type]

    return [
        SessionLine(
            one.handle,
            device_words(one.device, context.language),
            "smartphone" if is_handheld(one.device) else "monitor",
            when(one.created_at),
            when(one.seen_at),
            one.this,
        )
        for one in sessions_of_user(work.session, user, context.now, token)
    ]


def _page(work: Work, call: Call, site: Site, problems: Mapping[str, str], status: int) -> Response:
    language, user = work.context.language, own_user(work)
    done = DONE.get(call.first.get("done", "")) if call.method == "GET" else None
    values = {
        "title": Message("我的账号", "My account").text(language),
        "tab": "security",
        "user": user,
        "problems": problems,
        "done": done.text(language) if done else "",
        "second_factor": is_on(work.session, user.id),
        "demanded": second_factor_demanded(work.context, site),
        "codes_left": recovery_codes_left(work.session, user.id),
        "sessions": session_lines(work, user, call.cookies.get(SESSION_COOKIE, "")),
    }
    return page_response(work, call, site, "security.html", values, status=status)
