"""The second step of signing in: a code of the phone, or a recovery code, after the password was right."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from engine.diagnostics import DougongError
from engine.runtime.audit import append
from engine.runtime.identity.second_factor import passes
from engine.runtime.identity.tickets import Purpose, find_ticket, use_ticket
from engine.runtime.identity.users import User
from engine.runtime.work import Work
from engine.web.auditing import act_of
from engine.web.calls import PROVIDER_COOKIE, SECOND_STEP_COOKIE, Call
from engine.web.proofs import WRONG_CODE, code_fits
from engine.web.provider_proofs import carried_proof
from engine.web.responses import see_other
from engine.web.sessions import safe_path, with_session
from engine.web.shell import bare_response
from engine.web.site import Site


def show(work: Work, call: Call, site: Site) -> Response:
    return _page(work, call, site, "", 200) if _waiting(work, call) else see_other("/sign-in")


def proceed(work: Work, call: Call, site: Site) -> Response:
    """Start the session when the code fits. A wrong one is counted and answered, never thrown: the count must stay."""
    user = _waiting(work, call)
    if user is None:
        return see_other("/sign-in")
    if not code_fits(work, user.id, call.form_first().get("code", ""), passes):
        append(work.session, work.ids, replace(act_of(call, work.context, "second_step", "refused"), actor=user.id))
        return _page(work, call, site, WRONG_CODE.text(work.context.language), 401)
    if not use_ticket(work.session, call.cookies.get(SECOND_STEP_COOKIE, "")):
        return see_other("/sign-in")
    append(work.session, work.ids, replace(act_of(call, work.context, "sign_in"), actor=user.id))
    target = see_other(safe_path(call.form_first().get("next", "/")))
    response = with_session(target, work, call, site, user, carried_proof(work, call, user))
    response.delete_cookie(SECOND_STEP_COOKIE, path="/")
    response.delete_cookie(PROVIDER_COOKIE, path="/sign-in")
    return response


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def _waiting(work: Work, call: Call) -> User | None:
    """Who gave the right password in this browser a moment ago."""
    ticket = call.cookies.get(SECOND_STEP_COOKIE, "")
    found = find_ticket(work.session, frozenset({Purpose.SECOND_STEP}), ticket, work.context.now)
    return found.user if found else None


def _page(work: Work, call: Call, site: Site, message: str, status: int) -> Response:
    values = {
        "next": safe_path(call.first.get("next", call.form_first().get("next", "/"))),
        "message": message,
    }
    return bare_response(work, call, site, "shell/second_step.html", values, status)
