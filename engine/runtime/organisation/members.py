"""Members: who holds which seat in which unit, from when until when; who acts for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.errors import BadRequest
from engine.model.organisation import Seat
from engine.runtime.database.protocol import Session
from engine.runtime.identity.stamp import insert, update
from engine.runtime.organisation.days import day_of, held_on, stored_day
from engine.runtime.organisation.tables import DELEGATION, MEMBERSHIP
from engine.runtime.organisation.units import UnitTree, unit_tree
from engine.runtime.rows import select

COLUMNS = ("id", "user_id", "unit", "seat", "valid_from", "valid_to")
DELEGATION_COLUMNS = ("id", "from_user", "to_user", "unit", "seat", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody holds a seat in a unit."""

    id: int
    user: int
    unit: int
    seat: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Delegation:
    """`to_user` acts on a seat of `from_user`."""

    id: int
    from_user: int
    to_user: int
    unit: int
    seat: str
    valid_from: date
    valid_to: date | None


def take_seat(session: Session, model: AppModel, membership: Membership) -> None:
    """Give somebody a seat. Raises BadRequest when the unit has no such seat, or it is taken."""
    if membership.valid_to is not None and membership.valid_to <= membership.valid_from:
        raise BadRequest(Message("结束日期须晚于开始日期", "The end must be after the start"))
    tree = unit_tree(session, membership.valid_from)
    seat = seat_of(model, tree, membership.unit, membership.seat)
    if seat is None:
        raise BadRequest(Message(f"该单元没有席位 {membership.seat}", f"The unit has no seat {membership.seat}"))
    holders = [
        one for one in members_of(session, membership.unit, membership.valid_from) if one.seat == membership.seat
    ]
    if any(one.user == membership.user for one in holders):
        return
    if seat.count is not None and len(holders) >= seat.count:
        raise BadRequest(Message("该席位已满，请先请原成员离席", "The seat is taken; let its holder leave first"))
    insert(
        session,
        MEMBERSHIP,
        {
            "id": membership.id,
            "user_id": membership.user,
            "unit": membership.unit,
            "seat": membership.seat,
            "valid_from": stored_day(membership.valid_from, session.dialect),
            "valid_to": stored_day(membership.valid_to, session.dialect),
        },
    )


def leave_seat(session: Session, membership: int, day: date) -> None:
    """End a membership: from `day` on it gives nothing; one that has not begun by then never does."""
    rows = [_membership(row) for row in select(session, MEMBERSHIP, COLUMNS, {"id": membership})]
    for one in rows:
        ends = stored_day(max(day, one.valid_from), session.dialect)
        update(session, MEMBERSHIP, {"valid_to": ends}, {"id": membership})


def membership_of(session: Session, membership: int) -> Membership | None:
    """A membership by its id, whenever it holds."""
    rows = select(session, MEMBERSHIP, COLUMNS, {"id": membership})
    return _membership(rows[0]) if rows else None


def end_anew(session: Session, membership: int, was: date | None, until: date | None) -> bool:
    """Put another end to a membership that ends on `was` (None: not at all); False when it ends on another day by now."""
    known: dict[str, object] = (
        {"valid_to is null": None} if was is None else {"valid_to": stored_day(was, session.dialect)}
    )
    ends = stored_day(until, session.dialect)
    return bool(update(session, MEMBERSHIP, {"valid_to": ends}, {"id": membership, **known}))


def delegate(session: Session, delegation: Delegation) -> None:
    """Let somebody act on another's seat for some days. Raises BadRequest when the giver does not hold it."""
    if delegation.to_user == delegation.from_user:
        raise BadRequest(Message("不能委托给自己", "One cannot delegate to oneself"))
    held = memberships_of(session, delegation.from_user, delegation.valid_from)
    if not any(one.unit == delegation.unit and one.seat == delegation.seat for one in held):
        raise BadRequest(Message("只能委托自己的席位", "Only a seat of one's own can be delegated"))
    if delegation.valid_to is None or delegation.valid_to <= delegation.valid_from:
        raise BadRequest(Message("委托须有晚于开始的结束日期", "A delegation needs an end after its start"))
    insert(
        session,
        DELEGATION,
        {
            "id": delegation.id,
            "from_user": delegation.from_user,
            "to_user": delegation.to_user,
            "unit": delegation.unit,
            "seat": delegation.seat,
            "valid_from": stored_day(delegation.valid_from, session.dialect),
            "valid_to": stored_day(delegation.valid_to, session.dialect),
        },
    )


def memberships_of(session: Session, user: int, day: date) -> list[Membership]:
    """The seats that somebody holds on a day, oldest first."""
    rows = [_membership(row) for row in select(session, MEMBERSHIP, COLUMNS, {"user_id": user}, ("id",))]
    return [one for one in rows if held_on(one, day)]


def memberships_on(session: Session, day: date) -> list[Membership]:
    """Every seat that somebody holds on a day."""
    return [one for one in map(_membership, select(session, MEMBERSHIP, COLUMNS)) if held_on(one, day)]


def members_on_seat(session: Session, seat: str, day: date) -> list[Membership]:
    """Who holds a seat of this name in any unit on a day."""
    rows = select(session, MEMBERSHIP, COLUMNS, {"seat": seat}, ("id",))
    return [one for one in map(_membership, rows) if held_on(one, day)]


def members_of(session: Session, unit: int, day: date) -> list[Membership]:
    """Who holds seats in a unit on a day."""
    rows = [_membership(row) for row in select(session, MEMBERSHIP, COLUMNS, {"unit": unit}, ("id",))]
    return [one for one in rows if held_on(one, day)]


def delegations_to(session: Session, user: int, day: date) -> list[Delegation]:
    """The seats on which somebody acts for others on a day."""
    rows = [_delegation(row) for row in select(session, DELEGATION, DELEGATION_COLUMNS, {"to_user": user}, ("id",))]
    return [one for one in rows if held_on(one, day)]


def delegations_from(session: Session, user: int, day: date) -> list[Delegation]:
    """The seats of somebody on which others act, or will act, from a day on."""
    rows = [_delegation(row) for row in select(session, DELEGATION, DELEGATION_COLUMNS, {"from_user": user}, ("id",))]
    return [one for one in rows if one.valid_to is not None and one.valid_to > day]


def end_delegation(session: Session, user: int, delegation: int, day: date) -> bool:
    """End a delegation of one's own from `day` on; False when there is none that still holds."""
    for one in delegations_from(session, user, day):
        if one.id == delegation:
            ends = stored_day(max(day, one.valid_from), session.dialect)
            return bool(update(session, DELEGATION, {"valid_to": ends}, {"id": delegation}))
    return False


def coming_members(session: Session, unit: int, day: date) -> list[Membership]:
    """Who will hold seats in a unit after a day, and does not yet."""
    rows = [_membership(row) for row in select(session, MEMBERSHIP, COLUMNS, {"unit": unit}, ("id",))]
    return [one for one in rows if one.valid_from > day and (one.valid_to is None or one.valid_to > one.valid_from)]


def seat_of(model: AppModel, tree: UnitTree, unit: int, seat: str) -> Seat | None:
    """The declared seat of a unit's kind."""
    found = tree.units.get(unit)
    kind = model.unit_kinds.get(found.kind) if found else None
    return next((one for one in kind.seats if one.name == seat), None) if kind else None


def heads_of(session: Session, model: AppModel, tree: UnitTree, unit: int, day: date) -> list[int]:
    """The users on the head seats of a unit."""
    return [
        one.user
        for one in members_of(session, unit, day)
        if (seat := seat_of(model, tree, unit, one.seat)) is not None and seat.head
    ]


def manager_levels(session: Session, model: AppModel, tree: UnitTree, user: int, day: date) -> list[list[int]]:
    """The managers of somebody level by level, nearest first: the heads of their unit and of each one above that has any;
    they themselves and who was met lower down are left out.
    """
    held = memberships_of(session, user, day)
    met, levels = {user}, list[list[int]]()
    for unit in tree.above(held[0].unit) if held else ():
        level = [head for head in heads_of(session, model, tree, unit.id, day) if head not in met]
        if level:
            met.update(level)
            levels.append(level)
    return levels


def managers_of(session: Session, model: AppModel, user: int, day: date) -> list[int]:
    """The managers of somebody, nearest first."""
    return [head for level in manager_levels(session, model, unit_tree(session, day), user, day) for head in level]


def _membership(row: Sequence[object]) -> Membership:
    numbers = [int(str(one)) for one in row[:3]]
    return Membership(numbers[0], numbers[1], numbers[2], str(row[3]), day_of(row[4]) or date.min, day_of(row[5]))


def _delegation(row: Sequence[object]) -> Delegation:
    numbers = [int(str(one)) for one in row[:4]]
    return Delegation(
        numbers[0], numbers[1], numbers[2], numbers[3], str(row[4]), day_of(row[5]) or date.min, day_of(row[6])
    )
