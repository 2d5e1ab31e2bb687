"""Standings: a user's roles, seats and unit sets on a day, remembered as long as nobody's place was changed."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock

from engine.model.app import AppModel
from engine.model.context import SeatHeld
from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import all_users, direct_roles, roles_of
from engine.runtime.organisation.members import delegations_to, members_of, memberships_of, memberships_on, seat_of
from engine.runtime.organisation.units import UnitTree, unit_tree


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is in the organisation on a day: roles that the model knows, seats, the unit sets of formulas."""

    roles: frozenset[str]
    administrator: bool
    seats: tuple[SeatHeld, ...]
    scopes: Mapping[str, frozenset[int]]


class Standings:
    """Standings of the users seen last, each good for one stamp, one model and one day; those of one model are kept."""

    def __init__(self, size: int = 20_000) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[object, ...], Standing] = OrderedDict()
        self._model = ""
        self._lock = Lock()

    def standing(self, session: Session, model: AppModel, user: int, day: date, stamp: int | None) -> Standing:
        """A user's standing; `stamp` was read in this transaction."""
        key = (stamp, model.fingerprint, user, day)
        found = self._kept.get(key)
        if found is None:
            found = standing_of(session, model, user, day)
            with self._lock:
                if self._model != model.fingerprint:
                    self._kept.clear()
                    self._model = model.fingerprint
                self._kept[key] = found
                while len(self._kept) > self._size:
                    self._kept.popitem(last=False)
        return found


def standing_of(session: Session, model: AppModel, user: int, day: date) -> Standing:
    """Direct roles, roles of seats held and of seats acted on, and the unit sets of formulas."""
    tree = unit_tree(session, day)
    held = [(one.unit, one.seat) for one in memberships_of(session, user, day)]
    acted = [(one.unit, one.seat) for one in delegations_to(session, user, day)]
    seats = tuple(
        SeatHeld(unit, name, frozenset(seat.roles), seat.head)
        for unit, name in dict.fromkeys([*held, *acted])
        if (seat := seat_of(model, tree, unit, name)) is not None
    )
    roles = frozenset(roles_of(session, user)) | frozenset(role for seat in seats for role in seat.roles)
    known = frozenset(role for role in roles if role in model.roles)
    units = frozenset(seat.unit for seat in seats)
    scopes = {
        "user.units": units,
        "user.subtree": tree.below(units),
        "user.reports": _reports(session, tree, seats, user, day),
    }
    return Standing(known, any(model.roles[role].administers for role in known), seats, scopes)


def holders_by_role(session: Session, model: AppModel, day: date) -> dict[str, int]:
    """How many people who may sign in hold each role on a day, by a seat or directly."""
    tree, holders = unit_tree(session, day), set[tuple[str, int]]()
    holders.update((role, user) for user, roles in direct_roles(session).items() for role in roles)
    for one in memberships_on(session, day):
        seat = seat_of(model, tree, one.unit, one.seat)
        holders.update((role, one.user) for role in (seat.roles if seat else ()))
    active = {user.id for user in all_users(session) if not user.disabled}
    return dict(Counter(role for role, user in holders if user in active))


def _reports(session: Session, tree: UnitTree, seats: tuple[SeatHeld, ...], user: int, day: date) -> frozenset[int]:
    """Everybody with a seat in or below a unit that the user heads."""
    headed = tree.below(frozenset(seat.unit for seat in seats if seat.head))
    return frozenset(one.user for unit in headed for one in members_of(session, unit, day) if one.user != user)
