"""Flows in app tests: people answer, time passes, and what a test says of a flow is judged; what was run is noted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from engine.diagnostics import Message
from engine.model.errors import BadRequest
from engine.model.flows import Approval, Branches, Flow, Move
from engine.runtime.instants import to_micros
from engine.runtime.jobs import COLUMNS, JOB, Job, job_of
from engine.runtime.notices import people_told
from engine.runtime.rows import delete, select
from engine.runtime.work import Work
from engine.runtime.workflow.flow_acts import FLOW_ACTS, act_on_task
from engine.runtime.workflow.flow_commands import Given
from engine.runtime.workflow.flow_driver import TIMER, asked_now, stands_at
from engine.runtime.workflow.flow_events import Decided, Entered
from engine.runtime.workflow.flow_instances import Instance, instance, instances_of, log_of
from engine.runtime.workflow.flow_shape import step_of
from engine.runtime.workflow.flow_tables import INSTANCE
from engine.runtime.workflow.flow_tasks import open_tasks
from engine.runtime.workflow.flow_timers import timer_step

_SPANS = {"m": "minutes", "h": "hours", "d": "days"}
FlowPart = tuple[str, str, str]
"""A flow, a step or a branch, and how it went: entered, taken, or rejected."""


def answer(work: Work, entity: str, record: int, act: str, given: Given) -> Instance:
    """What the actor does to the newest flow about a row, or to one that it waits for. Raises BadRequest when nothing waits."""
    found = instances_of(work.session, entity, record)
    if not found:
        raise BadRequest(Message("这条记录没有流程", "There is no flow about this row"))
    if act in FLOW_ACTS:
        return FLOW_ACTS[act](work, found[0].id, given)
    mine = [
        one
        for one in open_tasks(work.session, work.context.principal.user_id)
        if _belongs(work, one.instance, found[0].id)
    ]
    if not mine:
        raise BadRequest(Message("没有事项等他处理", "Nothing waits for this person"))
    return act_on_task(work, act, mine[0].id, given)


def _belongs(work: Work, identity: int | None, flow: int) -> bool:
    """Whether an instance is a flow, or one that it has started and waits for."""
    if identity is None or identity == flow:
        return identity == flow
    row = instance(work.session, identity)
    return row is not None and _belongs(work, row.parent, flow)


def later(work: Work, span: str) -> Work:
    """The work after some time: `30m`, `8h`, `2d`; the timers of flows that were due by then have gone off in their order."""
    ends = work.context.now + timedelta(**{_SPANS[span[-1]]: int(span[:-1])})
    while (job := _next_timer(work, to_micros(ends))) is not None:
        delete(work.session, JOB, {"id": job.id})
        at = max(job.due_at or ends, work.context.now)
        timer_step(work.under(replace(work.context, now=at)), job)
    return work.under(replace(work.context, now=ends))


def flow_failures(
    work: Work, entity: str, record: int, wanted: Mapping[str, object], users: Mapping[str, int]
) -> Iterator[tuple[str, object, object]]:
    """What a test says of the newest flow about a row and is not so: the part, what is wanted, what was found."""
    found = instances_of(work.session, entity, record)
    row = found[0] if found else None
    names = {user: name for name, user in users.items()}
    told: dict[str, object] = {
        "outcome": row.outcome if row else None,
        "at": sorted(stands_at(row)) if row else [],
        "waiting": sorted(names.get(one.user, "?") for one in asked_now(work, row)) if row else [],
        "problem": row.problem if row else None,
        "told": sorted(names.get(one, "?") for one in people_told(work.session, entity, record)),
    }
    for key, value in wanted.items():
        listed = _listed(value, key in {"waiting", "told"}) if isinstance(value, list | tuple) else value
        if told.get(key) != listed:
            yield key, listed, told.get(key)


def flow_parts(flow: Flow) -> frozenset[FlowPart]:
    """All that the tests of a flow can touch: each step entered, each branch taken, each approval rejected."""
    found: set[FlowPart] = set()
    for step in flow.every_step():
        found.add((flow.name, step.id, "entered"))
        if isinstance(step.action, Branches):
            found |= {(flow.name, f"{step.id}.{branch.id}", "taken") for branch in step.action.branches}
        if isinstance(step.action, Approval):
            found.add((flow.name, step.id, "rejected"))
    return frozenset(found)


def touched_parts(work: Work) -> Iterator[FlowPart]:
    """What the flows of a test's transaction have touched, by their logs."""
    for identity, name in select(work.session, INSTANCE, ("id", "flow")):
        for entry in log_of(work.session, int(str(identity))):
            match entry.event:
                case Entered(holds=True, branches=branches):
                    yield str(name), entry.step, "entered"
                    yield from ((str(name), f"{entry.step}.{one}", "taken") for one in branches)
                case Decided(approved=False):
                    yield str(name), entry.step, "rejected"
                case _:
                    pass


def moved_by_flows(work: Work, touched: Sequence[FlowPart]) -> Iterator[tuple[str, str]]:
    """The transitions that flows took, each with its life."""
    for name, step, how in touched:
        flow = work.model.flows.get(name)
        found = step_of(flow, step) if flow is not None else None
        if flow is not None and found is not None and how == "entered" and isinstance(found.action, Move):
            life = work.model.workflow_of(flow.entity)
            if life is not None:
                yield life.name, found.action.transition


def _listed(value: Sequence[object], named: bool) -> list[str]:
    """What a test lists, in order; people are named with a sign before them."""
    return sorted(str(one).removeprefix("@") if named else str(one) for one in value)


def _next_timer(work: Work, ends: int) -> Job | None:
    rows = select(work.session, JOB, COLUMNS, {"kind": TIMER, "due_at <=": ends}, order=("due_at", "id"), limit=1)
    return job_of(rows[0]) if rows else None
