"""What the answers to a step say, worked out once more in the plainest way: the oracle of the random trial."""

from __future__ import annotations

from fractions import Fraction

from engine.model.flows import Approval, Mode
from engine.runtime.workflow.flow_state import Slot, SlotPlace, SlotStatus, Token

YES = {SlotStatus.APPROVED, SlotStatus.SKIPPED}
OPEN = {SlotStatus.PENDING, SlotStatus.ACTIVE}
ADDED = {SlotPlace.BEFORE, SlotPlace.AFTER}


def said(approval: Approval, slots: tuple[Slot, ...]) -> bool | None:
    """Passed, rejected, or not yet."""
    asked = [one for one in slots if one.place not in ADDED and one.status is not SlotStatus.REMOVED]
    words = [word(slots, one) for one in asked]
    yes, no, left = words.count("yes"), words.count("no"), words.count("open")
    if approval.mode is Mode.ANY:
        return True if yes else False if no else None
    if approval.mode in {Mode.ALL, Mode.SEQUENCE}:
        return False if no else None if left else True
    vetoes = [heard for heard, one in zip(words, asked, strict=True) if one.veto]
    if "no" in vetoes or not _carried(approval, yes + left, len(asked)):
        return False
    return True if _carried(approval, yes, len(asked)) and "open" not in vetoes else None


def word(slots: tuple[Slot, ...], slot: Slot) -> str:
    """yes, no or open: of a person with all those who were added before and after them."""
    group, grew = {slot.id}, True
    while grew:
        more = {one.id for one in slots if one.anchor in group and one.place in ADDED and _there(one)}
        grew = not more <= group
        group |= more
    found = {one.status for one in slots if one.id in group}
    return "no" if SlotStatus.REJECTED in found else "open" if found & OPEN else "yes"


def turn(approval: Approval, slots: tuple[Slot, ...], slot: Slot) -> bool:
    """Whether it is somebody's turn: nobody is added before them and open, and it has come as far as them."""
    added = [one for one in slots if one.anchor == slot.id and one.place is SlotPlace.BEFORE and _there(one)]
    return all(word(slots, one) == "yes" for one in added) and _come(approval, slots, slot)


def _come(approval: Approval, slots: tuple[Slot, ...], slot: Slot) -> bool:
    anchor = next((one for one in slots if one.id == slot.anchor), None)
    if slot.place is SlotPlace.AFTER and anchor is not None:
        return anchor.status in YES
    if slot.place is SlotPlace.BEFORE and anchor is not None:
        return _come(approval, slots, anchor)
    if approval.mode is not Mode.SEQUENCE:
        return True
    counted = [one for one in slots if one.place not in ADDED and _there(one)]
    return all(word(slots, one) == "yes" for one in counted if place(slots, one) < place(slots, slot))


def place(slots: tuple[Slot, ...], slot: Slot) -> int:
    """Where in the order somebody stands; one beside another has their place."""
    if slot.place is SlotPlace.BESIDE:
        return place(slots, next(one for one in slots if one.id == slot.anchor))
    return slot.id


def holds_two(token: Token) -> bool:
    """Whether somebody would have to answer a step twice."""
    users = [one.user for one in token.slots if one.status in OPEN]
    return len(users) != len(set(users))


def _there(slot: Slot) -> bool:
    return slot.status is not SlotStatus.REMOVED


def _carried(approval: Approval, yes: int, count: int) -> bool:
    share = Fraction(yes, count)
    return (
        share > Fraction(1, 2) if approval.vote.majority else yes > 0 and share >= Fraction(approval.vote.percent, 100)
    )
