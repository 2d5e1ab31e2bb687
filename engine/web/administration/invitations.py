"""Invitations: who was invited and has not joined yet; a new link, or the invitation taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import NotFound
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.tickets import Purpose, end_tickets, open_invitations
from engine.runtime.identity.users import User, all_users, direct_roles, user_by_id, users_without_password
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.form_values import required_text
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

PATH = "/admin/invitations"


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """Somebody who has not chosen a password yet; `until` is empty when no link of theirs works."""

    user: str
    name: str
    account: str
    roles: str
    until: str


def show(work: Work, call: Call, site: Site) -> Response:
    return _page(work, call, site)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def withdraw(work: Work, call: Call, site: Site) -> Response:
    """End the link of an invitation; the account stays, without a way in. Raises NotFound."""
    user = user_by_id(work.session, decode_id(required_text(call.form_first(), "user")))
    if user is None or user.id not in users_without_password(work.session):
        raise NotFound
    end_tickets(work.session, Purpose.INVITATION, user.id)
    return see_other(f"{PATH}?done=withdrawn")


def _page(work: Work, call: Call, site: Site, message: str = "", status: int = 200) -> Response:
    language = work.context.language
    waiting, open_until = users_without_password(work.session), open_invitations(work.session, work.context.now)
    roles = direct_roles(work.session)
    people = [user for user in all_users(work.session) if user.id in waiting and not user.disabled]
    people.sort(key=lambda user: (user.id not in open_until, user.account))
    done = Message("邀请已撤回", "The invitation is taken back")
    values = {
        "title": Message("邀请", "Invitations").text(language),
        "people": [_row(work, user, open_until.get(user.id), roles.get(user.id, [])) for user in people],
        "message": message,
        "done": done.text(language) if call.first.get("done") and call.method == "GET" else "",
    }
    return page_response(work, call, site, "administration/invitations.html", values, status=status)


def _row(work: Work, user: User, until: datetime | None, roles: list[str]) -> InvitationRow:
    context = work.context
    labels = [work.model.roles[name].label.text(context.language) for name in roles if name in work.model.roles]
    return InvitationRow(
        user=encode_id(user.id),
        name=user.label,
        account=user.account,
        roles=("、" if context.language == "zh" else ", ").join(labels),
        until=format_instant(until, context.language, context.now, context.zone) if until else "",
    )
