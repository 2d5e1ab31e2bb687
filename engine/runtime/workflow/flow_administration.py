"""What administrators do to flows: end, jump, reassign, retry, let pass, send again, each with a reason; and why one is stuck."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.errors import BadRequest, Forbidden
from engine.model.flows import Call, Flow
from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import may_sign_in
from engine.runtime.jobs import enqueue
from engine.runtime.work import Work
from engine.runtime.workflow.flow_commands import Given
from engine.runtime.workflow.flow_driver import CALL, asked_now, carry_on, remark
from engine.runtime.workflow.flow_events import (
    Completed,
    FlowEvent,
    Jumped,
    Passed,
    Picked,
    Retried,
    Terminated,
    Transferred,
)
from engine.runtime.workflow.flow_instances import Instance, Note, flow_of, instances_page, log_of
from engine.runtime.workflow.flow_reading import seen_instance
from engine.runtime.workflow.flow_refusals import FlowRefused
from engine.runtime.workflow.flow_state import SlotStatus
from engine.runtime.workflow.reaching import known_people

REASON = 2


def terminate(work: Work, identity: int, given: Given) -> Instance:
    """End a flow."""
    return _administer(work, identity, given, Terminated(_me(work)))


def jump(work: Work, identity: int, given: Given, token: int) -> Instance:
    """Move a token to another step."""
    return _administer(work, identity, given, Jumped(token, _me(work), given.step))


def reassign(work: Work, identity: int, given: Given, token: int) -> Instance:
    """Give somebody's place in a step to another person."""
    if len(given.people) != 1 or not may_sign_in(work.session, given.people[0]):
        raise BadRequest(Message("请选择一个能登录的人", "Choose one person who can sign in"), field="people")
    return _administer(work, identity, given, Transferred(token, given.slot, _me(work), given.people[0], True))


def choose(work: Work, identity: int, given: Given, token: int) -> Instance:
    """Choose who answers a step in place of who should."""
    return _administer(work, identity, given, Picked(token, _me(work), known_people(work, given.people)))


def let_pass(work: Work, identity: int, given: Given, token: int) -> Instance:
    """Let a step pass as if it were done."""
    return _administer(work, identity, given, Passed(token, _me(work)))


def retry(work: Work, identity: int, given: Given, token: int) -> Instance:
    """Try a failed step again: an administrator, or whoever started the flow."""
    row, _ = seen_instance(work, identity, lock=True)
    if not (work.context.principal.administrator or _me(work) == row.initiator):
        raise Forbidden
    return carry_on(work, identity, Retried(token, _me(work)), Note(actor=_me(work), comment=given.comment or None))


def send_again(work: Work, identity: int, given: Given) -> Instance:
    """Send once more what a step has sent outside and what was taken there, under the same key, with the values of now;
    the flow does not move. Raises FlowRefused for a step that has sent nothing."""
    _check_administers(work, given)
    row, _ = seen_instance(work, identity, lock=True)
    sent = sent_calls(work, row, flow_of(work, row)).get(given.step)
    if sent is None:
        raise FlowRefused("not_sent")
    payload = {"instance": row.id, "token": sent.token, "visit": sent.visit, "step": given.step}
    enqueue(work, CALL, row.entity, payload)
    remark(work, row, "resent", Note(actor=_me(work), step=given.step, comment=given.comment.strip()))
    return row


def sent_calls(work: Work, row: Instance, flow: Flow | None) -> Mapping[str, Completed]:
    """The steps of an instance that have sent something outside, in the order of the text, each with its latest visit."""
    done = {one.step: one.event for one in log_of(work.session, row.id) if isinstance(one.event, Completed)}
    steps = flow.every_step() if flow is not None else ()
    return {one.id: done[one.id] for one in steps if isinstance(one.action, Call) and one.id in done}


@dataclass(frozen=True, slots=True)
class Stuck:
    """Why an instance does not go on at one place: the step, the reason's stable word, whom it waits for."""

    step: str
    token: int
    reason: str
    people: tuple[int, ...] = ()
    problem: str = ""


def why_stuck(work: Work, row: Instance) -> tuple[Stuck, ...]:
    """What each place of an instance waits for: a person (who may have left), a time, the outside, or help."""
    if flow_of(work, row) is None:
        return (Stuck("", 0, "changed_text"),)
    above = {one.parent for one in row.state.tokens}
    found = []
    for token in row.state.tokens:
        if token.id in above:
            continue
        people = tuple(one.user for one in token.slots if one.status is SlotStatus.ACTIVE)
        if token.unpicked:
            choosing = tuple(one.user for one in asked_now(work, row) if one.token == token.id)
            found.append(Stuck(token.step, token.id, _waiting_for(work, choosing, "picks"), choosing))
        elif token.broken:
            found.append(Stuck(token.step, token.id, "failed", problem=token.problem))
        elif people:
            found.append(Stuck(token.step, token.id, _waiting_for(work, people, "people"), people))
        else:
            found.append(Stuck(token.step, token.id, "waiting"))
    return tuple(found)


def _waiting_for(work: Work, people: tuple[int, ...], reason: str) -> str:
    """The reason, or that all of the people have left."""
    return reason if any(may_sign_in(work.session, one) for one in people) else "gone"


def failed_instances(session: Session, limit: int = 100) -> list[Instance]:
    """The instances that stand at a failure, newest first."""
    return instances_page(session, {"problem is not null": None, "ended_at is null": None}, limit)


def running_instances(session: Session, flow: str | None, limit: int = 100) -> list[Instance]:
    """The instances that have not ended, newest first; of one flow, or all."""
    where: dict[str, object] = {"flow": flow} if flow else {}
    return instances_page(session, {**where, "ended_at is null": None}, limit)


def _check_administers(work: Work, given: Given) -> None:
    """Raises Forbidden, and FlowRefused without a reason."""
    if not work.context.principal.administrator:
        raise Forbidden
    if len(given.comment.strip()) < REASON:
        raise FlowRefused("needs_comment")


def _administer(work: Work, identity: int, given: Given, event: FlowEvent) -> Instance:
    _check_administers(work, given)
    return carry_on(work, identity, event, Note(actor=_me(work), comment=given.comment.strip()))


def _me(work: Work) -> int:
    return work.context.principal.user_id
