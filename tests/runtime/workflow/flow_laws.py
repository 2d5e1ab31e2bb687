"""The laws of flows: what holds of every state, and of every step from one to the next. Each breach is told in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from engine.model.flows import START, Approval, Branches, Flow, Own, Repeat, Step, Task
from engine.runtime.workflow.flow_events import (
    Completed,
    Decided,
    Entered,
    Failed,
    FlowEvent,
    Picked,
    Retried,
    Returned,
    Rung,
)
from engine.runtime.workflow.flow_state import UNPICKED, FlowState, Phase, Slot, SlotStatus, Token, TokenStatus
from tests.runtime.workflow.flow_verdicts import holds_two, said, turn

OUTCOMES: Mapping[Phase, frozenset[str]] = {
    Phase.STEPS: frozenset({"approved", "done"}),
    Phase.UNDOING: frozenset({"rejected", "withdrawn", "terminated"}),
    Phase.REJECTED: frozenset({"rejected", "terminated"}),
    Phase.WITHDRAWN: frozenset({"withdrawn", "terminated"}),
    Phase.TERMINATED: frozenset({"terminated"}),
}


class Text:
    """A flow as its text has it: what follows what, and what stands before what."""

    def __init__(self, flow: Flow) -> None:
        self.steps = {one.id: one for one in flow.every_step()}
        self.order = {one: at for at, one in enumerate(self.steps)}
        self.follows: dict[str, str] = {}
        self.level: dict[str, int] = {}
        for level, sequence in enumerate(_sequences(flow)):
            for step, after in pairwise(sequence):
                self.follows[step.id] = after.id
            self.level.update({one.id: level for one in sequence})

    def approval(self, token: Token) -> Approval | None:
        step = self.steps.get(token.step)
        return step.action if step is not None and isinstance(step.action, Approval) else None


def breaches(text: Text, state: FlowState) -> Iterator[str]:
    """What is wrong with a state that has been brought as far as it goes."""
    if state.ended:
        if state.tokens or state.before is not None:
            yield "an ended flow has tokens left"
        if state.outcome not in OUTCOMES[state.phase]:
            yield f"{state.phase} ended as {state.outcome}"
        return
    if not state.tokens:
        yield "a running flow has no token"
    ids = [one.id for one in state.tokens]
    if len(ids) != len(set(ids)) or any(one >= state.next_id for one in ids):
        yield "a number was given twice"
    for token in state.tokens:
        yield from _token_breaches(text, state, token)


def _token_breaches(text: Text, state: FlowState, token: Token) -> Iterator[str]:
    below = [one for one in state.tokens if one.parent == token.id]
    if token.parent and state.token(token.parent) is None:
        yield "a token has lost the one that waits for it"
    if token.status is TokenStatus.WAITING and not below and _idle(text, token):
        yield "a waiting token has no next actor"
    if token.status is not TokenStatus.WAITING and below:
        yield "a token that does not wait has others below it"
    if not 1 <= token.visit <= state.visits.get(token.step, 0):
        yield "a visit was not counted"
    if holds_two(token):
        yield "somebody would have to answer a step twice"
    yield from _slot_breaches(text, state, token)


def _idle(text: Text, token: Token) -> bool:
    """Whether nobody and nothing will bring a token on."""
    if token.slots:
        return not any(one.status is SlotStatus.ACTIVE for one in token.slots)
    return token.step == START or isinstance(text.steps[token.step].action, Approval | Task | Branches)


def _slot_breaches(text: Text, state: FlowState, token: Token) -> Iterator[str]:
    approval = text.approval(token)
    if approval is None:
        return
    for slot in token.slots:
        if slot.user == state.initiator and approval.own is not Own.ALLOW and slot.status is not SlotStatus.SKIPPED:
            yield "the initiator is asked to approve their own"
        is_turn = turn(approval, token.slots, slot)
        if slot.status is (SlotStatus.PENDING if is_turn else SlotStatus.ACTIVE):
            yield "it is the turn of the wrong person"
    if token.slots and token.status is TokenStatus.WAITING and said(approval, token.slots) is not None:
        yield "a step waits that has its answer"


def step_breaches(text: Text, before: FlowState, event: FlowEvent, after: FlowState) -> Iterator[str]:
    """What is wrong with the way from one state to the next."""
    identity = getattr(event, "token", None)
    token = before.token(identity) if identity is not None else None
    if identity is not None and token is None:
        yield "something happened to a token that is gone"
        return
    if (
        any(after.visits.get(step, 0) < times for step, times in before.visits.items())
        or after.next_id < before.next_id
    ):
        yield "a count went back"
    if token is not None:
        yield from _event_breaches(text, before, event, token)
        yield from _way_breaches(text, before, event, (token, after))
        yield from _answer_breaches(text, event, token, after)


def _event_breaches(text: Text, before: FlowState, event: FlowEvent, token: Token) -> Iterator[str]:
    if isinstance(event, Completed | Failed | Rung) and event.visit != token.visit:
        yield "an event of an older visit was taken"
    if isinstance(event, Entered) and token.status is not TokenStatus.NEW:
        yield "a step was entered twice"
    if isinstance(event, Completed) and (
        token.status is not TokenStatus.WAITING or isinstance(text.steps[token.step].action, Approval | Task | Branches)
    ):
        yield "a step was completed that waits for people, or not at all"
    if isinstance(event, Failed) and (
        token.status is TokenStatus.FAILED or any(one.parent == token.id for one in before.tokens)
    ):
        yield "a failure was taken twice"
    if (isinstance(event, Retried) and not token.broken) or (isinstance(event, Picked) and not token.unpicked):
        yield "a step was entered again that waits for something else"
    slot = token.slot(getattr(event, "slot", 0))
    reassigned = getattr(event, "reassigned", False) or type(event).__name__ == "Removed"
    if hasattr(event, "slot") and not reassigned and not _has_turn(slot, event.actor):
        yield "somebody answered whose turn it is not"
    if type(event).__name__ == "Removed" and (slot is None or slot.added_by != getattr(event, "actor", 0)):
        yield "somebody was taken out by another than who added them"


def _has_turn(slot: Slot | None, actor: int) -> bool:
    return slot is not None and slot.status is SlotStatus.ACTIVE and slot.user == actor


def _way_breaches(text: Text, before: FlowState, event: FlowEvent, way: tuple[Token, FlowState]) -> Iterator[str]:
    """A finished step is followed by the next one, or by the one it comes back to; one sent back by an earlier one."""
    token, after = way
    if isinstance(event, Entered) and not event.holds and _times(after, token.step) > _times(before, token.step):
        yield "a step that was skipped counts as done"
    new = {one.step for one in after.tokens if before.token(one.id) is None}
    if isinstance(event, Failed) and event.problem == UNPICKED and (new or not _unpicked(after, token)):
        yield "a step that waits for its people to be chosen was taken for one that failed"
    if len(after.finished) > len(before.finished) and after.finished[len(before.finished)].step == token.step:
        follows = token.resume or text.follows.get(token.step)
        if follows is not None and follows not in new and not after.ended:
            yield "a finished step is not followed by the next"
        beside = any(one.parent == token.parent and one.id != token.id for one in before.tokens)
        joined = token.parent and after.token(token.parent) is None
        if follows is None and beside and joined and not after.ended:
            yield "a fork went on before all its branches had ended"
    if isinstance(event, Returned) and event.step != START:
        if event.step not in new or text.order[event.step] >= text.order[token.step]:
            yield "something was sent back to a step that is not before it"
        beside = text.level[event.step] == text.level[token.step]
        if event.straight and beside and token.step not in {one.resume for one in after.tokens}:
            yield "it will not come straight back"


def _answer_breaches(text: Text, event: FlowEvent, token: Token, after: FlowState) -> Iterator[str]:
    """A step has come to what its answers say; nobody is skipped who has not agreed before."""
    approval = text.approval(token)
    if approval is not None and isinstance(event, Decided):
        answer = SlotStatus.APPROVED if event.approved else SlotStatus.REJECTED
        slots = tuple(_answered(one, answer) if one.id == event.slot else one for one in token.slots)
        spoken = said(approval, slots)
        finished = any((one.step, one.visit) == (token.step, token.visit) for one in after.finished)
        lost = after.undoing == "rejected" or after.outcome == "rejected"
        if (spoken is True) != finished and after.phase is Phase.STEPS:
            yield "the answers do not say what was made of them"
        if (spoken is False) != (lost and after.token(token.id) is None):
            yield "a rejection was not one, or was none"
    if approval is not None and isinstance(event, Entered):
        if _approved_own(token, after) and approval.own is not Own.ALLOW:
            asked = {*event.people, *event.veto} or set(event.fallback)
            if approval.own is not Own.SKIP or asked != {after.initiator}:
                yield "the initiator has approved their own"
        entered = after.token(token.id)
        for slot in entered.slots if entered is not None else ():
            if slot.status is SlotStatus.SKIPPED and slot.user != after.initiator:
                agreed = {user for one in after.finished if _before(text, one.step, token) for user in one.approved_by}
                if slot.user not in agreed or approval.repeat is Repeat.ASK:
                    yield "somebody was skipped who had not agreed before"


def _unpicked(after: FlowState, token: Token) -> bool:
    standing = after.token(token.id)
    return standing is not None and standing.unpicked


def _approved_own(token: Token, after: FlowState) -> bool:
    return any(
        (one.step, one.visit) == (token.step, token.visit) and after.initiator in one.approved_by
        for one in after.finished
    )


def _times(state: FlowState, step: str) -> int:
    return sum(one.step == step for one in state.finished)


def _answered(slot: Slot, answer: SlotStatus) -> Slot:
    return Slot(slot.id, slot.user, answer, slot.place, slot.anchor, slot.added_by, slot.behalf, slot.veto)


def _before(text: Text, step: str, token: Token) -> bool:
    return text.order[step] < text.order[token.step]


def _sequences(flow: Flow) -> Iterator[tuple[Step, ...]]:
    """Every sequence of a flow, those inside others too."""
    yield from flow.sequences()
    for step in flow.every_step():
        yield step.error
        yield step.undo
        if isinstance(step.action, Branches):
            yield from (branch.steps for branch in step.action.branches)
