"""Simulation: a flow is run to its end on rows that are never committed, with answers from a script; what would be asked,
written, told and sent is kept, and nothing leaves the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from engine.diagnostics import DougongError, Message
from engine.model.context import Context
from engine.model.flows import Flow, TriggerKind
from engine.model.names import empty_map
from engine.runtime.database.trying import trial as undone
from engine.runtime.identity.users import user_by_id
from engine.runtime.jobs import COLUMNS as JOB_COLUMNS
from engine.runtime.jobs import JOB, Job, job_of
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.records.transitions import transition
from engine.runtime.records.writing import create, update
from engine.runtime.rows import delete, select
from engine.runtime.work import Work
from engine.runtime.workflow.flow_actors import acting
from engine.runtime.workflow.flow_acts import act_on_task
from engine.runtime.workflow.flow_calls import calling_of
from engine.runtime.workflow.flow_commands import Given
from engine.runtime.workflow.flow_driver import CALL, TIMER, asked_now, carry_on, stands_at, start
from engine.runtime.workflow.flow_events import Completed, Decided, FlowEvent, Resubmitted
from engine.runtime.workflow.flow_following import follow
from engine.runtime.workflow.flow_instances import Instance, Note, flow_of, instance, instances_of
from engine.runtime.workflow.flow_tasks import FlowTask, TaskKind
from engine.runtime.workflow.flow_timers import timer_step
from engine.runtime.workflow.flow_watching import Happening, Happens, NotedIds, Watch

MOST_ROUNDS = 200
"""Answers, calls and clocks of one simulation; more is a circle."""
WAIT = "wait"
TRIAL = Message("试跑", "Trial")
_USUAL: Mapping[TaskKind, str] = {TaskKind.APPROVAL: "approve", TaskKind.TASK: "done", TaskKind.REVISE: "resubmit"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is done at a step: an act and what comes along; `wait`, when nobody answers and the ladder has its turn.

    At a call, the values are what is taken from the answer of the other side.
    """

    act: str = ""
    given: Given = field(default_factory=Given)


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: a flow on a stored record, or on a new one with `values`; `answers` by step, one after the other.

    `starter` is the context of whoever starts it.
    """

    flow: Flow
    starter: Context
    record: int | None = None
    values: Mapping[str, object] = field(default_factory=empty_map)
    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=empty_map)


@dataclass(frozen=True, slots=True)
class Simulation:
    """A course: what happens in order, how it ended, or the steps at which it still stands and what is wrong there."""

    happenings: tuple[Happening, ...]
    outcome: str | None
    standing: tuple[str, ...]
    problem: str | None


def simulate(work: Work, trial: Trial) -> Simulation:
    """Run a flow; nothing of it stays. Raises what refuses the new record, before the flow has begun."""
    found: list[Simulation] = []
    with undone(work.savepoint()):
        ids = NotedIds(work.ids)
        found.append(_Course(replace(work, context=trial.starter, ids=ids, aftermath=[], known={}), trial, ids).run())
    return found[0]


class _Course:
    """One simulation on its way."""

    def __init__(self, work: Work, trial: Trial, ids: NotedIds) -> None:
        self.work = work
        self.trial = trial
        self.ids = ids
        self.watch = Watch(ids)
        self.answered: dict[str, int] = {}

    def run(self) -> Simulation:
        root = self.begin()
        for _ in range(MOST_ROUNDS):
            self.watch.look(self.work)
            if not (self.answer() or self.call() or self.pass_time()):
                break
            follow(self.work)
        self.watch.look(self.work)
        row = instance(self.work.session, root)
        standing = stands_at(row) if row is not None else ()
        happenings = tuple(self.watch.happenings)
        return Simulation(happenings, row.outcome if row else None, standing, row.problem if row else None)

    def begin(self) -> int:
        """The flow started as its triggers start it, else by itself; its instance."""
        work, flow = self.work, self.trial.flow
        record = self.trial.record or self.make()
        follow(work)
        for trigger in flow.triggers:
            if trigger.kind is TriggerKind.TRANSITION and self.started(record) is None:
                self.move(record, trigger.transition)
        found = self.started(record)
        if found is None:
            found = start(work, flow, record, "simulation").id
            follow(work)
        return found

    def make(self) -> int:
        """The new record, its parts with it."""
        entity = self.work.model.entities[self.trial.flow.entity]
        given = self.trial.values.items()
        values = {name: one for name, one in given if name not in entity.collections}
        parts = {name: one for name, one in given if name in entity.collections and isinstance(one, list)}
        return create(self.work, entity.name, values, children=parts).id

    def move(self, record: int, name: str) -> None:
        """Take the transition that starts the flow, where the starter may and the record stands so."""
        try:
            with self.work.savepoint():
                transition(self.work, self.trial.flow.entity, record, name)
                follow(self.work)
        except DougongError:
            self.work.aftermath.clear()

    def started(self, record: int) -> int | None:
        found = instances_of(self.work.session, self.trial.flow.entity, record)
        return next((one.id for one in found if one.flow == self.trial.flow.name and one.id in self.ids.made), None)

    def answer(self) -> bool:
        """Let the next person who is asked answer as the script says, or as is usual."""
        for row in self.watch.running(self.work):
            for task in asked_now(self.work, row):
                said = self.said(task.step)
                if said.act != WAIT:
                    self.answered[task.step] = self.answered.get(task.step, 0) + 1
                    self.act(row, task, said)
                    return True
        return False

    def said(self, step: str) -> Answer:
        """What the script says of the next answer at a step."""
        answers, at = self.trial.answers.get(step, ()), self.answered.get(step, 0)
        return answers[at] if at < len(answers) else Answer()

    def act(self, row: Instance, task: FlowTask, said: Answer) -> None:
        """One answer with the rights of who is asked; where something is lacking that is noted, and the flow goes on."""
        user, act = user_by_id(self.work.session, task.user), said.act or _USUAL[task.kind]
        try:
            with self.work.savepoint():
                if user is not None:
                    at = Circumstances(self.work.context.now, self.work.context.locale, self.work.context.zone)
                    context = context_for(self.work.session, self.work.model, user, at)
                    given = replace(said.given, comment=said.given.comment or TRIAL.text(context.language))
                    act_on_task(self.work.under(context), act, task.id, given)
                    return
        except DougongError as error:
            lacking = dict.fromkeys(str(one.field) for one in getattr(error, "problems", ()))
            words, now = (error.code, *lacking), self.work.context.now
            self.watch.happenings.append(Happening(now, Happens.REFUSED, row.flow, task.step, (task.user,), words))
        event: FlowEvent = Decided(task.token, task.slot, task.user, act != "reject")
        if task.kind is TaskKind.REVISE:
            event = Resubmitted(task.token, task.user)
        carry_on(self.work, row.id, event, Note(actor=task.user, step=task.step))

    def call(self) -> bool:
        """Note the next call to the outside, do not make it, and go on as if it had been answered."""
        job = self.take(CALL)
        calling = calling_of(self.work, job) if job is not None else None
        row = instance(self.work.session, int(str(job.payload["instance"]))) if job is not None else None
        flow = flow_of(self.work, row) if row is not None else None
        if job is None or calling is None or row is None or flow is None:
            return job is not None
        call, step = calling.call, calling.step
        where = call.node or f"{call.destination} {call.method} {call.url_path}"
        now, words = self.work.context.now, (where, *call.values)
        self.watch.happenings.append(Happening(now, Happens.SENT, row.flow, step, words=words))
        taken = self.said(step).given.values
        self.answered[step] = self.answered.get(step, 0) + 1
        if taken:
            update(acting(self.work, flow, row.id), row.entity, row.record, taken)
        carry_on(self.work, row.id, Completed(int(str(job.payload["token"])), int(str(job.payload["visit"]))))
        return True

    def pass_time(self) -> bool:
        """Let time pass until the next clock goes off."""
        job = self.take(TIMER)
        if job is None:
            return False
        at = max(job.due_at or self.work.context.now, self.work.context.now)
        self.work = self.work.under(replace(self.work.context, now=at))
        timer_step(self.work, job)
        return True

    def take(self, kind: str) -> Job | None:
        """The next job of the flows that were started here, taken out."""
        where = {"kind": kind, "id >=": min(self.ids.made)}
        rows = select(self.work.session, JOB, JOB_COLUMNS, where, ("due_at", "id"))
        found = next((job for job in map(job_of, rows) if job.id in self.ids.made), None)
        if found is not None:
            delete(self.work.session, JOB, {"id": found.id})
        return found
