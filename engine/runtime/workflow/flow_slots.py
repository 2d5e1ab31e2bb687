"""Changing the slots of a step: people added, taken out, passed on to, and what a rung of the ladder does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from engine.model.flows import Approval, Mode, RungAct, Task
from engine.runtime.workflow.flow_refusals import FlowRefused
from engine.runtime.workflow.flow_state import Slot, SlotPlace, SlotStatus, Token
from engine.runtime.workflow.slots import OPEN, Slots, holders

_PLACES = {"before": SlotPlace.BEFORE, "after": SlotPlace.AFTER, "parallel": SlotPlace.BESIDE}


@dataclass(frozen=True, slots=True)
class Reached:
    """What a rung makes of a step: its slots, or its answer."""

    slots: Slots
    said: bool | None = None


def added(token: Token, slot: Slot, where: str, people: Iterable[int]) -> Slots:
    """The slots with people added to one; adding after it is to agree. Raises FlowRefused when all are asked already."""
    if where not in _PLACES:
        raise FlowRefused("not_allowed")
    asked = holders(token.slots)
    new = [one for one in dict.fromkeys(people) if one not in asked]
    if not new:
        raise FlowRefused("already_asked")
    place = _PLACES[where]
    kept = tuple(
        replace(one, status=SlotStatus.APPROVED) if one.id == slot.id and place is SlotPlace.AFTER else one
        for one in token.slots
    )
    return (*kept, *_new(token.slots, new, place, slot))


def removed(token: Token, slot: int, actor: int) -> Slots:
    """The slots without one that its remover had added. Raises FlowRefused."""
    found = token.slot(slot)
    if found is None or found.added_by != actor or found.status not in OPEN:
        raise FlowRefused("not_added_by_you")
    return _without(token.slots, frozenset({slot}))


def transferred(token: Token, slot: int, user: int) -> Slots:
    """The slots with one passed on. Raises FlowRefused when the other is asked already or the slot is answered."""
    found = token.slot(slot)
    if found is None or found.status not in OPEN:
        raise FlowRefused("stale")
    if user in holders(token.slots):
        raise FlowRefused("already_asked")
    return tuple(replace(one, user=user) if one.id == slot else one for one in token.slots)


def reassigned(token: Token, slot: int, user: int) -> Slots:
    """The slots with one given to somebody else by who administers it; one who is asked already answers once for both."""
    found = token.slot(slot)
    own = next((one for one in token.slots if one.user == user and one.status in OPEN), None)
    if found is None or found.status not in OPEN or own is None or own.id == slot:
        return transferred(token, slot, user)
    if own.id in _with_attached(token.slots, frozenset({slot})):
        kept, gone = found, own
    else:
        kept, gone = own, found
    both = replace(kept, user=user, veto=kept.veto or gone.veto)
    return tuple(both if one.id == kept.id else one for one in _without(token.slots, frozenset({gone.id})))


def rung_reached(token: Token, asking: Approval | Task, act: RungAct, people: Iterable[int]) -> Reached:
    """What a rung does to those who have not answered.

    Where one answer is enough, escalating asks the others beside them; else the others answer in their place, one of them
    for several when they are fewer.
    """
    if act is RungAct.REMIND:
        return Reached(token.slots)
    if act in {RungAct.APPROVE, RungAct.REJECT}:
        return Reached(token.slots, act is RungAct.APPROVE)
    asked = holders(token.slots)
    new = [one for one in dict.fromkeys(people) if one not in asked]
    late = [one for one in token.slots if one.status is SlotStatus.ACTIVE]
    if not new or not late:
        return Reached(token.slots)
    one_is_enough = asking.mode is Mode.ANY if isinstance(asking, Approval) else not asking.everybody
    if act is RungAct.ESCALATE and one_is_enough:
        return Reached((*token.slots, *_new(token.slots, new, SlotPlace.BESIDE, late[0], by=0)))
    instead = dict(zip((one.id for one in late), new, strict=False))
    replaced = tuple(replace(one, user=instead.get(one.id, one.user)) for one in token.slots)
    return Reached(_without(replaced, frozenset(one.id for one in late if one.id not in instead)))


def _without(slots: Slots, gone: frozenset[int]) -> Slots:
    """The slots with some taken out, and with them what was added to them and is not answered."""
    below = _with_attached(slots, gone)
    return tuple(replace(one, status=SlotStatus.REMOVED) if one.id in below else one for one in slots)


def _with_attached(slots: Slots, ids: frozenset[int]) -> frozenset[int]:
    """Slots with all that was added to them and is not answered."""
    below = ids | {one.id for one in slots if one.anchor in ids and one.status in OPEN}
    return below if below == ids else _with_attached(slots, below)


def _new(slots: Slots, people: Iterable[int], place: SlotPlace, anchor: Slot, by: int | None = None) -> Slots:
    following = max(one.id for one in slots) + 1
    adder = anchor.user if by is None else by
    return tuple(
        Slot(following + at, user, SlotStatus.PENDING, place, anchor.id, adder) for at, user in enumerate(people)
    )
