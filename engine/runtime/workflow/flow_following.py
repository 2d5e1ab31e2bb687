"""Following: after an act, the flows that its changes start, carry on, or end; in the act's own transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import DougongError, Message
from engine.model.app import AppModel
from engine.model.flows import Flow, Trigger, TriggerKind, Wait
from engine.model.pages import form_cause
from engine.model.requests import Change
from engine.runtime.rows import select
from engine.runtime.work import Work
from engine.runtime.workflow.flow_driver import carry_on, end_about, start
from engine.runtime.workflow.flow_events import Completed
from engine.runtime.workflow.flow_formulas import holds
from engine.runtime.workflow.flow_instances import flow_of, instance, running_about
from engine.runtime.workflow.flow_shape import step_of
from engine.runtime.workflow.flow_starting import is_running
from engine.runtime.workflow.flow_tables import WAITING

MOST_ROUNDS = 32
"""How often flows may start each other in one act."""
_KINDS: Mapping[str, TriggerKind] = {
    "create": TriggerKind.CREATED,
    "restore": TriggerKind.CREATED,
    "update": TriggerKind.UPDATED,
    "compute": TriggerKind.UPDATED,
    "delete": TriggerKind.DELETED,
    "transition": TriggerKind.TRANSITION,
}


class FlowCircle(DougongError):
    """Flows start each other without an end; nothing of the act is kept."""

    code = "flow_circle"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Message(
                "流程互相触发，没有尽头，操作未保存；请联系管理员检查流程的触发条件",
                "Flows start each other without an end; nothing was saved. Ask the administrator to check their conditions",
            )
        )


def follow(work: Work) -> None:
    """Run what flows have to do with the changes of a unit of work, until nothing follows any more. Raises FlowCircle."""
    for _ in range(MOST_ROUNDS):
        if not work.aftermath:
            return
        changes = tuple(work.aftermath)
        work.aftermath.clear()
        for change in changes:
            _follow(work, change)
    raise FlowCircle


def _follow(work: Work, change: Change) -> None:
    if change.lived and not change.lives:
        end_about(work, change.entity, change.id, running_about(work.session, change.entity, change.id))
    elif change.before is not None:
        _carry_on(work, change)
    for flow, trigger in _started_by(work, change):
        start(work, flow, change.id, trigger.id)


def _carry_on(work: Work, change: Change) -> None:
    """Go on with what waits for the record to be as it is now."""
    where = {"record": change.id, "entity": change.entity}
    for found, identity in select(work.session, WAITING, ("instance", "token"), where):
        row = instance(work.session, int(str(found)))
        token = row.state.token(int(str(identity))) if row else None
        flow = flow_of(work, row) if row else None
        step = step_of(flow, token.step) if flow and token else None
        if row is None or token is None or step is None or not isinstance(step.action, Wait):
            continue
        if holds(work, change.entity, change.id, step.action.holds):
            carry_on(work, row.id, Completed(token.id, token.visit))


def _started_by(work: Work, change: Change) -> Iterator[tuple[Flow, Trigger]]:
    """The flows that a change starts, each by its first trigger that fits; a record has one run of a flow at a time."""
    kind = _KINDS.get(change.action)
    for flow, triggers in work.model.derived(_triggers).get((change.entity, kind), ()):
        trigger = next((one for one in triggers if _fits(work, flow, one, change)), None)
        if trigger is not None and not is_running(work, flow, change.id):
            yield flow, trigger


Triggered = tuple[Flow, tuple[Trigger, ...]]


def _triggers(model: AppModel) -> Mapping[tuple[str, TriggerKind | None], tuple[Triggered, ...]]:
    """Which flows a change may start, with their triggers, by its entity and by what is done: a form, too, creates."""
    found: dict[tuple[str, TriggerKind | None], tuple[Triggered, ...]] = {}
    for flow in model.flows.values():
        by_kind: dict[TriggerKind, tuple[Trigger, ...]] = {}
        for one in flow.triggers:
            kind: TriggerKind = one.kind if one.kind is not TriggerKind.FORM else TriggerKind.CREATED
            by_kind[kind] = (*by_kind.get(kind, ()), one)
        for started, triggers in by_kind.items():
            found[flow.entity, started] = (*found.get((flow.entity, started), ()), (flow, triggers))
    return found


def _is_kind(work: Work, trigger: Trigger, change: Change) -> bool:
    """Whether a change is of the kind that a trigger waits for; a form is one that somebody of its roles has handed in."""
    kind = _KINDS.get(change.action)
    if trigger.kind is TriggerKind.FORM:
        handed_in = kind is TriggerKind.CREATED and change.cause == form_cause(trigger.form)
        return handed_in and bool(trigger.roles & work.context.principal.roles)
    return trigger.kind is kind


def _fits(work: Work, flow: Flow, trigger: Trigger, change: Change) -> bool:
    if not _is_kind(work, trigger, change) or change.cause == flow.role:
        return False
    if trigger.kind is TriggerKind.TRANSITION and trigger.transition != change.move:
        return False
    if trigger.fields and not set(trigger.fields) & set(change.changed):
        return False
    return holds(work, change.entity, change.id, trigger.when)
