"""One's own page: language, zone, password, sessions."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import FieldProblem, ValidationFailed
from engine.runtime.identity.sessions import end_all_sessions
from engine.runtime.identity.users import (
    BadAccount,
    check_password,
    hash_password,
    set_password,
    set_preferences,
)
from engine.runtime.work import Work
from engine.web.account_page import account_page
from engine.web.calls import Call
from engine.web.responses import see_other
from engine.web.site import Site


def show(work: Work, call: Call, site: Site) -> Response:
    return account_page(work, call, site, {}, 200)


def new_hash(work: Work, call: Call, site: Site) -> str | None:
    """The hash of a new password, None when it is not about one; hashing takes its time. Raises ValidationFailed."""
    form, user = call.form_first(), work.context.principal.user_id
    if form.get("act") != "password":
        return None
    if not check_password(work.session, user, form.get("current", "")):
        words = Message("当前密码不正确", "The current password is wrong")
        raise ValidationFailed((FieldProblem("current", "wrong", words),))
    try:
        return hash_password(form.get("new", ""))
    except BadAccount as error:
        raise ValidationFailed((FieldProblem("new", "too_short", error.message),)) from error


def save(work: Work, call: Call, site: Site) -> Response:
    """Save preferences, or a new password: then every session ends and one signs in anew."""
    form, user = call.form_first(), work.context.principal.user_id
    if isinstance(call.prepared, str):
        set_password(work.session, user, call.prepared)
        return see_other("/sign-in")
    zone = form.get("zone", "")
    if zone and not _is_zone(zone):
        words = Message("没有这个时区,例如 Asia/Shanghai", "There is no such zone; one is Asia/Shanghai")
        raise ValidationFailed((FieldProblem("zone", "unknown", words),))
    locale = form.get("locale", "")
    set_preferences(work.session, user, locale if locale in {"zh-CN", "en"} else None, zone or None)
    return see_other("/account")


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    problems = (
        {one.field: one.message.text(work.context.language) for one in error.problems}
        if isinstance(error, ValidationFailed)
        else {}
    )
    return account_page(work, call, site, problems or {"": error.message.text(work.context.language)}, error.status)


def sign_out_everywhere(work: Work, call: Call, site: Site) -> Response:
    end_all_sessions(work.session, work.context.principal.user_id)
    return see_other("/sign-in")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
