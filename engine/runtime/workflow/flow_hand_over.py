"""Handing over with what flows ask: the open steps of whoever hands over pass to the successors in the same act."""

from __future__ import annotations

from collections.abc import Collection

from engine.diagnostics import Message
from engine.runtime.records.changes import Key
from engine.runtime.records.evaluating import reference_of
from engine.runtime.records.handing_over import HandedOver, HandOver, hand_over
from engine.runtime.work import Work
from engine.runtime.workflow.flow_driver import carry_on
from engine.runtime.workflow.flow_events import Transferred
from engine.runtime.workflow.flow_instances import Note
from engine.runtime.workflow.flow_tasks import FlowTask, open_tasks

MOST_TASKS = 10_000
COMMENT = Message("交接", "Hand-over")


def hand_over_all(work: Work, order: HandOver) -> HandedOver:
    """Hand over records, then what flows ask about them or about the unit. Raises BadRequest, FlowRefused."""
    done = hand_over(work, order)
    keys = frozenset(done.records)
    for person, successor in order.successors.items():
        for task in open_tasks(work.session, person, MOST_TASKS):
            if _passes(work, order, keys, task):
                _pass_on(work, task, successor)
    return done


def _passes(work: Work, order: HandOver, keys: Collection[Key], task: FlowTask) -> bool:
    if (task.entity, task.record) in keys:
        return True
    return reference_of(work, task.entity, task.record, ("scope_unit",)) == order.unit


def _pass_on(work: Work, task: FlowTask, successor: int) -> None:
    actor = work.context.principal.user_id
    event = Transferred(task.token, task.slot, actor, successor, reassigned=True)
    carry_on(work, task.instance, event, Note(actor=actor, step=task.step, comment=COMMENT.text(work.context.language)))
