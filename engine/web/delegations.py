"""Delegations on one's own page: letting somebody act on one's seat, or be asked in approvals, for some days."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from engine.model.errors import NotFound
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.users import all_users
from engine.runtime.organisation.members import (
    Delegation,
    delegate,
    delegations_from,
    delegations_to,
    end_delegation,
    managers_of,
    memberships_of,
    seat_of,
)
from engine.runtime.organisation.units import UnitTree, unit_tree
from engine.runtime.work import Work
from engine.runtime.workflow.delegations import ApprovalDelegation, entrusted_by, entrusted_to
from engine.web.approval_delegations import (
    end_approvals,
    field_groups,
    flow_choices,
    operator_choices,
    save_approvals,
    scope_words,
)
from engine.web.calls import Call
from engine.web.form_values import day_in, required_text
from engine.web.organisation_page import span
from engine.web.responses import see_other
from engine.web.site import Site


@dataclass(frozen=True, slots=True)
class Entrusted:
    """What somebody does for another, a seat or approvals: both as words, and the days; `end` is the act that ends it."""

    id: str
    person: str
    what: str
    dates: str
    end: str


def save(work: Work, call: Call, site: Site) -> Response:
    """Delegate a seat of one's own or one's approvals, or take either back. Raises BadRequest, NotFound."""
    match call.form_first().get("act"):
        case "end":
            _end_seat(work, call)
        case "approvals":
            save_approvals(work, call)
        case "end_approvals":
            end_approvals(work, call)
        case _:
            _save_seat(work, call)
    return see_other("/account")


def _end_seat(work: Work, call: Call) -> None:
    identity = decode_id(required_text(call.form_first(), "delegation"))
    if not end_delegation(work.session, work.context.principal.user_id, identity, work.context.today):
        raise NotFound


def _save_seat(work: Work, call: Call) -> None:
    form, day, user = call.form_first(), work.context.today, work.context.principal.user_id
    unit, _, seat = required_text(form, "seat").partition("/")
    to_user = decode_id(required_text(form, "user"))
    if not any(one.id == to_user and not one.disabled for one in all_users(work.session)):
        raise NotFound
    since, until = day_in(form, "since") or day, day_in(form, "until")
    delegate(work.session, Delegation(work.ids.next(), user, to_user, decode_id(unit), seat, since, until))


def values(work: Work) -> dict[str, object]:
    """What one's own page shows of seats and delegations."""
    user, day = work.context.principal.user_id, work.context.today
    tree = unit_tree(work.session, day)
    names = {one.id: one.label for one in all_users(work.session)}
    held = memberships_of(work.session, user, day)
    given, taken = delegations_from(work.session, user, day), delegations_to(work.session, user, day)
    return {
        "today": day.isoformat(),
        "seats": [(f"{encode_id(one.unit)}/{one.seat}", _seat(work, tree, one.unit, one.seat)) for one in held],
        "managers": [names.get(one, "—") for one in managers_of(work.session, work.model, user, day)[:3]],
        "given": [
            *(_entrusted(work, tree, one, names.get(one.to_user, "—")) for one in given),
            *(_approvals(work, one, names.get(one.to_user, "—")) for one in entrusted_by(work.session, user, day)),
        ],
        "taken": [
            *(_entrusted(work, tree, one, names.get(one.from_user, "—")) for one in taken),
            *(_approvals(work, one, names.get(one.from_user, "—")) for one in entrusted_to(work.session, user, day)),
        ],
        "flows": flow_choices(work),
        "fields": field_groups(work),
        "operators": operator_choices(work),
        "people": sorted(
            (one.label, encode_id(one.id)) for one in all_users(work.session) if not one.disabled and one.id != user
        ),
    }


def _entrusted(work: Work, tree: UnitTree, one: Delegation, person: str) -> Entrusted:
    days = span(one.valid_from, one.valid_to, work, work.context.today)
    return Entrusted(encode_id(one.id), person, _seat(work, tree, one.unit, one.seat), days, "end")


def _approvals(work: Work, one: ApprovalDelegation, person: str) -> Entrusted:
    days = span(one.valid_from, one.valid_to, work, work.context.today)
    return Entrusted(encode_id(one.id), person, scope_words(work, one), days, "end_approvals")


def _seat(work: Work, tree: UnitTree, unit: int, seat: str) -> str:
    """A seat in words: its unit and its name."""
    language, found = work.context.language, seat_of(work.model, tree, unit, seat)
    place = tree.units[unit].label(language) if unit in tree.units else "—"
    return f"{place} · {found.label.text(language) if found else seat}"
