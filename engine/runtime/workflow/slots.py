"""Slots: the algebra of one step that people answer. Whose turn it is, what an answer counts with those added to it, and
what the answers together say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from engine.model.flows import Approval, Mode, Vote
from engine.runtime.workflow.flow_state import Slot, SlotPlace, SlotStatus

Slots = tuple[Slot, ...]
OPEN = frozenset({SlotStatus.PENDING, SlotStatus.ACTIVE})
_ANSWER: Mapping[SlotStatus, bool | None] = {
    SlotStatus.APPROVED: True,
    SlotStatus.SKIPPED: True,
    SlotStatus.REJECTED: False,
}


def with_turns(slots: Slots, mode: Mode) -> Slots:
    """The slots with those active whose turn it is."""
    return tuple(
        replace(one, status=SlotStatus.ACTIVE if _has_turn(slots, one, mode) else SlotStatus.PENDING)
        if one.status in OPEN
        else one
        for one in slots
    )


def answer_of(slots: Slots, slot: Slot) -> bool | None:
    """What a slot says together with those added before and after it: yes, no, or not yet."""
    answers = [_ANSWER.get(slot.status), *(answer_of(slots, one) for one in _attached(slots, slot))]
    if False in answers:
        return False
    return None if None in answers else True


def verdict(slots: Slots, approval: Approval) -> bool | None:
    """What the answers together say: passed, rejected, or not yet."""
    asked = [one for one in slots if _counts(one)]
    return _VERDICTS[approval.mode]([answer_of(slots, one) for one in asked], asked, approval.vote)


def holders(slots: Slots) -> frozenset[int]:
    """The people who still may have to answer."""
    return frozenset(one.user for one in slots if one.status in OPEN)


def approvers(slots: Slots) -> tuple[int, ...]:
    """The people who agreed, also those in whose name it was done."""
    agreed = [one for one in slots if one.status in {SlotStatus.APPROVED, SlotStatus.SKIPPED}]
    return tuple(dict.fromkeys(user for one in agreed for user in (one.user, one.behalf) if user))


def _counts(slot: Slot) -> bool:
    """Whether a slot is one of those that the step asks, not one attached to another."""
    return slot.status is not SlotStatus.REMOVED and slot.place in {SlotPlace.ASKED, SlotPlace.BESIDE}


def _attached(slots: Slots, slot: Slot) -> list[Slot]:
    places = {SlotPlace.BEFORE, SlotPlace.AFTER}
    return [
        one for one in slots if one.anchor == slot.id and one.place in places and one.status is not SlotStatus.REMOVED
    ]


def _has_turn(slots: Slots, slot: Slot, mode: Mode) -> bool:
    before = [one for one in _attached(slots, slot) if one.place is SlotPlace.BEFORE]
    return _reached(slots, slot, mode) and all(answer_of(slots, one) is True for one in before)


def _reached(slots: Slots, slot: Slot, mode: Mode) -> bool:
    """Whether the step has come as far as a slot, those before it aside."""
    anchor = next((one for one in slots if one.id == slot.anchor), None)
    if anchor is not None and slot.place is SlotPlace.BEFORE:
        return _reached(slots, anchor, mode)
    if anchor is not None and slot.place is SlotPlace.AFTER:
        return anchor.status in {SlotStatus.APPROVED, SlotStatus.SKIPPED}
    if mode is not Mode.SEQUENCE:
        return True
    mine = _row(slots, slot)
    return all(answer_of(slots, one) is True for one in slots if _counts(one) and _row(slots, one) < mine)


def _row(slots: Slots, slot: Slot) -> int:
    """Where in the order a slot stands: one beside another stands in its row."""
    anchor = next((one for one in slots if one.id == slot.anchor), None)
    return _row(slots, anchor) if anchor is not None and slot.place is SlotPlace.BESIDE else slot.id


Answers = Sequence[bool | None]


def _any(answers: Answers, asked: Sequence[Slot], vote: Vote) -> bool | None:
    return True if True in answers else False if False in answers else None


def _all(answers: Answers, asked: Sequence[Slot], vote: Vote) -> bool | None:
    return False if False in answers else None if None in answers else True


def _vote(answers: Answers, asked: Sequence[Slot], vote: Vote) -> bool | None:
    """Carried at the share that the vote needs, once everybody with a veto has agreed; lost as soon as it cannot be."""
    count = len(answers)
    needed = count // 2 + 1 if vote.majority else max(1, -(-count * vote.percent // 100))
    vetoes = [answer for answer, one in zip(answers, asked, strict=True) if one.veto]
    if False in vetoes or answers.count(False) > count - needed:
        return False
    return True if answers.count(True) >= needed and None not in vetoes else None


_VERDICTS: Mapping[Mode, Callable[[Answers, Sequence[Slot], Vote], bool | None]] = {
    Mode.ANY: _any,
    Mode.ALL: _all,
    Mode.SEQUENCE: _all,
    Mode.VOTE: _vote,
}
