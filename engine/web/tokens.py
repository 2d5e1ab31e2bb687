"""API tokens on one's own page: made, shown once, revoked."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.errors import BadRequest, NotFound
from engine.runtime.identifiers import decode_id
from engine.runtime.identity.sessions import NewToken, make_token, revoke_token
from engine.runtime.identity.users import user_by_id
from engine.runtime.work import Work
from engine.web.account_page import account_page
from engine.web.calls import Call
from engine.web.form_values import required_text
from engine.web.responses import see_other
from engine.web.site import Site
from engine.web.token_scopes import chosen_scopes

LONGEST_LIFE = 365
"""Days that a token lasts at most."""


def save(work: Work, call: Call, site: Site) -> Response:
    """Make a token and show its text this once, or revoke one. Raises BadRequest, NotFound."""
    form, user = call.form_first(), user_by_id(work.session, work.context.principal.user_id)
    if user is None:
        raise NotFound
    if form.get("act") == "revoke":
        if not revoke_token(work.session, user.id, decode_id(required_text(form, "token"))):
            raise NotFound
        return see_other("/account")
    days = form.get("days", "")
    if not days.isascii() or not days.isdigit() or not 1 <= int(days[:6]) <= LONGEST_LIFE:
        raise BadRequest(Message(f"有效期为 1 到 {LONGEST_LIFE} 天", f"A token lasts from 1 to {LONGEST_LIFE} days"))
    new = NewToken(work.ids.next(), required_text(form, "name"), chosen_scopes(work, form), timedelta(days=int(days)))
    text = make_token(work.session, user, new, work.context.now)
    return account_page(work, call, site, {}, 200, made=text)
