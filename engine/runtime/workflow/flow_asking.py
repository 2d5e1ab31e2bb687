"""Asking: who answers a step, by the rules on delegates, on one's own, on those who agreed before, on nobody left."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from engine.model.flows import Action, Approval, Empty, Own, Repeat, Step, Task
from engine.runtime.workflow.flow_events import Entered
from engine.runtime.workflow.flow_refusals import FlowRefused
from engine.runtime.workflow.flow_state import FlowState, Slot, SlotStatus
from engine.runtime.workflow.slots import Slots, verdict, with_turns

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Asked:
    """The slots of a step; or what it says without anybody, or why it cannot be asked."""

    slots: Slots = ()
    said: bool | None = None
    problem: str = ""


def asked_of(asking: Approval | Task, state: FlowState, event: Entered, earlier: Collection[str]) -> Asked:
    """Whom a step asks; `earlier` are the steps before it, whose approvals may make it skip somebody."""
    slots = _slots(asking, state, event, event.people, earlier)
    if slots:
        return Asked(slots)
    if asking.empty is Empty.PASS:
        return Asked(said=True)
    if asking.empty is Empty.REJECT:
        return Asked(said=False)
    slots = _slots(asking, state, event, event.fallback, earlier)
    return Asked(slots) if slots else Asked(problem=NOBODY)


def others(asking: Approval | Task, state: FlowState, people: Iterable[int]) -> tuple[int, ...]:
    """People without the initiator where nobody approves their own."""
    barred = isinstance(asking, Approval) and asking.own is not Own.ALLOW
    return tuple(one for one in people if not (barred and one == state.initiator))


def check_own(action: Action, state: FlowState, people: Collection[int]) -> None:
    """Raises FlowRefused where the initiator would come to approve their own by way of another."""
    if isinstance(action, Approval | Task) and len(others(action, state, people)) < len(people):
        raise FlowRefused("own_approval")


def answers_of_step(step: Step | None, slots: Slots) -> tuple[Slots, bool | None]:
    """The slots with their turns, and what they say together."""
    if step is not None and isinstance(step.action, Approval):
        slots = with_turns(slots, step.action.mode)
        return slots, verdict(slots, step.action)
    slots = tuple(replace(one, status=SlotStatus.ACTIVE) if one.status is SlotStatus.PENDING else one for one in slots)
    done = [one.status is SlotStatus.APPROVED for one in slots if one.status is not SlotStatus.REMOVED]
    everybody = step is not None and isinstance(step.action, Task) and step.action.everybody
    return slots, True if done and (all(done) if everybody else any(done)) else None


def _slots(
    asking: Approval | Task, state: FlowState, event: Entered, people: Iterable[int], earlier: Collection[str]
) -> Slots:
    if isinstance(asking, Task):
        return _numbered(_first_of_each((event.instead.get(one, one), one) for one in people))
    own = asking.own is Own.ALLOW
    before = _agreed_before(asking.repeat, state, earlier)
    found: dict[int, tuple[int, bool, bool]] = {}
    for person in _listed(asking.own, state.initiator, event, people):
        user = _delegate(event.instead, person, state.initiator, own)
        first, _, veto = found.get(user, (person, False, False))
        skipped = user in before or (user == state.initiator and not own)
        found[user] = (first, skipped, veto or person in event.veto)
    return _numbered(found)


def _listed(own: Own, initiator: int, event: Entered, people: Iterable[int]) -> list[int]:
    """The people of an approval in order, after the rule on the initiator's own.

    An initiator who is skipped is left out where others decide: their silence must not carry a vote.
    """
    listed = list(dict.fromkeys([*people, *event.veto]))
    if initiator not in listed or own is Own.ALLOW or (own is Own.SKIP and len(listed) == 1):
        return listed
    instead = [one for one in event.own if one not in listed] if own is Own.MANAGER else []
    at = listed.index(initiator)
    return [*listed[:at], *instead, *listed[at + 1 :]]


def _first_of_each(delegated: Iterable[tuple[int, int]]) -> dict[int, tuple[int, bool, bool]]:
    found: dict[int, tuple[int, bool, bool]] = {}
    for user, person in delegated:
        found.setdefault(user, (person, False, False))
    return found


def _delegate(instead: Mapping[int, int], person: int, initiator: int, own: bool) -> int:
    """Who answers for somebody; never the initiator for another one."""
    user = instead.get(person, person)
    return person if user == initiator and not own else user


def _agreed_before(repeat: Repeat, state: FlowState, earlier: Collection[str]) -> frozenset[int]:
    """Who agreed at the steps before, the last time they were come to: what was sent back is asked anew."""
    valid = [one for one in state.finished if one.step in earlier and one.visit == state.visits[one.step]]
    agreed = [one.approved_by for one in valid if one.approved_by]
    if repeat is Repeat.ASK or not agreed:
        return frozenset()
    return frozenset(agreed[-1]) if repeat is Repeat.SKIP_ADJACENT else frozenset(user for by in agreed for user in by)


def _numbered(chosen: Mapping[int, tuple[int, bool, bool]]) -> Slots:
    """Slots for users, each with the person whose answer it is, whether they are skipped, whether they can stop it."""
    return tuple(
        Slot(
            number,
            user,
            SlotStatus.SKIPPED if skipped else SlotStatus.ACTIVE,
            behalf=person if person != user else 0,
            veto=veto,
        )
        for number, (user, (person, skipped, veto)) in enumerate(chosen.items(), start=1)
    )
