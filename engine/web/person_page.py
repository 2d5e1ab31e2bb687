"""Administration of one person: roles, seats, sign-in, sessions; links that the administrator hands over."""

from __future__ import annotations

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, NotFound
from engine.runtime.drafts import drop_drafts_of
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.known_sessions import end_session_of, end_sessions
from engine.runtime.identity.second_factor import is_on, switch_off
from engine.runtime.identity.tickets import LIFE, Purpose, end_tickets, make_ticket, open_invitations
from engine.runtime.identity.users import User, disable, has_password, roles_of, set_email, set_roles, user_by_id
from engine.runtime.openid.people import forget_there, known_there
from engine.runtime.openid.providers import providers
from engine.runtime.organisation.members import memberships_of, seat_of
from engine.runtime.organisation.units import unit_tree
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.form_values import required_text
from engine.web.origins import origin_of
from engine.web.responses import see_other
from engine.web.security_page import session_lines
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

PATH = "/admin/users"


def show(work: Work, call: Call, site: Site) -> Response:
    return _page(work, call, site, _person(work, call), "", 200)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, _person(work, call), error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """Set roles, let in or keep out, end sessions, take the second factor away, or make a link. Raises BadRequest, NotFound."""
    form, user = call.form_first(), _person(work, call)
    match form.get("act", ""):
        case "roles":
            _set_roles(work, call, user)
        case "disable":
            _refuse_oneself(work, user)
            disable(work.session, user.id, True)
            drop_drafts_of(work.session, user.id)
            end_tickets(work.session, Purpose.INVITATION, user.id)
            end_tickets(work.session, Purpose.RESET, user.id)
        case "enable":
            disable(work.session, user.id, False)
        case "end_session":
            if not end_session_of(work.session, user.id, required_text(form, "session")):
                raise NotFound
        case "end_sessions":
            end_sessions(work.session, user.id)
        case "reset_second_factor":
            switch_off(work.session, user.id)
        case "email":
            set_email(work.session, user.id, form.get("email", ""))
        case "forget_there":
            if not forget_there(work.session, user.id, required_text(form, "provider")):
                raise NotFound
            end_sessions(work.session, user.id)
        case "link":
            return link_page(work, call, site, user.id, _link_ticket(work, user))
        case _:
            raise BadRequest(Message("不认识的操作", "There is no such act"))
    return see_other(f"{PATH}/{encode_id(user.id)}")


def link_page(work: Work, call: Call, site: Site, user: int, ticket: str) -> Response:
    """The page of a person with a link to hand over, shown this once."""
    found = user_by_id(work.session, user)
    if found is None:
        raise NotFound
    return _page(work, call, site, found, "", 200, link=f"{origin_of(call, site)}/password/{ticket}")


def _link_ticket(work: Work, user: User) -> str:
    """A ticket for choosing a password: an invitation for who never had one, else a reset."""
    if user.disabled:
        raise BadRequest(Message("请先启用该账号", "Enable the account first"))
    purpose = Purpose.RESET if has_password(work.session, user.id) else Purpose.INVITATION
    return make_ticket(work.session, purpose, user, work.context.now)


def _set_roles(work: Work, call: Call, user: User) -> None:
    roles = tuple(value for name, value in call.form if name == "role" and value in work.model.roles)
    lost = set(roles_of(work.session, user.id)) - set(roles)
    if any(role in work.model.roles and work.model.roles[role].administers for role in lost):
        _refuse_oneself(work, user)
    set_roles(work.session, user.id, roles)


def _refuse_oneself(work: Work, user: User) -> None:
    """There is always an administrator left: nobody shuts themselves out."""
    if user.id == work.context.principal.user_id:
        words = Message(
            "不能停用自己，也不能收回自己的管理员角色",
            "You cannot disable yourself or drop your own administrator role",
        )
        raise BadRequest(words)


def _person(work: Work, call: Call) -> User:
    user = user_by_id(work.session, decode_id(call.parameters["user"]))
    if user is None:
        raise NotFound
    return user


def _page(work: Work, call: Call, site: Site, user: User, message: str, status: int, link: str = "") -> Response:
    context, language = work.context, work.context.language
    chosen, invitation = has_password(work.session, user.id), open_invitations(work.session, context.now).get(user.id)
    purpose = Purpose.RESET if chosen else Purpose.INVITATION
    ends = format_instant(context.now + LIFE[purpose], language, context.now, context.zone)
    values = {
        "title": user.label,
        "user": user,
        "id": encode_id(user.id),
        "message": message,
        "link": link,
        "link_ends": ends,
        "has_password": chosen,
        "invited_until": format_instant(invitation, language, context.now, context.zone) if invitation else "",
        "oneself": user.id == context.principal.user_id,
        "second_factor": is_on(work.session, user.id),
        "roles": role_choices(work, frozenset(roles_of(work.session, user.id))),
        "seats": _seats(work, user),
        "sessions": session_lines(work, user, ""),
        "known_there": _known_there(work, user),
    }
    return page_response(work, call, site, "person.html", values, status=status)


def _known_there(work: Work, user: User) -> list[tuple[str, str, str]]:
    """(provider, its label, the subject there) of every way in that is linked."""
    labels = {one.name: one.label(work.context.language) for one in providers(work.session)}
    found = known_there(work.session, user.id)
    return [(one.provider, labels.get(one.provider, one.provider), one.subject) for one in found]


def role_choices(work: Work, held: frozenset[str]) -> list[tuple[str, str, bool]]:
    """(name, label, whether it is held) of every role, by label."""
    language = work.context.language
    every = [(name, role.label.text(language), name in held) for name, role in work.model.roles.items()]
    return sorted(every, key=lambda one: one[1])


def _seats(work: Work, user: User) -> list[tuple[str, str, str, str]]:
    """(unit id, unit, seat, roles of the seat) of every seat held today."""
    language, day = work.context.language, work.context.today
    tree, found = unit_tree(work.session, day), []
    for one in memberships_of(work.session, user.id, day):
        seat = seat_of(work.model, tree, one.unit, one.seat)
        roles = [work.model.roles[role].label.text(language) for role in (seat.roles if seat else ())]
        unit = tree.units.get(one.unit)
        words = ("、" if language == "zh" else ", ").join(roles)
        place, name = unit.label(language) if unit else "—", seat.label.text(language) if seat else one.seat
        found.append((encode_id(one.unit), place, name, words))
    return found
