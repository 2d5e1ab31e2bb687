"""One's own page: language, zone; seats and delegations, API tokens beside them."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import FieldProblem, ValidationFailed
from engine.runtime.identity.users import set_preferences
from engine.runtime.work import Work
from engine.runtime.workflow.phrases import keep_phrases
from engine.web.account_page import account_page
from engine.web.calls import LANGUAGE_COOKIE, LOCALES, Call
from engine.web.responses import see_other
from engine.web.security_page import problems_of
from engine.web.site import Site


def show(work: Work, call: Call, site: Site) -> Response:
    return account_page(work, call, site, {}, 200)


def save(work: Work, call: Call, site: Site) -> Response:
    """Save preferences, or phrases; the language holds in this browser at once. Raises ValidationFailed."""
    form, user = call.form_first(), work.context.principal.user_id
    if form.get("act") == "phrases":
        keep_phrases(work, form.get("phrases", ""))
        return see_other("/account")
    zone = form.get("zone", "").strip()
    if zone:
        check_zone(zone)
    locale = form.get("locale", "")
    set_preferences(work.session, user, locale if locale in LOCALES.values() else None, zone or None)
    response = see_other("/account")
    response.delete_cookie(LANGUAGE_COOKIE, path="/")
    return response


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return account_page(work, call, site, problems_of(error, work.context.language), error.status)


def check_zone(name: str) -> None:
    """Raises ValidationFailed for what is no time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        words = Message("没有这个时区，例如 Asia/Shanghai", "There is no such zone; one is Asia/Shanghai")
        raise ValidationFailed((FieldProblem("zone", "unknown", words),)) from None
