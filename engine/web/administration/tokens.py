"""API tokens of everybody: whose, for what, until when; ended by administration."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import NotFound
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.sessions import UserToken, all_tokens, revoke_token
from engine.runtime.identity.users import User, all_users
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.form_values import required_text
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.token_scopes import scope_words
from engine.widgets.formats import format_instant

PATH = "/admin/tokens"
STATES = {"": Message("全部", "All"), "good": Message("有效", "Good"), "ended": Message("已失效", "Ended")}


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as administration reads it."""

    id: str
    label: str
    user: str
    owner: str
    scopes: str
    since: str
    until: str
    ended: bool


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/tokens?state=…"""
    return _page(work, call, site)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def revoke(work: Work, call: Call, site: Site) -> Response:
    """End a token of somebody. Raises NotFound."""
    form = call.form_first()
    if not revoke_token(work.session, decode_id(required_text(form, "user")), decode_id(required_text(form, "token"))):
        raise NotFound
    return see_other(f"{PATH}?done=revoked")


def _page(work: Work, call: Call, site: Site, message: str = "", status: int = 200) -> Response:
    language, asked = work.context.language, call.first
    state = asked.get("state", "") if asked.get("state", "") in STATES else ""
    users = {user.id: user for user in all_users(work.session)}
    everything = all_tokens(work.session, work.context.now)
    found = [one for one in everything if not state or one.ended == (state == "ended")]
    done = Message("令牌已失效", "The token has ended") if asked.get("done") and call.method == "GET" else None
    values = {
        "title": Message("API 令牌", "API tokens").text(language),
        "tokens": [_row(work, one, users[one.user]) for one in found],
        "any": bool(everything),
        "state": state,
        "filters": [
            (f"{PATH}?state={name}" if name else PATH, label.text(language), name == state)
            for name, label in STATES.items()
        ],
        "message": message,
        "done": done.text(language) if done else "",
    }
    return page_response(work, call, site, "administration/tokens.html", values, status=status)


def _row(work: Work, one: UserToken, user: User) -> TokenRow:
    context, known = work.context, one.known
    return TokenRow(
        id=encode_id(known.id),
        label=known.label,
        user=encode_id(user.id),
        owner=user.label,
        scopes=scope_words(known.scopes, context.language),
        since=format_instant(known.created_at, context.language, context.now, context.zone),
        until=format_instant(known.expires_at, context.language, context.now, context.zone),
        ended=one.ended,
    )
