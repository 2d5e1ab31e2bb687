"""Asking: who answers a step, by the rules on delegates, on one's own, on those who agreed before, on nobody left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from engine.model.flows import Approval, Empty, Own, Repeat, Step, Task
from engine.runtime.workflow.flow_events import Entered
from engine.runtime.workflow.flow_state import FlowState, Slot, SlotStatus
from engine.runtime.workflow.slots import Slots, verdict, with_turns

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Asked:
    """The slots of a step; or what it says without anybody, or why it cannot be asked."""

    slots: Slots = ()
    said: bool | None = None
    problem: str = ""


def asked_of(asking: Approval | Task, state: FlowState, event: Entered) -> Asked:
    """Whom a step asks."""
    slots = _slots(asking, state, event, event.people)
    if slots:
        return Asked(slots)
    if asking.empty is Empty.PASS:
        return Asked(said=True)
    if asking.empty is Empty.REJECT:
        return Asked(said=False)
    slots = _slots(asking, state, event, event.fallback)
    return Asked(slots) if slots else Asked(problem=NOBODY)


def answers_of_step(step: Step | None, slots: Slots) -> tuple[Slots, bool | None]:
    """The slots with their turns, and what they say together."""
    if step is not None and isinstance(step.action, Approval):
        slots = with_turns(slots, step.action.mode)
        return slots, verdict(slots, step.action)
    slots = tuple(replace(one, status=SlotStatus.ACTIVE) if one.status is SlotStatus.PENDING else one for one in slots)
    done = [one.status is SlotStatus.APPROVED for one in slots if one.status is not SlotStatus.REMOVED]
    everybody = step is not None and isinstance(step.action, Task) and step.action.everybody
    return slots, True if done and (all(done) if everybody else any(done)) else None


def _slots(asking: Approval | Task, state: FlowState, event: Entered, people: Iterable[int]) -> Slots:
    if isinstance(asking, Task):
        chosen = dict.fromkeys((event.instead.get(one, one), one) for one in people)
        return _numbered(state, ((user, person, False, False) for user, person in chosen))
    mine = state.initiator
    listed = list(dict.fromkeys([*people, *event.veto]))
    if mine in listed and asking.own is Own.MANAGER:
        at = listed.index(mine)
        listed[at : at + 1] = [one for one in event.own if one not in listed]
    before = _agreed_before(asking.repeat, state)
    own = asking.own is Own.ALLOW
    found: dict[int, tuple[int, int, bool, bool]] = {}
    for person in listed:
        user = _delegate(event.instead, person, mine, own)
        skipped = (person == mine and asking.own is Own.SKIP) or user in before
        found.setdefault(user, (user, person, skipped, person in event.veto))
    return _numbered(state, found.values())


def _delegate(instead: Mapping[int, int], person: int, initiator: int, own: bool) -> int:
    """Who answers for somebody; never the initiator for another one."""
    user = instead.get(person, person)
    return person if user == initiator and not own else user


def _agreed_before(repeat: Repeat, state: FlowState) -> frozenset[int]:
    agreed = [one.approved_by for one in state.finished if one.approved_by]
    if repeat is Repeat.ASK or not agreed:
        return frozenset()
    return frozenset(agreed[-1]) if repeat is Repeat.SKIP_ADJACENT else frozenset(user for by in agreed for user in by)


def _numbered(state: FlowState, chosen: Iterable[tuple[int, int, bool, bool]]) -> Slots:
    return tuple(
        Slot(
            number,
            user,
            SlotStatus.SKIPPED if skipped else SlotStatus.ACTIVE,
            behalf=person if person != user else 0,
            veto=veto,
        )
        for number, (user, person, skipped, veto) in enumerate(chosen, start=1)
    )
