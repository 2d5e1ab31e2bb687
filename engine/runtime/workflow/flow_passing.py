"""Passing on what flows ask: the open tasks of whoever hands over, each with the one who takes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.runtime.organisation.members import heads_of, members_of
from engine.runtime.organisation.units import unit_tree
from engine.runtime.records.evaluating import reference_of
from engine.runtime.records.handing_over import HandedOver, HandOver
from engine.runtime.work import Work
from engine.runtime.workflow.flow_events import Transferred
from engine.runtime.workflow.flow_instances import Note, instance
from engine.runtime.workflow.flow_state import FlowState, SlotStatus
from engine.runtime.workflow.flow_tasks import FlowTask, open_tasks

MOST_TASKS = 10_000
COMMENT = Message("交接", "Hand-over")


@dataclass(frozen=True, slots=True)
class Passing:
    """A task that passes on: in which instance, by which event, with which words."""

    instance: int
    event: Transferred
    note: Note


def passings(work: Work, order: HandOver, done: HandedOver) -> Iterator[Passing]:
    """What passes on after a hand-over: tasks about the records handed over; about the unit, when all of it was."""
    keys, actor = frozenset(done.records), work.context.principal.user_id
    for person, successor in _takers(work, order).items():
        for task in open_tasks(work.session, person, MOST_TASKS):
            if (task.entity, task.record) not in keys and not _of_unit(work, order, task):
                continue
            row = instance(work.session, task.instance)
            if row is not None and is_asked(row.state, task.token, task.slot):
                event = Transferred(task.token, task.slot, actor, successor, reassigned=True)
                yield Passing(row.id, event, Note(actor, step=task.step, comment=COMMENT.text(work.context.language)))


def _takers(work: Work, order: HandOver) -> Mapping[int, int]:
    """Who takes over what from whom: the successors; of a record that leaves its unit, its new head from others of the unit."""
    if not order.records or order.unit == order.to_unit:
        return order.successors
    session, day = work.session, work.context.today
    heads = heads_of(session, work.model, unit_tree(session, day), order.to_unit, day)
    seated = {one.user for one in members_of(session, order.to_unit, day)}
    others = {one.user for one in members_of(session, order.unit, day)} - seated
    return {**dict.fromkeys(others, heads[0]), **order.successors} if heads else order.successors


def is_asked(state: FlowState, token: int, slot: int) -> bool:
    """Whether a slot still waits for its answer; the row of its task is closed only when the flow has come to rest."""
    found = state.token(token)
    asked = found.slot(slot) if found is not None else None
    return asked is not None and asked.status is SlotStatus.ACTIVE


def _of_unit(work: Work, order: HandOver, task: FlowTask) -> bool:
    return not order.records and reference_of(work, task.entity, task.record, ("scope_unit",)) == order.unit
