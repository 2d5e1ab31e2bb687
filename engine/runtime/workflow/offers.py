"""Offers: the transitions from where a record stands, each possible or with the reason why not."""

from __future__ import annotations

from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.workflows import Transition
from engine.runtime.query.rights import permitted, reads
from engine.runtime.records.checks import holding
from engine.runtime.records.stored import stored_row
from engine.runtime.work import Work
from engine.runtime.workflow.machine import Allowed, Refused, Standing, decide_transition


@dataclass(frozen=True, slots=True)
class OfferedTransition:
    """A transition and whether it can be taken now."""

    transition: Transition
    allowed: bool
    reason: Message | None
    missing: tuple[str, ...] = ()


def offers_for(work: Work, entity: str, record: int) -> tuple[OfferedTransition, ...]:
    """The transitions of the record's state that the reader's roles know; none without the transition right, or without that
    to read the state: they would tell it.
    """
    workflow, declared = work.model.workflow_of(entity), work.model.entities[entity]
    if workflow is None or not permitted(work, entity, record, Action.TRANSITION):
        return ()
    if not reads(work, entity, record, workflow.field):
        return ()
    row = stored_row(work, declared, record)
    state = row.values.get(workflow.field)
    moves = [move for move in workflow.leaving(str(state)) if move.roles & work.context.principal.roles]
    guards = [move.guard for move in moves if move.guard is not None]
    answers = iter(holding(work, declared, record, guards, "guards"))
    offers = []
    for move in moves:
        guard = next(answers) if move.guard is not None else 1
        standing = Standing(str(state), row.values, work.context.principal.roles, guard)
        match decide_transition(workflow, declared, move, standing):
            case Allowed():
                offers.append(OfferedTransition(move, True, None))
            case Refused(code, reason, fields):
                offers.append(OfferedTransition(move, code == "missing", reason, fields))
    return tuple(offers)
