"""The set-up of a new installation: who holds the code from the terminal makes the first administrator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.app import AppModel
from engine.model.errors import NotFound, ValidationFailed
from engine.runtime.audit import append
from engine.runtime.identity.administrators import NoAdministratorRole, administrator_roles
from engine.runtime.identity.tickets import Purpose, end_tickets, find_ticket, plain_code, use_ticket
from engine.runtime.identity.tries import check_tries, count_failure
from engine.runtime.identity.users import NewUser, create_user, hash_password, user_by_id, vacant
from engine.runtime.instants import to_micros
from engine.runtime.work import Work
from engine.web.account import check_zone
from engine.web.auditing import act_of
from engine.web.calls import LOCALES, Call
from engine.web.form_values import required_text
from engine.web.responses import see_other
from engine.web.sessions import with_session
from engine.web.shell import bare_response
from engine.web.site import Site

WRONG = Message(
    "设置码不正确，请看启动服务的终端", "The set-up code is wrong; see the terminal that started the server"
)
KEPT = ("code", "name", "account", "locale", "zone")


@dataclass(frozen=True, slots=True)
class Proven:
    """The set-up code fits; the password is hashed."""

    password_hash: str


def show(work: Work, call: Call, site: Site) -> Response:
    """The form, while nobody can sign in."""
    if not vacant(work.session, site.settings.demo):
        return see_other("/")
    return _page(work, call, site, {}, 200)


def proven(work: Work, call: Call, site: Site) -> Proven | None:
    """The hash of the password when the code fits, else None. Raises NotFound when the set-up is over, BadAccount."""
    if not vacant(work.session, site.settings.demo):
        raise NotFound
    check_tries(work.session, _subject(call), work.context.now)
    if find_ticket(work.session, frozenset({Purpose.SET_UP}), _code(call), work.context.now) is None:
        return None
    return Proven(hash_password(call.form_first().get("password", "")))


def set_up(work: Work, call: Call, site: Site) -> Response:
    """Make the administrator and sign them in. A wrong code is counted and answered, never thrown: the count must stay."""
    form, now = call.form_first(), work.context.now
    if not isinstance(call.prepared, Proven):
        count_failure(work.session, _subject(call), now)
        append(work.session, work.ids, act_of(call, work.context, "set_up", "refused"))
        return _page(work, call, site, {"code": WRONG.text(work.context.language)}, 422)
    zone = form.get("zone", "").strip()
    if zone:
        check_zone(zone)
    if not use_ticket(work.session, _code(call)) or not vacant(work.session, site.settings.demo):
        raise NotFound
    locale = form.get("locale", "")
    new = NewUser(
        work.ids.next(),
        required_text(form, "account").lower(),
        required_text(form, "name"),
        to_micros(now),
        call.prepared.password_hash,
        roles=_roles(work.model),
        locale=locale if locale in LOCALES.values() else None,
        zone=zone or None,
    )
    create_user(work.session, new)
    end_tickets(work.session, Purpose.SET_UP)
    append(work.session, work.ids, replace(act_of(call, work.context, "set_up"), actor=new.id))
    user = user_by_id(work.session, new.id)
    if user is None:
        raise NotFound
    return with_session(see_other("/"), work, call, site, user)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    if isinstance(error, ValidationFailed):
        problems = {one.field: one.message.text(work.context.language) for one in error.problems}
    else:
        problems = {str(error.details.get("field", "")): error.message.text(work.context.language)}
    return _page(work, call, site, problems, error.status)


def _roles(model: AppModel) -> tuple[str, ...]:
    found = administrator_roles(model)
    if not found:
        raise NoAdministratorRole
    return found


def _code(call: Call) -> str:
    return plain_code(call.form_first().get("code", ""))


def _subject(call: Call) -> str:
    return f"set_up:{call.client}"


def _page(work: Work, call: Call, site: Site, problems: Mapping[str, str], status: int) -> Response:
    form = call.form_first()
    given = {name: form.get(name, "") for name in KEPT}
    values = {
        "problems": problems,
        "given": {
            **given,
            "zone": given["zone"] or site.settings.zone,
            "locale": given["locale"] or work.context.locale,
        },
        "possible": bool(administrator_roles(work.model)),
        "no_role": NoAdministratorRole().message.text(work.context.language),
    }
    return bare_response(work, call, site, "shell/set_up.html", values, status)
