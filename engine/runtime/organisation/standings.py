"""Standings: a user's roles, seats and unit sets on a day, remembered as long as nobody's place was changed."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock

from engine.model.app import AppModel
from engine.model.context import Post, SeatHeld
from engine.model.names import Label
from engine.runtime.database.protocol import Session
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import all_users, direct_roles, may_sign_in, roles_of, users_with_role
from engine.runtime.organisation.members import (
    delegations_to,
    members_of,
    members_on_seat,
    memberships_of,
    memberships_on,
    seat_of,
)
from engine.runtime.organisation.units import UnitTree, unit_tree


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is in the organisation on a day: roles that the model knows, seats, the unit sets of formulas."""

    roles: frozenset[str]
    administrator: bool
    designer: bool
    seats: tuple[SeatHeld, ...]
    scopes: Mapping[str, frozenset[int]]
    posts: tuple[Post, ...] = ()
    post: str = ""


class Standings:
    """Standings of the users seen last, each good for one stamp, one model and one day; those of one model are kept."""

    def __init__(self, size: int = 20_000) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[object, ...], Standing] = OrderedDict()
        self._model = ""
        self._lock = Lock()
        self.designers = False
        """Whether somebody who may use the designer has been here."""

    def standing(
        self, session: Session, model: AppModel, user: int, day: date, stamp: int | None, post: str = ""
    ) -> Standing:
        """A user's standing, in one of their posts alone if it names one; `stamp` was read in this transaction."""
        key = (stamp, model.fingerprint, user, day, post)
        found = self._kept.get(key)
        if found is None:
            found = standing_of(session, model, user, day, post)
            with self._lock:
                if self._model != model.fingerprint:
                    self._kept.clear()
                    self._model = model.fingerprint
                self._kept[key] = found
                self.designers |= found.designer
                while len(self._kept) > self._size:
                    self._kept.popitem(last=False)
        return found


def standing_of(session: Session, model: AppModel, user: int, day: date, post: str = "") -> Standing:
    """Direct roles, roles of seats held and of seats acted on, and the unit sets of formulas; of one post alone if named."""
    return standing_in(unit_tree(session, day), session, model, user, day, post)


def standing_in(tree: UnitTree, session: Session, model: AppModel, user: int, day: date, post: str = "") -> Standing:
    """`standing_of` among the units of that day."""
    held = [(one.unit, one.seat) for one in memberships_of(session, user, day)]
    acted = [(one.unit, one.seat) for one in delegations_to(session, user, day)]
    seats = tuple(
        SeatHeld(unit, name, frozenset(seat.roles), seat.head)
        for unit, name in dict.fromkeys([*held, *acted])
        if (seat := seat_of(model, tree, unit, name)) is not None
    )
    direct = [role for role in sorted(roles_of(session, user)) if role in model.roles]
    posts = _posts(model, tree, seats, direct)
    if post in direct and len(posts) > 1:
        roles = frozenset({post})
    else:
        alone = tuple(one for one in seats if _key(one) == post) if len(posts) > 1 else ()
        seats, direct = (alone, []) if alone else (seats, direct)
        roles = frozenset(direct) | frozenset(role for seat in seats for role in seat.roles)
    known = frozenset(role for role in roles if role in model.roles)
    units = frozenset(seat.unit for seat in seats)
    scopes = {
        "user.units": units,
        "user.subtree": tree.below(units),
        "user.reports": _reports(session, tree, seats, user, day),
    }
    administrator = any(model.roles[role].administers for role in known)
    designer = any(model.roles[role].designs for role in known)
    return Standing(known, administrator, designer, seats, scopes, posts if len(posts) > 1 else (), post)


def _posts(model: AppModel, tree: UnitTree, seats: tuple[SeatHeld, ...], direct: list[str]) -> tuple[Post, ...]:
    """What somebody may choose to work as: each seat, and each role that was given directly."""
    found = []
    for one in seats:
        unit, seat = tree.units[one.unit], seat_of(model, tree, one.unit, one.seat)
        if seat is not None:
            found.append(Post(_key(one), seat.label, Label({"zh": unit.label("zh"), "en": unit.label("en")})))
    return (*found, *(Post(role, model.roles[role].label) for role in direct))


def _key(seat: SeatHeld) -> str:
    return f"{encode_id(seat.unit)}.{seat.seat}"


def holders_by_role(session: Session, model: AppModel, day: date) -> dict[str, int]:
    """How many people who may sign in hold each role on a day, by a seat or directly."""
    return dict(Counter(role for role, _ in _holders(session, model, day)))


def people_with(session: Session, model: AppModel, day: date, roles: frozenset[str]) -> int:
    """How many people who may sign in hold one of these roles on a day."""
    return len({user for role, user in _holders(session, model, day) if role in roles})


def holders_of(session: Session, model: AppModel, day: date, role: str) -> list[int]:
    """Who may sign in and holds a role on a day, by id."""
    return sorted(user for name, user in _holders(session, model, day) if name == role)


def anybody_with(session: Session, model: AppModel, day: date, roles: frozenset[str]) -> bool:
    """Whether somebody who may sign in holds one of these roles on a day; it stops at the first."""
    direct = (user for role in sorted(roles) for user in users_with_role(session, role))
    if any(may_sign_in(session, user) for user in direct):
        return True
    seats = {seat.name for kind in model.unit_kinds.values() for seat in kind.seats if roles.intersection(seat.roles)}
    tree = unit_tree(session, day)
    return any(
        (seat := seat_of(model, tree, one.unit, one.seat)) is not None
        and roles.intersection(seat.roles)
        and may_sign_in(session, one.user)
        for name in sorted(seats)
        for one in members_on_seat(session, name, day)
    )


def _holders(session: Session, model: AppModel, day: date) -> set[tuple[str, int]]:
    """Roles with the people who may sign in and hold them on a day."""
    tree, holders = unit_tree(session, day), set[tuple[str, int]]()
    holders.update((role, user) for user, roles in direct_roles(session).items() for role in roles)
    for one in memberships_on(session, day):
        seat = seat_of(model, tree, one.unit, one.seat)
        holders.update((role, one.user) for role in (seat.roles if seat else ()))
    active = {user.id for user in all_users(session) if not user.disabled}
    return {(role, user) for role, user in holders if user in active}


def _reports(session: Session, tree: UnitTree, seats: tuple[SeatHeld, ...], user: int, day: date) -> frozenset[int]:
    """Everybody with a seat in or below a unit that the user heads."""
    headed = tree.below(frozenset(seat.unit for seat in seats if seat.head))
    return frozenset(one.user for unit in headed for one in members_of(session, unit, day) if one.user != user)
