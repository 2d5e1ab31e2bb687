"""Offers: what somebody can do to a flow now, decided from its text and state alone."""

from __future__ import annotations

from engine.model.flows import START, Approval, Flow, Task
from engine.runtime.workflow.flow_machine import withdrawable
from engine.runtime.workflow.flow_shape import shape_of, step_of
from engine.runtime.workflow.flow_state import FlowState, Phase, Slot, SlotStatus, Token
from engine.runtime.workflow.slots import OPEN

_ORDER = ("transfer", "add_before", "add_after", "add_parallel")


def offers(flow: Flow, state: FlowState, token: Token, user: int) -> tuple[str, ...]:
    """What somebody whose turn it is can do at a step, the usual first."""
    slot = next((one for one in token.slots if one.user == user and one.status is SlotStatus.ACTIVE), None)
    if slot is None:
        return ()
    if token.step == START:
        return ("resubmit",)
    step = step_of(flow, token.step)
    if step is None or isinstance(step.action, Task):
        return ("done",)
    if not isinstance(step.action, Approval):
        return ()
    found = ["approve", "reject"]
    if "return" in step.action.actions and returns(flow, state, token):
        found.append("return")
    found += [one for one in _ORDER if one in step.action.actions]
    return tuple(found)


def removable(flow: Flow, token: Token, user: int) -> tuple[Slot, ...]:
    """Whom somebody may take out of a step again, also while they wait for them: those they added who have not answered."""
    step = step_of(flow, token.step)
    if step is None or not isinstance(step.action, Approval) or "remove" not in step.action.actions:
        return ()
    return tuple(one for one in token.slots if one.added_by == user and one.status in OPEN)


def returns(flow: Flow, state: FlowState, token: Token) -> tuple[str, ...]:
    """The steps that a step may be sent back to, latest first, START for the initiator."""
    step = step_of(flow, token.step)
    if step is None or not isinstance(step.action, Approval) or state.phase is not Phase.STEPS:
        return ()
    back = step.action.back
    earlier = _earlier(flow, state, token)
    chosen = earlier if "any" in back else earlier[:1] if "previous" in back else ()
    return (*chosen, *((START,) if back & {"initiator", "any"} else ()))


def may_withdraw(flow: Flow, state: FlowState, user: int) -> bool:
    """Whether the initiator can take the whole back now."""
    return user == state.initiator and withdrawable(flow, state)


def may_take_back(flow: Flow, state: FlowState, user: int) -> bool:
    """Whether whoever decided last can take that back: its step must allow it, and nobody may have acted since."""
    before = state.before
    if before is None or state.before_by != user or state.ended:
        return False
    decided = {
        token.step for token in before.tokens if any(_answered(state, token, slot, user) for slot in token.slots)
    }
    return any(
        (step := step_of(flow, one)) is not None
        and isinstance(step.action, Approval)
        and "take_back" in step.action.actions
        for one in decided
    )


def _answered(state: FlowState, token: Token, slot: Slot, user: int) -> bool:
    """Whether somebody has answered a slot since a token stood."""
    now = state.token(token.id)
    return slot.user == user and slot.status is SlotStatus.ACTIVE and (now is None or now.slot(slot.id) != slot)


def _earlier(flow: Flow, state: FlowState, token: Token) -> tuple[str, ...]:
    """The steps that people have answered and that stand before a step, in its sequence or in one around it."""
    shape = shape_of(flow)
    around, at = [shape[token.step]], state.token(token.parent) if token.parent else None
    while at is not None:
        around.append(shape[at.step])
        at = state.token(at.parent) if at.parent else None
    found: dict[str, None] = {}
    for one in reversed(state.finished):
        standing = shape.get(one.step)
        if standing is None or not isinstance(standing.step.action, Approval | Task):
            continue
        if any(standing.beside(place) and standing.index < place.index for place in around):
            found[one.step] = None
    return tuple(found)
