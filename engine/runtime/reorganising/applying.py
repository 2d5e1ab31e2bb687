"""Applying planned changes: one after the other, from today, by the same services that the pages of the organisation use."""

from __future__ import annotations

from collections.abc import Sequence

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest
from engine.runtime.identity.users import user_by_account
from engine.runtime.organisation.members import Membership, leave_seat, memberships_of, take_seat
from engine.runtime.organisation.units import Move, Unit, add_unit, close_unit, move_unit, unit_tree
from engine.runtime.records.handing_over import HandOver
from engine.runtime.reorganising.changes import PlannedChange
from engine.runtime.work import Work
from engine.runtime.workflow.flow_hand_over import hand_over_all


def apply_changes(work: Work, changes: Sequence[PlannedChange]) -> None:
    """Change the organisation. Raises BadRequest that names the line which cannot be done."""
    for change in changes:
        try:
            _apply(work, change)
        except DougongError as error:
            words = Message(f"第 {change.line} 行：{error.message.zh}", f"Line {change.line}: {error.message.en}")
            raise BadRequest(words, field="plan") from error


def _apply(work: Work, change: PlannedChange) -> None:
    match change.act:
        case "add":
            _add(work, change)
        case "move":
            move = Move(_unit(work, change.unit), _unit(work, change.under), work.context.today, *_two_ids(work))
            move_unit(work.session, work.model, move)
        case "close":
            close_unit(work.session, _unit(work, change.unit), work.context.today)
        case "give":
            unit, person = _unit(work, change.unit), _person(work, change.person)
            seat = Membership(work.ids.next(), person, unit, change.seat, work.context.today, None)
            take_seat(work.session, work.model, seat)
        case "take":
            _take(work, change)
        case _:
            successors = {_person(work, one): _person(work, other) for one, other in change.successors.items()}
            hand_over_all(work, HandOver(_unit(work, change.unit), _unit(work, change.under), successors))


def _add(work: Work, change: PlannedChange) -> None:
    parent = _unit(work, change.under) if change.under else None
    day = work.context.today
    add_unit(
        work.session,
        work.model,
        Unit(work.ids.next(), change.unit, change.kind, change.name, None, parent, day, None),
    )


def _take(work: Work, change: PlannedChange) -> None:
    unit, person = _unit(work, change.unit), _person(work, change.person)
    held = [
        one
        for one in memberships_of(work.session, person, work.context.today)
        if one.unit == unit and one.seat == change.seat
    ]
    if not held:
        raise BadRequest(Message("此人没有这个席位", "That person does not hold the seat"))
    for one in held:
        leave_seat(work.session, one.id, work.context.today)


def _two_ids(work: Work) -> tuple[int, int]:
    return work.ids.next(), work.ids.next()


def _unit(work: Work, code: str) -> int:
    tree = unit_tree(work.session, work.context.today)
    found = next((one.id for one in tree.units.values() if one.code == code), None)
    if found is None:
        raise BadRequest(Message(f"没有编码为 {code} 的单元", f"There is no unit with the code {code}"))
    return found


def _person(work: Work, account: str) -> int:
    found = user_by_account(work.session, account)
    if found is None:
        raise BadRequest(Message(f"没有账号 {account}", f"There is no account {account}"))
    return found.id
