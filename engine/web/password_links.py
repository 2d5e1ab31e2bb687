"""The page behind a link that an administrator handed over: its owner chooses a password, once."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.runtime.audit import append
from engine.runtime.identity.second_factor import is_on
from engine.runtime.identity.tickets import Purpose, Ticket, find_ticket, use_ticket
from engine.runtime.identity.users import User, hash_password, set_password, user_by_id
from engine.runtime.work import Work
from engine.web.auditing import act_of
from engine.web.calls import Call
from engine.web.responses import see_other
from engine.web.sessions import with_session
from engine.web.shell import bare_response
from engine.web.signed_in import may_be_here
from engine.web.site import Site

LINKS = frozenset({Purpose.INVITATION, Purpose.RESET})


class LinkEnded(DougongError):
    """The link was used, has ended, or never was."""

    code = "link_ended"
    status = 410

    def __init__(self) -> None:
        super().__init__(
            Message(
                "这个链接已用过或已过期，请向管理员再要一个",
                "This link was used or has ended; ask your administrator for another",
            )
        )


def show(work: Work, call: Call, site: Site) -> Response:
    return _page(work, call, site, _ticket(work, call, site), None)


def new_hash(work: Work, call: Call, site: Site) -> str:
    """The hash of the chosen password, made only for who holds a link that still opens. Raises LinkEnded, BadAccount."""
    _ticket(work, call, site)
    return hash_password(call.form_first().get("new", ""))


def choose(work: Work, call: Call, site: Site) -> Response:
    """Set the password and sign in; with a second factor on, by the usual way. Raises LinkEnded."""
    user = _owner(_ticket(work, call, site))
    if not use_ticket(work.session, call.parameters["ticket"]):
        raise LinkEnded
    set_password(work.session, user.id, str(call.prepared))
    done = replace(act_of(call, work.context, "password_link"), actor=user.id, subject="")
    append(work.session, work.ids, done)
    fresh = user_by_id(work.session, user.id)
    if fresh is None or is_on(work.session, user.id):
        return see_other("/sign-in")
    return with_session(see_other("/"), work, call, site, fresh)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    """The form with what is wrong. A link that has ended is said on the page of errors."""
    if isinstance(error, LinkEnded):
        raise error
    return _page(work, call, site, _ticket(work, call, site), error)


def _ticket(work: Work, call: Call, site: Site) -> Ticket:
    found = find_ticket(work.session, LINKS, call.parameters["ticket"][:100], work.context.now)
    if found is None or found.user is None or not may_be_here(found.user, site):
        raise LinkEnded
    return found


def _owner(ticket: Ticket) -> User:
    if ticket.user is None:
        raise LinkEnded
    return ticket.user


def _page(work: Work, call: Call, site: Site, ticket: Ticket, error: DougongError | None) -> Response:
    values = {
        "user": _owner(ticket),
        "invitation": ticket.purpose is Purpose.INVITATION,
        "message": error.message.text(work.context.language) if error else "",
    }
    return bare_response(work, call, site, "shell/choose_password.html", values, error.status if error else 200)
