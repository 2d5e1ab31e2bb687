"""Signing in and out, preferences of the browser, and looking through a role."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, urlsplit

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import Forbidden, NotFound
from engine.runtime.audit import append
from engine.runtime.identity.devices import device_of
from engine.runtime.identity.second_factor import is_on
from engine.runtime.identity.sessions import (
    ProvenElsewhere,
    WrongCredentials,
    check_credentials,
    end_session,
    proven_elsewhere,
    start_session,
)
from engine.runtime.identity.sessions import view_as as look_through
from engine.runtime.identity.tickets import LIFE, Purpose, make_ticket
from engine.runtime.identity.tries import check_tries, count_failure, forget_failures
from engine.runtime.identity.users import User, all_users
from engine.runtime.openid.providers import provider_of, providers
from engine.runtime.work import Work
from engine.web.auditing import act_of
from engine.web.calls import (
    FIGURES_COOKIE,
    LANGUAGE_COOKIE,
    PROVIDER_COOKIE,
    SECOND_STEP_COOKIE,
    SESSION_COOKIE,
    THEME_COOKIE,
    Call,
)
from engine.web.negotiation_trial import trial_address
from engine.web.responses import see_other
from engine.web.shell import FIGURES, bare_response
from engine.web.signed_in import may_be_here
from engine.web.site import Site

YEAR = 31_536_000
LONGEST_COOKIE = 3_800
DEMO_PASSWORD = "dougong-demo"


def sign_in_page(work: Work, call: Call, site: Site) -> Response:
    return _page(work, call, site, None, 200)


def credentials(work: Work, call: Call, site: Site) -> User | None:
    """Whose credentials the form holds; hashing takes its time, so it is done before the write transaction."""
    account, subjects = _account(call)
    for subject in subjects:
        check_tries(work.session, subject, work.context.now)
    user = check_credentials(work.session, account, call.form_first().get("password", "")[:1000])
    return user if user is not None and may_be_here(user, site) else None


def _account(call: Call) -> tuple[str, tuple[str, str]]:
    """The account that is tried, and the two subjects whose failures are counted."""
    account = call.form_first().get("name", "").strip().lower()[:100]
    return account, (f"account:{account}", f"address:{call.client}")


def sign_in(work: Work, call: Call, site: Site) -> Response:
    """Start a session, or go on to the second step. A wrong try is counted and answered, never thrown: the count must stay."""
    (_, subjects), form, now, user = _account(call), call.form_first(), work.context.now, call.prepared
    if not isinstance(user, User):
        for subject in subjects:
            count_failure(work.session, subject, now)
        append(work.session, work.ids, act_of(call, work.context, "sign_in", "refused"))
        return _page(work, call, site, WrongCredentials(), 401)
    forget_failures(work.session, subjects[0])
    target = safe_path(form.get("next", "/"))
    if is_on(work.session, user.id):
        return to_second_step(work, site, user, target)
    append(work.session, work.ids, replace(act_of(call, work.context, "sign_in"), actor=user.id))
    return with_session(see_other(target), work, call, site, user)


def to_second_step(work: Work, site: Site, user: User, target: str) -> Response:
    """On to the second step, for whom this browser has just given the first."""
    ticket = make_ticket(work.session, Purpose.SECOND_STEP, user, work.context.now)
    response = see_other(f"/sign-in/second-step?next={quote(target, safe='/')}")
    life = int(LIFE[Purpose.SECOND_STEP].total_seconds())
    response.set_cookie(
        SECOND_STEP_COOKIE, ticket, max_age=life, httponly=True, samesite="lax", secure=_secure(site), path="/"
    )
    return response


def with_session(
    response: Response, work: Work, call: Call, site: Site, user: User, by: ProvenElsewhere | None = None
) -> Response:
    """The response with the cookie of a new session of the user in this browser; the one that it had before ends."""
    device = device_of(call.headers.get("user-agent", ""))
    end_session(work.session, call.cookies.get(SESSION_COOKIE, ""))
    token = start_session(work.session, user, work.context.now, device, by)
    response.set_cookie(
        SESSION_COOKIE, token, max_age=14 * 86400, httponly=True, samesite="lax", secure=_secure(site), path="/"
    )
    return response


def sign_in_again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The page for signing in, with what went wrong."""
    return _page(work, call, site, error, error.status)


def sign_out(work: Work, call: Call, site: Site) -> Response:
    cookie = call.cookies.get(SESSION_COOKIE, "")
    by = proven_elsewhere(work.session, cookie) if cookie else None
    provider = provider_of(work.session, by.provider) if by is not None else None
    end_session(work.session, cookie)
    if by is None or provider is None or not provider.single_logout:
        response = see_other("/sign-in")
    else:
        response = see_other(f"/sign-in/with/{provider.name}/leave")
        keep_for_a_moment(response, site, by.proof)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


def keep_for_a_moment(response: Response, site: Site, text: str, seconds: int = 120) -> None:
    """What the next steps with a provider need, sealed, in this browser alone; what is too long for a cookie is left out."""
    if 0 < len(text) <= LONGEST_COOKIE:
        response.set_cookie(
            PROVIDER_COOKIE, text, max_age=seconds, httponly=True, samesite="lax", secure=_secure(site), path="/sign-in"
        )


def prefer(work: Work, call: Call, site: Site) -> Response:
    """Language, theme, and the colours of figures that moved, of this browser."""
    form = call.form_first()
    response = see_other(safe_path(form.get("next") or _back(call)))
    if form.get("language") in {"zh", "en"}:
        response.set_cookie(LANGUAGE_COOKIE, form["language"], max_age=YEAR, samesite="lax", path="/")
    if form.get("theme") in {"auto", "light", "dark"}:
        response.set_cookie(THEME_COOKIE, form["theme"], max_age=YEAR, samesite="lax", path="/")
    if form.get("figures") in FIGURES:
        response.set_cookie(FIGURES_COOKIE, form["figures"], max_age=YEAR, samesite="lax", path="/")
    return response


def view_as(work: Work, call: Call, site: Site) -> Response:
    """Look at the application through a role, reading only; an empty role stops it. For administrators."""
    role = call.form_first().get("role", "")
    if not work.context.viewing_as and not work.context.principal.administrator:
        raise Forbidden
    if role and work.context.viewing_as:
        raise Forbidden(Message("请先退出当前的角色视角", "Stop viewing as the other role first"))
    if role and role not in work.model.roles:
        raise NotFound
    look_through(work.session, call.cookies.get(SESSION_COOKIE, ""), role or None)
    return see_other("/")


def _page(work: Work, call: Call, site: Site, error: DougongError | None, status: int) -> Response:
    language = work.context.language
    accounts = []
    if site.settings.demo:
        accounts = [
            (user.account, user.name_en if language == "en" and user.name_en else user.name)
            for user in all_users(work.session)
            if user.demo
        ]
    values = {
        "next": safe_path(call.first.get("next", call.form_first().get("next", "/"))),
        "name": call.form_first().get("name", ""),
        "message": error.message.text(language) if error else "",
        "accounts": accounts,
        "ways": [(one.name, one.label(language)) for one in providers(work.session) if one.on],
        "trial": trial_address(work),
    }
    return bare_response(work, call, site, "shell/sign_in.html", values, status)


def safe_path(wished: str) -> str:
    """A path of ours; anything else is the start page."""
    ours = wished.startswith("/") and not wished.startswith(("//", "/\\")) and wished.isprintable()
    return wished if ours else "/"


def _secure(site: Site) -> bool:
    return site.settings.by_https


def _back(call: Call) -> str:
    parts = urlsplit(call.headers.get("referer", ""))
    return safe_path(parts.path + (f"?{parts.query}" if parts.query else "")) if parts.path else "/"
