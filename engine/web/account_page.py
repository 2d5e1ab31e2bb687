"""One's own page as it looks: preferences, seats and delegations, API tokens."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from engine.diagnostics import Message
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.sessions import tokens_of_user
from engine.runtime.identity.users import User, user_by_id
from engine.runtime.work import Work
from engine.runtime.workflow.phrases import phrases_of
from engine.web import delegations
from engine.web.calls import Call
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.token_scopes import scope_words
from engine.widgets.formats import format_instant


def account_page(
    work: Work, call: Call, site: Site, problems: Mapping[str, str], status: int, made: str = ""
) -> Response:
    """The page with what is wrong by field; `made` is a new token, shown this once."""
    user = user_by_id(work.session, work.context.principal.user_id)
    values = {
        "title": Message("我的账号", "My account").text(work.context.language),
        "tab": "account",
        "user": user,
        "problems": problems,
        "phrases": call.form_first().get("phrases")
        or "\n".join(phrases_of(work.session, work.context.principal.user_id, work.context.language)),
        "made": made,
        "tokens": _tokens(work, user) if user else [],
        **delegations.values(work),
    }
    return page_response(work, call, site, "account.html", values, status=status)


def _tokens(work: Work, user: User) -> list[tuple[str, str, str, str]]:
    """(id, label, what it may do, until when) of each token."""
    context = work.context
    return [
        (
            encode_id(one.id),
            one.label,
            scope_words(one.scopes, context.language),
            format_instant(one.expires_at, context.language, context.now, context.zone),
        )
        for one in tokens_of_user(work.session, user, context.now)
    ]
