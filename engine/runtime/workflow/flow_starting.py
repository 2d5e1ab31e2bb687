"""Starting flows other than by a change: by hand, by the clock, by a call from outside."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from engine.diagnostics import DougongError, Message
from engine.model.access import Action
from engine.model.context import Context, Principal
from engine.model.errors import Forbidden, NotFound
from engine.model.flows import Flow, Trigger, TriggerKind
from engine.model.requests import Outcome
from engine.runtime.access.decide import scope_allows
from engine.runtime.moments import last_moment, remember_moment
from engine.runtime.query.rights import check_permitted
from engine.runtime.records.writing import create
from engine.runtime.sources.pointers import MISSING, at
from engine.runtime.sources.schedule import due
from engine.runtime.work import Work, Workplace
from engine.runtime.workflow.flow_actors import acting
from engine.runtime.workflow.flow_driver import start
from engine.runtime.workflow.flow_formulas import holds
from engine.runtime.workflow.flow_instances import Instance, running_about
from engine.runtime.workflow.flow_refusals import FlowRefused
from engine.runtime.workflow.flow_rows import rows_where
from engine.runtime.workflow.webhook_signatures import SIGNATURE, signature_fits


class BadSignature(DougongError):
    """A call from outside whose signature does not fit its body."""

    code = "bad_signature"
    status = 401

    def __init__(self) -> None:
        super().__init__(Message("签名不正确", "The signature does not fit"))


@dataclass(frozen=True, slots=True)
class Startable:
    """A flow that can be started by one of its triggers."""

    flow: Flow
    trigger: Trigger

    @property
    def moment(self) -> str:
        """Under which name it is kept when its time came last."""
        return f"flow:{self.flow.name}:{self.trigger.id}"


def startable(work: Work, entity: str, record: int) -> tuple[Startable, ...]:
    """The flows that the caller can start by hand about a record as it stands."""
    roles = work.context.principal.roles
    return tuple(
        Startable(flow, one)
        for flow in work.model.flows.values()
        if flow.entity == entity
        for one in flow.triggers
        if one.kind is TriggerKind.MANUAL
        and one.roles & roles
        and holds(work, entity, record, one.when)
        and not is_running(work, flow, record)
    )


def start_by_hand(work: Work, entity: str, record: int, name: str) -> Instance:
    """Start a flow about a record. Raises NotFound, Forbidden, or FlowRefused where its condition does not hold."""
    check_permitted(work, entity, record, Action.READ)
    flow = work.model.flows.get(name)
    triggers = [one for one in flow.triggers if one.kind is TriggerKind.MANUAL] if flow is not None else []
    if flow is None or flow.entity != entity or not triggers:
        raise NotFound
    me = work.context.principal
    mine = [one for one in triggers if one.roles & me.roles]
    if not mine or not scope_allows(me.token_scopes, entity, Action.TRANSITION):
        raise Forbidden
    trigger = next((one for one in mine if holds(work, entity, record, one.when)), None)
    if trigger is None:
        raise FlowRefused("condition")
    if is_running(work, flow, record):
        raise FlowRefused("running")
    return start(work, flow, record, trigger.id)


def start_by_call(work: Work, name: str, trigger_id: str, body: object, key: str | None) -> Outcome:
    """Make the record that a call from outside brings, and start its flow. `key` makes repeats harmless."""
    flow, trigger = webhook(work, name, trigger_id)
    found = {field: at(body, pointer) for field, pointer in trigger.values.items()}
    values = {field: value for field, value in found.items() if value is not MISSING}
    outcome = create(acting(work, flow, 0), flow.entity, values, key=key)
    if not outcome.replayed and holds(work, flow.entity, outcome.id, trigger.when):
        start(work, flow, outcome.id, trigger.id)
    return outcome


def webhook(work: Work, name: str, trigger_id: str) -> tuple[Flow, Trigger]:
    """A flow and its trigger for calls from outside. Raises NotFound."""
    flow = work.model.flows.get(name)
    triggers = flow.triggers if flow is not None else ()
    trigger = next((one for one in triggers if one.id == trigger_id and one.kind is TriggerKind.WEBHOOK), None)
    if flow is None or trigger is None:
        raise NotFound
    return flow, trigger


def check_signature(
    secrets: Mapping[str, str], trigger: Trigger, body: bytes, headers: Mapping[str, str], now: datetime
) -> None:
    """A webhook's signature by the standard or, where none is sent, the HMAC-SHA256 of the body in hexadecimal under
    X-Dougong-Signature, each under the trigger's secret. Raises BadSignature, also without a secret."""
    secret = secrets.get(trigger.secret, "")
    if SIGNATURE in headers:
        fits = signature_fits(secret, headers, now, body)
    else:
        wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        told = headers.get("x-dougong-signature", "").removeprefix("sha256=").strip().lower()
        fits = bool(secret) and hmac.compare_digest(wanted.encode(), told.encode())
    if not fits:
        raise BadSignature


def is_running(work: Work, flow: Flow, record: int) -> bool:
    """Whether a record has a run of a flow that has not ended."""
    return bool(running_about(work.session, flow.entity, record, flow.name))


@dataclass(frozen=True, slots=True)
class FlowClock:
    """Starts the flows whose time has come, for every record on which their condition holds."""

    workplace: Workplace
    zone: str
    since: datetime

    def look(self, now: datetime) -> int:
        """Start what is due; how many flows were started."""
        principal = Principal(0, "schedule", frozenset(), service="schedule")
        context = Context(principal, now, zone=self.zone, cause="schedule")
        scheduled = [
            Startable(flow, trigger)
            for flow in self.workplace.models.current().flows.values()
            for trigger in flow.triggers
            if trigger.kind is TriggerKind.SCHEDULE
        ]
        if not scheduled:
            return 0
        come = self.workplace.read(context, lambda work: [one for one in scheduled if self._is_due(work, one)])
        return sum(self.workplace.write(context, partial(self._start, one)) for one in come)

    def _is_due(self, work: Work, one: Startable) -> bool:
        return due(one.trigger.every, last_moment(work.session, one.moment), self.since, work.context.now, self.zone)

    def _start(self, one: Startable, work: Work) -> int:
        """Start it where it is due still: another process may have been quicker."""
        flow, trigger = one.flow, one.trigger
        if not self._is_due(work, one):
            return 0
        remember_moment(work.session, one.moment, work.context.now)
        records = rows_where(work, flow.entity, trigger.when) if trigger.when is not None else ()
        waiting = [one for one in records if not is_running(work, flow, one)]
        for record in waiting:
            start(work, flow, record, trigger.id)
        return len(waiting)
