"""Contexts: a user's roles, seats and unit sets on a day, as every act needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.model.app import AppModel
from engine.model.context import Context, Principal, SeatHeld
from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import User, roles_of
from engine.runtime.organisation.members import delegations_to, members_of, memberships_of, seat_of
from engine.runtime.organisation.units import UnitTree, unit_tree


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When and where an act happens."""

    now: datetime
    locale: str
    zone: str
    request_id: str = ""


def context_for(
    session: Session, model: AppModel, user: User, at: Circumstances, scopes: frozenset[str] | None = None
) -> Context:
    """The context of a user: direct roles, roles of seats held and of seats acted on, and the unit sets of formulas."""
    day = at.now.astimezone(ZoneInfo(at.zone)).date()
    tree = unit_tree(session, day)
    held = [(one.unit, one.seat) for one in memberships_of(session, user.id, day)]
    acted = [(one.unit, one.seat) for one in delegations_to(session, user.id, day)]
    seats = tuple(
        SeatHeld(unit, name, frozenset(seat.roles), seat.head)
        for unit, name in dict.fromkeys([*held, *acted])
        if (seat := seat_of(model, tree, unit, name)) is not None
    )
    roles = frozenset(roles_of(session, user.id)) | frozenset(role for seat in seats for role in seat.roles)
    known = frozenset(role for role in roles if role in model.roles)
    principal = Principal(
        user_id=user.id,
        name=user.label,
        roles=known,
        administrator=any(model.roles[role].administers for role in known),
        token_scopes=scopes,
    )
    units = frozenset(seat.unit for seat in seats)
    return Context(
        principal=principal,
        now=at.now,
        seats=seats,
        scopes={
            "user.units": units,
            "user.subtree": tree.below(units),
            "user.reports": _reports(session, tree, seats, user.id, at, day_units=tree.below(_headed(seats))),
        },
        locale=at.locale,
        zone=at.zone,
        request_id=at.request_id,
    )


def _headed(seats: tuple[SeatHeld, ...]) -> frozenset[int]:
    return frozenset(seat.unit for seat in seats if seat.head)


def _reports(
    session: Session,
    tree: UnitTree,
    seats: tuple[SeatHeld, ...],
    user: int,
    at: Circumstances,
    day_units: frozenset[int],
) -> frozenset[int]:
    """Everybody with a seat in or below a unit that the user heads."""
    day = at.now.astimezone(ZoneInfo(at.zone)).date()
    return frozenset(one.user for unit in day_units for one in members_of(session, unit, day) if one.user != user)
