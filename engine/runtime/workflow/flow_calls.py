"""Calls of flows: what leaves the database, at least once under one key, outside of every transaction."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from engine.diagnostics import DougongError, Message
from engine.extensions import EgressClient, EgressRequest
from engine.model.context import Context, Principal
from engine.model.flows import Call, Flow
from engine.model.formula import Formula, Relation
from engine.model.levels import level_of_paths, tags_of_paths
from engine.model.payloads import UNTOLD, Payload
from engine.runtime.identifiers import encode_id
from engine.runtime.jobs import MOST_ATTEMPTS, Job
from engine.runtime.nodes.registry import NodeRegistry
from engine.runtime.records.evaluating import evaluated
from engine.runtime.records.writing import update
from engine.runtime.sources.pointers import MISSING, at
from engine.runtime.sources.running import SECRET_PREFIX
from engine.runtime.storage.times import instant_text
from engine.runtime.work import Work, Workplace
from engine.runtime.workflow.flow_actors import acting
from engine.runtime.workflow.flow_driver import carry_on
from engine.runtime.workflow.flow_events import Completed, Failed
from engine.runtime.workflow.flow_instances import Instance, Note, flow_of, instance
from engine.runtime.workflow.flow_shape import step_of
from engine.runtime.workflow.flow_state import TokenStatus
from engine.runtime.workflow.webhook_signatures import signed_headers

AGAIN = frozenset({408, 425, 429})
"""Answers below 500 that may be another one later."""
PURPOSE = "operation"
AGAIN_OF = "step"
"""Of a job that sends once more what a step has sent: that step. Its flow does not move."""


class CallFailed(DougongError):
    """The other side did not take a call; `final` when asking again cannot help."""

    code = "call_failed"
    status = 502

    def __init__(self, status: int) -> None:
        super().__init__(Message(f"对方返回 {status}", f"The other side answered {status}"), status=status)
        self.final = status < 500 and status not in AGAIN


class NoSecret(DougongError):
    """The secret that a call is signed with is not set."""

    code = "no_secret"
    status = 500
    final = True

    def __init__(self, variable: str) -> None:
        super().__init__(
            Message(f"没有设置环境变量 {variable}", f"The environment has no {variable}"), variable=variable
        )


@dataclass(frozen=True, slots=True)
class Calling:
    """A call as it stands in its flow: who acts, with which values, under which key."""

    context: Context
    step: str
    call: Call
    values: Mapping[str, object]
    level: str
    key: str
    about: Payload = UNTOLD


@dataclass(frozen=True, slots=True)
class FlowCaller:
    """Does the calls of flows. Never inside a unit of work: it opens its own before and after."""

    egress: EgressClient
    nodes: NodeRegistry
    zone: str
    secrets: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def __call__(self, workplace: Workplace, job: Job, now: datetime) -> None:
        """One try. Raises what the other side did, to be tried again; the last time it is the step that fails."""
        principal = Principal(0, "flows", frozenset(), service="flows")
        context = Context(principal, now, zone=self.zone, run=encode_id(job.id), cause="flows")
        calling = workplace.read(context, lambda work: calling_of(work, job))
        if calling is None:
            return
        if AGAIN_OF in job.payload:
            self._answer(calling, now)
            return
        try:
            answer = self._answer(calling, now)
        except DougongError as error:
            last = job.attempts + 1 >= MOST_ATTEMPTS or (isinstance(error, CallFailed | NoSecret) and error.final)
            if not last:
                raise
            problem, words = error.code, error.message.zh
            workplace.write(context, lambda work: _fail(work, job, problem, words))
            return
        workplace.write(context, lambda work: _take(work, job, answer))

    def _answer(self, calling: Calling, now: datetime) -> object:
        call = calling.call
        if call.node:
            return self.nodes.run(call.node, calling.context, calling.values, call.settings, calling.key)
        body = json.dumps(calling.values, ensure_ascii=False).encode() if call.method != "GET" else b""
        request = EgressRequest(
            destination=call.destination,
            method=call.method,
            path=call.url_path,
            purpose=PURPOSE,
            level=calling.level,
            headers={
                "content-type": "application/json",
                "idempotency-key": calling.key,
                **self._signature(calling, now, body),
            },
            body=body,
            about=calling.about,
        )
        response = self.egress.send(calling.context, request)
        if response.status >= 300:
            raise CallFailed(response.status)
        try:
            return json.loads(response.body) if response.body else None
        except ValueError:
            return None

    def _signature(self, calling: Calling, now: datetime, body: bytes) -> Mapping[str, str]:
        """The headers of a webhook, where the call is one. Raises NoSecret."""
        if not calling.call.sign:
            return {}
        variable = SECRET_PREFIX + calling.call.sign.upper()
        if not self.secrets.get(variable):
            raise NoSecret(variable)
        return signed_headers(self.secrets[variable], calling.key, now, body)


def calling_of(work: Work, job: Job) -> Calling | None:
    """The call that a job stands for; None when its step has been left since, or was done already, unless it is sent again."""
    identity, number, visit = (int(str(job.payload[name])) for name in ("instance", "token", "visit"))
    row = instance(work.session, identity)
    flow = flow_of(work, row) if row is not None else None
    if row is None or flow is None:
        return None
    step = step_of(flow, str(job.payload[AGAIN_OF]) if AGAIN_OF in job.payload else _waiting(row, number, visit))
    if step is None or not isinstance(step.action, Call):
        return None
    right = acting(work, flow, row.id)
    values = evaluated(right, work.model.entities[row.entity], row.record, step.action.values)
    sent = {name: _json(value, step.action.values[name]) for name, value in values.items()}
    key = f"{encode_id(row.id)}-{number}-{visit}"
    level, about = _made_of(work, flow, step.action, row)
    return Calling(right.context, step.id, step.action, sent, level, key, about)


def _waiting(row: Instance, number: int, visit: int) -> str:
    """The step at which a token waits on this visit; empty where it does not."""
    token = row.state.token(number)
    waits = token is not None and token.visit == visit and token.status is TokenStatus.WAITING
    return token.step if token is not None and waits else ""


def _take(work: Work, job: Job, answer: object) -> None:
    """Write what an answer gives into the record, and let the flow go on."""
    calling = calling_of(work, job)
    if calling is None:
        return
    identity, number, visit = (int(str(job.payload[name])) for name in ("instance", "token", "visit"))
    row = instance(work.session, identity, lock=True)
    flow = flow_of(work, row) if row is not None else None
    if row is None or flow is None:
        return
    found = {name: at(answer, pointer) for name, pointer in calling.call.take.items()}
    values = {name: value for name, value in found.items() if value is not MISSING}
    try:
        if values:
            with work.savepoint():
                update(acting(work, flow, row.id), row.entity, row.record, values)
    except DougongError as error:
        carry_on(work, identity, Failed(number, visit, error.code), Note(comment=error.message.zh))
        return
    carry_on(work, identity, Completed(number, visit))


def _fail(work: Work, job: Job, problem: str, words: str) -> None:
    if calling_of(work, job) is not None:
        identity, number, visit = (int(str(job.payload[name])) for name in ("instance", "token", "visit"))
        carry_on(work, identity, Failed(number, visit, problem), Note(comment=words))


def _made_of(work: Work, flow: Flow, call: Call, row: Instance) -> tuple[str, Payload]:
    """The level of the fields that a call's values are made of, and what the gate is told of them."""
    paths = frozenset[str]().union(*(one.references for one in call.values.values()))
    about = Payload(
        tags=tags_of_paths(work.model, flow.entity, paths),
        fields=tuple(sorted(paths)),
        rows=1,
        persons=(f"{row.entity}:{row.record}",) if paths else (),
        place=f"flow:{flow.name}",
    )
    return level_of_paths(work.model, flow.entity, paths), about


def _json(value: object, formula: Formula) -> object:
    """A value as JSON knows it: numbers as text, references by their public ids."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and isinstance(formula.type, Relation):
        return encode_id(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return list(value) if isinstance(value, tuple) else value
