"""Signing in by a provider: out to its page, back with a code, and signed out when it says so."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime, timedelta

from starlette.responses import RedirectResponse, Response

from engine.model.errors import NotFound
from engine.runtime.audit import append
from engine.runtime.identity.second_factor import is_on
from engine.runtime.identity.sessions import ProvenElsewhere, end_sessions_of_provider
from engine.runtime.identity.tries import check_tries, count_failure
from engine.runtime.openid.exchange import Journey, Proven, way_out, way_to
from engine.runtime.openid.faults import SignInFault
from engine.runtime.openid.people import person_of
from engine.runtime.openid.proofs import SKEW, Check, Claims, logout_claims
from engine.runtime.openid.providers import Provider, provider_of
from engine.runtime.work import Work
from engine.web.auditing import act_of
from engine.web.calls import PROVIDER_COOKIE, Call
from engine.web.dispatch import Afterwards
from engine.web.origins import origin_of
from engine.web.provider_proofs import (
    MINUTES,
    Outward,
    carried_journey,
    opened_proof,
    sealed_journey,
    sealed_proof,
    sealed_second,
)
from engine.web.responses import see_other
from engine.web.sessions import keep_for_a_moment, safe_path, sign_in_again, to_second_step, with_session
from engine.web.shell import bare_response
from engine.web.signed_in import may_be_here
from engine.web.site import Site

LONGEST = 4_000


def start(work: Work, call: Call, site: Site) -> Afterwards:
    """GET /sign-in/with/{provider}: out to its page. Raises NotFound."""
    provider = _provider(work, call)
    out = Outward(
        provider.name, Journey(), back_address(call, site, provider.name), safe_path(call.first.get("next", "/"))
    )
    cookie = sealed_journey(work, out)

    def respond() -> Response:
        try:
            metadata = site.exchange.directory.metadata(work.context, provider)
        except SignInFault as fault:
            return _refused(work, call, site, fault)
        response = RedirectResponse(way_to(provider, metadata, out.journey, out.back), status_code=303)
        keep_for_a_moment(response, site, cookie, MINUTES * 60)
        return response

    return Afterwards(respond)


def finish(work: Work, call: Call, site: Site) -> Afterwards:
    """GET /sign-in/with/{provider}/back: who came back, and a session for them. Raises NotFound, TooManyRequests."""
    provider = _provider(work, call)
    check_tries(work.session, f"address:{call.client}", work.context.now)
    out = carried_journey(work, call)

    def respond() -> Response:
        try:
            proven = _proven(work, call, site, provider, out)
            return site.workplace.write(work.context, lambda after: _let_in(after, call, site, provider, proven, out))
        except SignInFault as fault:
            return _refused(work, call, site, fault)

    return Afterwards(respond)


def leave(work: Work, call: Call, site: Site) -> Afterwards:
    """GET /sign-in/with/{provider}/leave: on to the provider's own sign-out, when it has one. Raises NotFound."""
    provider, token = _provider(work, call), opened_proof(work, call)

    def respond() -> Response:
        try:
            metadata = site.exchange.directory.metadata(work.context, provider)
        except SignInFault:
            return see_other("/sign-in")
        address = way_out(provider, metadata, token, f"{origin_of(call, site)}/sign-in")
        if not address:
            return see_other("/sign-in")
        values = {"address": address, "label": provider.label(work.context.language)}
        response = site.workplace.read(
            work.context, lambda after: bare_response(after, call, site, "shell/leave.html", values, 200)
        )
        response.headers["refresh"] = f"0; url={address}"
        response.delete_cookie(PROVIDER_COOKIE, path="/sign-in")
        return response

    return Afterwards(respond)


def ended(work: Work, call: Call, site: Site) -> Afterwards:
    """POST /sign-in/with/{provider}/ended: the provider says that somebody has signed out there. Raises NotFound."""
    provider, token = _provider(work, call), call.form_first().get("logout_token", "")

    def respond() -> Response:
        try:
            directory = site.exchange.directory
            metadata = directory.metadata(work.context, provider)
            claims = logout_claims(Check(work.context, provider, metadata, directory), token)
        except SignInFault as fault:
            return Response(
                status_code=fault.status if fault.status >= 500 else 400, headers={"cache-control": "no-store"}
            )
        site.workplace.write(work.context, lambda after: _end(after, call, provider, claims))
        return Response(status_code=200, headers={"cache-control": "no-store"})

    return Afterwards(respond)


def back_address(call: Call, site: Site, provider: str) -> str:
    """Where the provider sends people back to; it must know this address."""
    return f"{origin_of(call, site)}/sign-in/with/{provider}/back"


def _provider(work: Work, call: Call) -> Provider:
    found = provider_of(work.session, call.parameters["provider"])
    if found is None or not found.on:
        raise NotFound
    return found


def _proven(work: Work, call: Call, site: Site, provider: Provider, out: Outward | None) -> Proven:
    """What the provider proves of who came back, in the browser that went out. Raises SignInFault."""
    asked = call.first
    state = asked.get("state", "")
    if (
        out is None
        or out.provider != provider.name
        or not hmac.compare_digest(state.encode(), out.journey.state.encode())
    ):
        raise SignInFault("stale", "回来的不是这个浏览器出去的那一次", "What came back is not what this browser began")
    if "iss" in asked and asked["iss"] != provider.issuer:
        raise SignInFault("unproven", "回来的不是这个登录服务", "What came back is of another provider")
    if asked.get("error"):
        error = asked["error"][:60]
        raise SignInFault("refused", f"登录服务回答 {error}", f"The provider answered {error}")
    code = asked.get("code", "")
    if not code or len(code) > LONGEST:
        raise SignInFault("refused", "没有授权码", "There is no code")
    return site.exchange.proven(work.context, provider, out.journey, code, out.back)


def _let_in(work: Work, call: Call, site: Site, provider: Provider, proven: Proven, out: Outward | None) -> Response:
    """A session for the person, or on to the second step where the provider has not asked for one. Raises SignInFault."""
    user = person_of(work, provider, proven)
    if not may_be_here(user, site):
        raise SignInFault("unknown", "演示账号只能在演示中登录", "A demonstration's account is good in one alone")
    target, strong = out.target if out else "/", _strong(provider, proven)
    by = ProvenElsewhere(provider.name, proven.subject, proven.text("sid"), sealed_proof(work, proven.token), strong)
    if is_on(work.session, user.id) and not strong:
        response = to_second_step(work, site, user, target)
        keep_for_a_moment(response, site, sealed_second(work, user, by), MINUTES * 60)
        return response
    append(work.session, work.ids, replace(act_of(call, work.context, "sign_in"), actor=user.id))
    response = with_session(see_other(target), work, call, site, user, by)
    response.delete_cookie(PROVIDER_COOKIE, path="/sign-in")
    return response


def _strong(provider: Provider, proven: Proven) -> bool:
    """Whether the provider says, in the words that were agreed, that it asked for a second factor."""
    methods = proven.claims.get("amr")
    said = {str(one) for one in methods} if isinstance(methods, list) else set()
    return bool((said | {proven.text("acr")}) & set(provider.strong))


def _refused(work: Work, call: Call, site: Site, fault: SignInFault) -> Response:
    """The page for signing in, with the reason; written down in codes."""

    def note(after: Work) -> None:
        if fault.status < 500:
            count_failure(after.session, f"address:{call.client}", after.context.now)
        act = act_of(call, after.context, "sign_in", "refused")
        append(after.session, after.ids, replace(act, subject=f"{act.subject} fault={fault.word}"))

    site.workplace.write(work.context, note)
    page = replace(call, path="/sign-in")
    response = site.workplace.read(work.context, lambda after: sign_in_again(after, page, site, fault))
    response.delete_cookie(PROVIDER_COOKIE, path="/sign-in")
    return response


def _end(work: Work, call: Call, provider: Provider, claims: Claims) -> None:
    """End what was opened before the notice was made: the same notice once more ends nothing newer."""
    subject, there = claims.get("sub"), claims.get("sid")
    by = ProvenElsewhere(
        provider.name, subject if isinstance(subject, str) else "", there if isinstance(there, str) else ""
    )
    issued = datetime.fromtimestamp(float(str(claims["iat"])), work.context.now.tzinfo) + timedelta(seconds=SKEW)
    end_sessions_of_provider(work.session, by, issued)
    append(work.session, work.ids, act_of(call, work.context, "ended_by_provider"))
