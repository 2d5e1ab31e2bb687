"""Timers of flows: jobs whose time has come. A timer of a step that has been left since does nothing."""

from __future__ import annotations

from engine.model.flows import Approval, Flow, People, PeopleKind, RungAct, Task
from engine.model.flows import Rung as RungSpec
from engine.runtime.jobs import Job
from engine.runtime.notices import tell
from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.work import Work
from engine.runtime.workflow.flow_actors import acting
from engine.runtime.workflow.flow_driver import carry_on, remark
from engine.runtime.workflow.flow_events import Completed, Rung
from engine.runtime.workflow.flow_instances import Instance, Note, flow_of, instance
from engine.runtime.workflow.flow_shape import step_of
from engine.runtime.workflow.flow_state import SlotStatus, Token, TokenStatus
from engine.runtime.workflow.flow_telling import about_flow
from engine.runtime.workflow.people import Asked, resolve


def timer_step(work: Work, job: Job) -> int | None:
    """What a timer does: the next rung of a ladder, or the end of a wait."""
    identity, number, visit = (int(str(job.payload[name])) for name in ("instance", "token", "visit"))
    row = instance(work.session, identity, lock=True)
    token = row.state.token(number) if row is not None else None
    if row is None or token is None or token.visit != visit or token.status is not TokenStatus.WAITING:
        return None
    rung = job.payload.get("rung")
    if rung is None:
        carry_on(work, row.id, Completed(token.id, token.visit))
        return None
    flow = flow_of(work, row)
    found = _rung(flow, token, str(rung)) if flow is not None else None
    if flow is not None and found is not None:
        _climb(work, flow, row, token, found)
    return None


def active_people(token: Token) -> tuple[int, ...]:
    """Those whose answer a step waits for."""
    return tuple(dict.fromkeys(one.user for one in token.slots if one.status is SlotStatus.ACTIVE))


def remind(work: Work, row: Instance, token: Token, kind: NoticeKind = NoticeKind.REMINDER) -> None:
    """Tell those who have not answered that they are waited for."""
    tell(work, active_people(token), about_flow(work, row, kind))


def _rung(flow: Flow, token: Token, identity: str) -> RungSpec | None:
    step = step_of(flow, token.step)
    ladder = step.action.ladder if step is not None and isinstance(step.action, Approval | Task) else ()
    return next((one for one in ladder if one.id == identity), None)


def _climb(work: Work, flow: Flow, row: Instance, token: Token, rung: RungSpec) -> None:
    if rung.act is RungAct.REMIND:
        remind(work, row, token)
        remark(work, row, "reminded", Note(step=token.step))
        return
    carry_on(work, row.id, Rung(token.id, token.visit, rung.id, _people(work, flow, row, token, rung)))


def _people(work: Work, flow: Flow, row: Instance, token: Token, rung: RungSpec) -> tuple[int, ...]:
    """Whom a rung brings in: those it names, else the manager of each who has not answered."""
    right = acting(work, flow, row.id)
    if rung.people:
        return resolve(right, rung.people, Asked(row.entity, row.record, row.initiator))
    manager = (People(PeopleKind.MANAGER, rung.place),)
    late = active_people(token)
    return tuple(one for user in late for one in resolve(right, manager, Asked(row.entity, row.record, user)))
