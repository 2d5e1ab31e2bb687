"""Who is asking: the context of a request, from its session cookie or API token."""

from __future__ import annotations

from dataclasses import replace

from engine.model.access import Role
from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.model.errors import NotFound
from engine.runtime.database.protocol import Session
from engine.runtime.identity.screens import screen_of
from engine.runtime.identity.sessions import SignedIn, session_of, token_of
from engine.runtime.identity.stamp import stamp_of
from engine.runtime.identity.users import User
from engine.runtime.organisation.contexts import Circumstances, context_of
from engine.web.calls import POST_COOKIE, SESSION_COOKIE, Call
from engine.web.site import Site

READING = frozenset({"*:read"})
"""The scopes of what reads and does nothing else."""
NOBODY = Principal(user_id=0, name="", roles=frozenset())


def identify(session: Session, model: AppModel, call: Call, site: Site) -> Context:
    """The caller's context; somebody who is not signed in has user 0 and no role."""
    now = site.clock.now()
    signed_in = _signed_in(session, call, site)
    chosen = call.chosen_language or (signed_in.user.locale if signed_in else None) or call.language
    locale = chosen or site.settings.language
    zone = (signed_in.user.zone if signed_in else None) or site.settings.zone
    if signed_in is None:
        return Context(principal=NOBODY, now=now, locale=locale, zone=zone, request_id=call.request_id)
    at = Circumstances(now, locale, zone, call.request_id)
    standing = site.standings.standing(session, model, signed_in.user.id, at.day, signed_in.stamp)
    post = call.cookies.get(POST_COOKIE, "") if call.token is None else ""
    if any(one.key == post for one in standing.posts):
        standing = site.standings.standing(session, model, signed_in.user.id, at.day, signed_in.stamp, post)
    context = context_of(signed_in.user, standing, at, signed_in.scopes)
    role = model.roles.get(signed_in.view_as) if signed_in.view_as else None
    return seen_as(context, role) if role and context.principal.administrator else context


def screen_context(session: Session, model: AppModel, call: Call, site: Site) -> Context:
    """The context of a screen link: its person's standing, or one role of it, to read alone. Raises NotFound."""
    now = site.clock.now()
    found = screen_of(session, call.parameters.get("token", ""), now)
    if found is None or not may_be_here(found[1], site):
        raise NotFound
    screen, user = found
    at = Circumstances(now, user.locale or site.settings.language, user.zone or site.settings.zone, call.request_id)
    standing = site.standings.standing(session, model, user.id, at.day, stamp_of(session))
    context = context_of(user, standing, at, READING)
    kept = frozenset({screen.role}) & context.principal.roles if screen.role else context.principal.roles
    return replace(context, principal=replace(context.principal, roles=kept, administrator=False, designer=False))


def _signed_in(session: Session, call: Call, site: Site) -> SignedIn | None:
    now = site.clock.now()
    if call.token is not None:
        found = token_of(session, call.token, now)
    else:
        cookie = call.cookies.get(SESSION_COOKIE)
        found = session_of(session, cookie, now) if cookie else None
    return found if found is not None and may_be_here(found.user, site) else None


def may_be_here(user: User, site: Site) -> bool:
    """Demo accounts, whose password everybody knows, are good in a demonstration alone."""
    return site.settings.demo or not user.demo


def seen_as(context: Context, role: Role) -> Context:
    """The application as a role sees it, from the administrator's own seats; reading only."""
    principal = replace(context.principal, roles=frozenset({role.name}), administrator=False, designer=False)
    return replace(context, principal=principal, viewing_as=role.name)
