"""Flows of the demo: those that its files say are under way when it begins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from engine.model.demo import Demo, DemoFlows
from engine.runtime.identity.users import user_by_id
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.organisation.members import heads_of
from engine.runtime.organisation.units import unit_tree
from engine.runtime.records.evaluating import reference_of
from engine.runtime.work import Work
from engine.runtime.workflow.flow_driver import start
from engine.runtime.workflow.flow_rows import rows_where
from engine.runtime.workflow.people import OWNER

TRIGGER = "demo"


def start_demo_flows(work: Work, demos: Iterable[Demo]) -> int:
    """Start what the files say; how many flows were started."""
    return sum(_start(work, one) for demo in demos for one in demo.flows)


def _start(work: Work, wanted: DemoFlows) -> int:
    """Evenly over the hours before now, the oldest record first."""
    records = rows_where(work, wanted.entity, wanted.when)[-wanted.count :]
    apart = timedelta(hours=wanted.hours) / (len(records) + 1)
    started = 0
    for number, record in enumerate(records):
        person = _person(work, wanted, record)
        user = user_by_id(work.session, person) if person is not None else None
        if user is not None:
            at = Circumstances(work.context.now - apart * (len(records) - number), "zh-CN", work.context.zone)
            own = work.under(context_for(work.session, work.model, user, at))
            start(own, work.model.flows[wanted.flow], record, TRIGGER)
            started += 1
    return started


def _person(work: Work, wanted: DemoFlows, record: int) -> int | None:
    """Who starts a flow: the one that the record names, else the head of its unit."""
    if wanted.by:
        return reference_of(work, wanted.entity, record, wanted.by)
    unit, day = reference_of(work, wanted.entity, record, OWNER), work.context.today
    heads = heads_of(work.session, work.model, unit_tree(work.session, day), unit, day) if unit is not None else []
    return heads[0] if heads else None
