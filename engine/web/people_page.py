"""Administration of people: everybody who has an account, found by name; inviting somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.known_sessions import seen_last
from engine.runtime.identity.second_factor import users_with_second_factor
from engine.runtime.identity.tickets import Purpose, make_ticket, open_invitations
from engine.runtime.identity.users import (
    NewUser,
    User,
    all_users,
    create_user,
    direct_roles,
    user_by_id,
    users_without_password,
)
from engine.runtime.instants import to_micros
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.form_values import required_text
from engine.web.person_page import link_page, role_choices
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

PAGE = 50
STATES = {
    "active": (Message("正常", "Active"), "success"),
    "invited": (Message("待加入", "Invited"), "info"),
    "expired": (Message("邀请已过期", "Invitation ended"), "warning"),
    "disabled": (Message("已停用", "Disabled"), "neutral"),
}
FILTERS = {
    "": Message("全部", "Everybody"),
    "active": STATES["active"][0],
    "invited": STATES["invited"][0],
    "disabled": STATES["disabled"][0],
}


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody as the list shows them."""

    id: str
    user: User
    roles: tuple[str, ...]
    state: str
    state_words: str
    tone: str
    second_factor: bool
    seen: str


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/users?q=…&state=…&after=…: fifty a page, by account."""
    language, asked = work.context.language, call.first
    words, state = asked.get("q", "").strip()[:100], asked.get("state", "")
    state = state if state in FILTERS else ""
    states = _states(work)
    found = [
        user
        for user in all_users(work.session)
        if user.account > asked.get("after", "")
        and _matches(user, words)
        and (not state or states[user.id].replace("expired", "invited") == state)
    ]
    values = {
        "title": Message("人员", "People").text(language),
        "people": _lines(work, found[:PAGE], states),
        "more": _address(words, state, found[PAGE - 1].account) if len(found) > PAGE else "",
        "q": words,
        "state": state,
        "filters": [(_address(words, name), label.text(language), name == state) for name, label in FILTERS.items()],
    }
    return page_response(work, call, site, "people.html", values)


def invite_form(work: Work, call: Call, site: Site) -> Response:
    return _form(work, call, site, None)


def invite(work: Work, call: Call, site: Site) -> Response:
    """A new account without a password, and the link by which its owner chooses one. Raises BadAccount, BadRequest."""
    form, now = call.form_first(), work.context.now
    identity = work.ids.next()
    new = NewUser(
        identity,
        required_text(form, "account").lower(),
        required_text(form, "name"),
        to_micros(now),
        name_en=form.get("name_en", "").strip()[:120] or None,
        roles=tuple(value for name, value in call.form if name == "role" and value in work.model.roles),
        email=form.get("email", ""),
    )
    create_user(work.session, new)
    user = user_by_id(work.session, identity)
    return link_page(work, call, site, identity, make_ticket(work.session, Purpose.INVITATION, user, now))


def invite_again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _form(work, call, site, error)


def _form(work: Work, call: Call, site: Site, error: DougongError | None) -> Response:
    language, form = work.context.language, call.form_first()
    chosen = frozenset(value for name, value in call.form if name == "role")
    values = {
        "title": Message("邀请人员", "Invite a person").text(language),
        "message": error.message.text(language) if error else "",
        "field": str(error.details.get("field", "")) if error else "",
        "given": {name: form.get(name, "") for name in ("account", "name", "name_en", "email")},
        "roles": role_choices(work, chosen),
    }
    return page_response(work, call, site, "invite.html", values, status=error.status if error else 200)


def _states(work: Work) -> dict[int, str]:
    """The state of every user by id."""
    waiting = users_without_password(work.session)
    invited = open_invitations(work.session, work.context.now)
    found = {}
    for user in all_users(work.session):
        pending = "invited" if user.id in invited else "expired"
        found[user.id] = "disabled" if user.disabled else pending if user.id in waiting else "active"
    return found


def _address(words: str, state: str, after: str = "") -> str:
    given = {"q": words, "state": state, "after": after}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"/admin/users?{query}" if query else "/admin/users"


def _matches(user: User, words: str) -> bool:
    text = f"{user.account} {user.name} {user.name_en or ''}".casefold()
    return all(word in text for word in words.casefold().split())


def _lines(work: Work, users: list[User], states: dict[int, str]) -> list[PersonLine]:
    context = work.context
    labels = {name: role.label.text(context.language) for name, role in work.model.roles.items()}
    seen, second, roles = (
        seen_last(work.session, context.now),
        users_with_second_factor(work.session),
        direct_roles(work.session),
    )

    def when(at: datetime | None) -> str:
        return format_instant(at, context.language, context.now, context.zone) if at else "—"

    return [
        PersonLine(
            encode_id(user.id),
            user,
            tuple(labels.get(role, role) for role in roles.get(user.id, ())),
            states[user.id],
            STATES[states[user.id]][0].text(context.language),
            STATES[states[user.id]][1],
            user.id in second,
            when(seen.get(user.id)),
        )
        for user in users
    ]
