"""The driver of flows: brings an instance on in the caller's transaction, and leaves in it what is to be done later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from engine.diagnostics import DougongError
from engine.model.errors import NotFound, ValidationFailed
from engine.model.flows import (
    Approval,
    Branches,
    Call,
    Create,
    Empty,
    Flow,
    Fork,
    HandingOver,
    Move,
    Notify,
    Own,
    People,
    PeopleKind,
    Step,
    Subflow,
    Task,
    Term,
    Wait,
    Write,
)
from engine.model.replacing import replaced
from engine.runtime.events import Aspect, tell_aspects
from engine.runtime.instants import to_micros
from engine.runtime.jobs import enqueue
from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.rows import delete, insert, select
from engine.runtime.work import Work
from engine.runtime.workflow.calendar import calendar_of, due
from engine.runtime.workflow.delegations import instead_of
from engine.runtime.workflow.flow_actors import acting
from engine.runtime.workflow.flow_effects import DatabaseEffect, done_effect
from engine.runtime.workflow.flow_events import (
    Completed,
    Decided,
    Entered,
    Failed,
    FlowEvent,
    Picked,
    Resubmitted,
    Rung,
    Started,
    Terminated,
)
from engine.runtime.workflow.flow_formulas import amount_of, held, holds, moment_of, text_of
from engine.runtime.workflow.flow_instances import (
    Instance,
    Note,
    add_entries,
    add_instance,
    children_of,
    entry_row,
    flow_of,
    instance,
    keep_text,
    save_instance,
)
from engine.runtime.workflow.flow_machine import apply, fresh
from engine.runtime.workflow.flow_passing import is_asked
from engine.runtime.workflow.flow_picking import PICKS
from engine.runtime.workflow.flow_refusals import FlowRefused
from engine.runtime.workflow.flow_rows import rows_over, title_of
from engine.runtime.workflow.flow_shape import step_of, waits_for_records
from engine.runtime.workflow.flow_signatures import signature
from engine.runtime.workflow.flow_state import FlowState, Token, TokenStatus
from engine.runtime.workflow.flow_tables import WAITING
from engine.runtime.workflow.flow_tasks import FlowTask, ask, copy_to, standing_tasks
from engine.runtime.workflow.flow_telling import announce
from engine.runtime.workflow.people import Asked, resolve

TIMER, CALL = "flow_timer", "flow_call"
MOST_STEPS = 1000
"""Steps that one act may bring a flow on by; more is a circle."""
UNTOLD = Note()


@dataclass(frozen=True, slots=True)
class Above:
    """The flow that starts another one, at a token; one that is `attached` is waited for, and ends with it."""

    row: Instance
    token: Token
    attached: bool = True


def start(work: Work, flow: Flow, record: int, trigger: str, above: Above | None = None) -> Instance:
    """Start a flow about a record and bring it as far as it goes."""
    initiator = above.row.initiator if above else work.context.principal.user_id
    parent = above if above and above.attached else None
    now = to_micros(work.context.now)
    version = select(work.session, flow.entity, ("version", "created_by"), {"id": record})
    if not version:
        raise NotFound
    row = Instance(
        id=work.ids.next(),
        flow=flow.name,
        fingerprint=flow.fingerprint,
        entity=flow.entity,
        record=record,
        version=int(str(version[0][0])),
        title=text_of(work, flow.entity, record, flow.title) or title_of(work, flow.entity, record),
        amount=amount_of(work, flow.entity, record, flow.amount),
        initiator=initiator or _number(version[0][1]) or 0,
        trigger=trigger,
        picked={},
        state=FlowState(),
        events=0,
        problem=None,
        outcome=None,
        parent=parent.row.id if parent else None,
        parent_token=parent.token.id if parent else None,
        parent_visit=parent.token.visit if parent else None,
        urged_at=None,
        started_at=now,
        ended_at=None,
    )
    add_instance(work.session, row)
    keep_text(work, flow)
    return _Drive(work, flow, row).go(Started(row.initiator), Note(actor=initiator or None))


def carry_on(work: Work, identity: int, event: FlowEvent, note: Note = UNTOLD) -> Instance:
    """Let something happen to an instance and bring it as far as it goes then. Raises NotFound, FlowRefused."""
    return go_on(work, *locked(work, identity), event, note)


def locked(work: Work, identity: int) -> tuple[Instance, Flow]:
    """An instance with its text, kept from others until the act is done. Raises NotFound, FlowRefused."""
    row = instance(work.session, identity, lock=True)
    if row is None:
        raise NotFound
    return row, text_of_instance(work, row)


def text_of_instance(work: Work, row: Instance) -> Flow:
    """The flow as it was when the instance began. Raises FlowRefused when that no longer fits the application."""
    flow = flow_of(work, row)
    if flow is None:
        raise FlowRefused("changed_text")
    return flow


def go_on(work: Work, row: Instance, flow: Flow, event: FlowEvent, note: Note = UNTOLD) -> Instance:
    """As `carry_on`, for an instance that this act has `locked` and that nothing has brought on since."""
    return _Drive(work, flow, row).go(event, note)


def remark(work: Work, row: Instance, kind: str, note: Note) -> None:
    """Write into an instance's log what does not move it."""
    add_entries(work.session, (entry_row(work, row.id, row.events + 1, kind, note),))
    save_instance(work.session, replaced(row, events=row.events + 1))
    moved_on(work, row)


def moved_on(work: Work, row: Instance) -> None:
    """Log that an instance moved on: for who looks at its record, and for who started it."""
    tell_aspects(work, row.entity, row.record, {Aspect.FLOW: (), Aspect.STARTED: (row.initiator,)})


def end_about(work: Work, entity: str, record: int, running: Sequence[int]) -> None:
    """End the flows about a record that is gone: what can be undone is; what still stands then has nothing to stand on."""
    for identity in running:
        for _ in range(2):
            row = instance(work.session, identity, lock=True)
            if row is not None and row.ended_at is None:
                carry_on(work, identity, Terminated(work.context.principal.user_id))


class _Drive:
    """One instance on its way through one act."""

    def __init__(self, work: Work, flow: Flow, row: Instance) -> None:
        self.work = work
        self.flow = flow
        self.row = row
        self.right = acting(work, flow, row.id)
        self.due: dict[int, int | None] = {}
        self.entries: list[dict[str, object]] = []
        self.kind = NoticeKind.APPROVAL
        self.has_below = _has_below(row)

    def go(self, event: FlowEvent, note: Note) -> Instance:
        """An event, everything that follows from it at once, and the tasks that stand at the end."""
        self.kind = NoticeKind.ESCALATION if isinstance(event, Rung) else NoticeKind.APPROVAL
        self.happen(event, note)
        for _ in range(MOST_STEPS):
            waiting = fresh(self.row.state)
            if not waiting:
                break
            self.enter(waiting[0])
        self.close()
        return self.row

    def happen(self, event: FlowEvent, note: Note = UNTOLD) -> None:
        state = apply(self.flow, self.row.state, event)
        token = self.row.state.token(getattr(event, "token", 0)) or state.token(getattr(event, "token", 0))
        step = note.step or (token.step if token else "")
        number = self.row.events + 1
        noted = replaced(note, step=step)
        if isinstance(event, Decided) and note.version is not None:
            noted = replaced(
                noted, signature=signature(self.work, self.row, event, noted, to_micros(self.work.context.now))
            )
        self.entries.append(entry_row(self.work, self.row.id, number, event, noted))
        self.row = replaced(self.row, state=state, events=number)
        if isinstance(event, Picked):
            self.row = replaced(self.row, picked={**self.row.picked, step: event.people})
        elif isinstance(event, Resubmitted):
            self.row = replaced(self.row, version=stored_version(self.work, self.row.entity, self.row.record))

    def enter(self, token: Token) -> None:
        """Look up what a step needs, enter it, and do what it does."""
        step = step_of(self.flow, token.step)
        if step is None:
            self.happen(Failed(token.id, token.visit, "no_such_step"))
            return
        try:
            with self.work.savepoint():
                found = self.look_up(token, step)
        except DougongError as error:
            self.happen(Failed(token.id, token.visit, error.code), Note(comment=words_of(error, self.work)))
            return
        self.happen(found)
        standing = self.row.state.token(token.id)
        if standing is not None and standing.status is TokenStatus.WAITING and found.holds:
            self.do(standing, step)

    def look_up(self, token: Token, step: Step) -> Entered:
        """The facts that entering a step rests on."""
        row, work = self.row, self.right
        if not holds(work, row.entity, row.record, step.when):
            return Entered(token.id, holds=False)
        match step.action:
            case Branches() as fork:
                return Entered(token.id, branches=self.branches(fork))
            case Approval() | Task() as asking:
                return self.people(token, asking)
            case Subflow() as sub:
                return Entered(token.id, rows=len(rows_over(work, row.entity, row.record, sub)))
            case _:
                return Entered(token.id)

    def branches(self, fork: Branches) -> tuple[str, ...]:
        conditions = [one.when for one in fork.branches if one.when is not None]
        answers = iter(held(self.right, self.row.entity, self.row.record, conditions) if conditions else ())
        open_ones = [one.id for one in fork.branches if one.when is None or next(answers)]
        if fork.fork is Fork.CONDITION:
            return tuple(open_ones[:1])
        return tuple(open_ones)

    def people(self, token: Token, asking: Approval | Task) -> Entered:
        """Whom a step asks, and whom it falls to when that leaves nobody."""
        sources = asking.approvers if isinstance(asking, Approval) else asking.people
        if any(one.kind in PICKS for one in sources) and not self.row.picked.get(token.step):
            raise FlowRefused("unpicked")
        people = self.find(sources, token.step)
        veto = self.find(asking.vote.veto, token.step) if isinstance(asking, Approval) else ()
        mine = isinstance(asking, Approval) and asking.own is Own.MANAGER and self.row.initiator in (*people, *veto)
        own = self.find((People(PeopleKind.MANAGER, self.flow.place),), token.step) if mine else ()
        fallback = () if set(people) - {self.row.initiator} else self.fallback(asking, token.step)
        return Entered(
            token.id,
            people=people,
            veto=veto,
            own=own,
            fallback=fallback,
            instead=instead_of(self.work, (*people, *veto, *own, *fallback), self.flow, self.row.record),
        )

    def fallback(self, asking: Approval | Task, step: str) -> tuple[int, ...]:
        """Whom a step falls to that finds nobody: those named, else those who administer the platform."""
        if asking.empty is Empty.NAMED:
            return self.find(asking.named, step)
        roles = frozenset(name for name, role in self.work.model.roles.items() if role.administers)
        return self.find((People(PeopleKind.ROLE, self.flow.place, roles=roles),), step)

    def find(self, sources: Sequence[People], step: str) -> tuple[int, ...]:
        """People by what they are, for this record."""
        return resolve(self.right, sources, self.asked(step))

    def asked(self, step: str) -> Asked:
        """For whom people are looked up at a step."""
        picked = self.row.picked.get(step, ())
        return Asked(self.row.entity, self.row.record, self.row.initiator, picked)

    def do(self, token: Token, step: Step) -> None:
        """What a step does once it is entered: at once inside the database, later outside and in time."""
        match step.action:
            case Write() | Create() | Move() | HandingOver() | Notify() as effect:
                self.effect(token, effect)
            case Approval() | Task() as asking:
                self.watch(token, asking)
            case Wait() as wait:
                self.wait(token, wait)
            case Call():
                self.later(CALL, {"token": token.id, "visit": token.visit})
            case Subflow() as sub:
                self.begin_children(token, sub)
            case _:
                pass

    def effect(self, token: Token, effect: DatabaseEffect) -> None:
        """An effect on records, undone alone when it is refused: then the step has failed, loudly."""
        try:
            with self.work.savepoint():
                passed = done_effect(self.right, self.row, effect, self.asked(token.step))
                for one in passed:
                    if one.instance != self.row.id:
                        carry_on(self.work, one.instance, one.event, one.note)
        except DougongError as error:
            self.happen(Failed(token.id, token.visit, error.code), Note(comment=words_of(error, self.work)))
            return
        for one in passed:
            if one.instance == self.row.id and is_asked(self.row.state, one.event.token, one.event.slot):
                self.happen(one.event, one.note)
        self.happen(Completed(token.id, token.visit))

    def watch(self, token: Token, asking: Approval | Task) -> None:
        """Set the clocks of a step that people answer, and tell those who get a copy."""
        began = self.work.context.now
        if asking.deadline is not None:
            self.due[token.id] = to_micros(self.when(began, asking.deadline))
        for rung in asking.ladder:
            details = {"token": token.id, "visit": token.visit, "rung": rung.id}
            self.later(TIMER, details, self.when(began, rung.after))
        if isinstance(asking, Approval) and asking.copies:
            told = copy_to(self.work, self.row, token.step, self.find(asking.copies, token.step))
            announce(self.work, self.row, told)

    def wait(self, token: Token, wait: Wait) -> None:
        row = self.row
        if wait.holds is not None and holds(self.right, row.entity, row.record, wait.holds):
            self.happen(Completed(token.id, token.visit))
            return
        if wait.holds is not None:
            where = {"instance": row.id, "token": token.id, "entity": row.entity, "record": row.record}
            insert(self.work.session, WAITING, where)
        until = self.until(wait)
        if until is not None:
            self.later(TIMER, {"token": token.id, "visit": token.visit}, until)
        elif wait.holds is None:
            self.happen(Failed(token.id, token.visit, "no_moment"))

    def until(self, wait: Wait) -> datetime | None:
        """When a waiting step goes on; a day begins at midnight in the zone of the flow."""
        if wait.term is not None:
            return self.when(self.work.context.now, wait.term)
        found = moment_of(self.right, self.row.entity, self.row.record, wait.until) if wait.until is not None else None
        if found is None or isinstance(found, datetime):
            return found
        return datetime.combine(found, time(), ZoneInfo(self.work.context.zone))

    def begin_children(self, token: Token, sub: Subflow) -> None:
        """Start a sub-flow for its rows: all at once, or the first when they go one by one."""
        flow = self.work.model.flows.get(sub.flow)
        if flow is None:
            self.happen(Failed(token.id, token.visit, "no_such_flow"))
            return
        rows = rows_over(self.right, self.row.entity, self.row.record, sub)
        self.has_below = True
        self.save()
        for record in rows[:1] if sub.one_by_one else rows:
            start(self.work, flow, record, f"flow:{self.flow.name}", Above(self.row, token, sub.attached))
        self.reload()
        if not sub.attached and self.row.state.token(token.id) is not None:
            self.happen(Completed(token.id, token.visit))

    def next_child(self, token: Token, sub: Subflow) -> None:
        """The next row of a sub-flow whose rows go one by one."""
        flow, rows = self.work.model.flows.get(sub.flow), rows_over(self.right, self.row.entity, self.row.record, sub)
        at = len(rows) - token.open
        if flow is not None and 0 <= at < len(rows):
            self.save()
            start(self.work, flow, rows[at], f"flow:{self.flow.name}", Above(self.row, token))
            self.reload()

    def when(self, start: datetime, term: Term) -> datetime:
        return due(self.work.read_once("calendar", calendar_of), start, term, self.work.context.zone)

    def later(self, kind: str, details: Mapping[str, object], due: datetime | None = None) -> None:
        enqueue(self.work, kind, self.row.entity, {"instance": self.row.id, **details}, due)

    def save(self) -> None:
        """Store where the instance stands, with what was entered in its log since."""
        add_entries(self.work.session, self.entries)
        self.entries.clear()
        save_instance(self.work.session, self.row)

    def reload(self) -> None:
        """The instance as its sub-flows have left it."""
        found = instance(self.work.session, self.row.id)
        self.row = found if found is not None else self.row

    def close(self) -> None:
        """Store where the instance stands, ask whom it asks, and tell the flow above when it has ended."""
        state, now = self.row.state, to_micros(self.work.context.now)
        failed = [one.problem for one in state.tokens if one.broken]
        self.row = replaced(
            self.row,
            problem=failed[0] if failed else None,
            outcome=state.outcome or None,
            ended_at=now if state.ended else None,
        )
        self.save()
        moved_on(self.work, self.row)
        if waits_for_records(self.flow):
            self.drop_waits()
        announce(self.work, self.row, ask(self.work, self.flow, self.row, self.due), self.kind)
        if self.has_below:
            self.end_children()
        if state.ended:
            self.tell_parent()

    def drop_waits(self) -> None:
        standing = {one.id for one in self.row.state.tokens}
        for (token,) in select(self.work.session, WAITING, ("token",), {"instance": self.row.id}):
            if int(str(token)) not in standing:
                delete(self.work.session, WAITING, {"instance": self.row.id, "token": token})

    def end_children(self) -> None:
        """End the sub-flows of tokens that were left: sent back, moved, let pass, or gone with the end."""
        standing = {(one.id, one.visit) for one in self.row.state.tokens}
        for identity in children_of(self.work.session, self.row.id):
            child = instance(self.work.session, identity, lock=True)
            if child is not None and (child.parent_token, child.parent_visit) not in standing:
                carry_on(self.work, identity, Terminated(self.work.context.principal.user_id))

    def tell_parent(self) -> None:
        row = self.row
        if row.parent is None or row.parent_token is None or row.parent_visit is None:
            return
        above = instance(self.work.session, row.parent, lock=True)
        token = above.state.token(row.parent_token) if above is not None and above.ended_at is None else None
        if above is None or token is None or token.visit != row.parent_visit:
            return
        flow = text_of_instance(self.work, above)
        drive = _Drive(self.work, flow, above)
        drive.go(Completed(token.id, token.visit, row.outcome or ""), UNTOLD)
        step, left = step_of(flow, token.step), drive.row.state.token(token.id)
        if step is not None and isinstance(step.action, Subflow) and step.action.one_by_one and left is not None:
            drive.next_child(left, step.action)


def words_of(error: DougongError, work: Work) -> str:
    """Why something was refused, in the language of who acts; every problem of a row at once."""
    language = work.context.language
    if isinstance(error, ValidationFailed):
        return "；".join(dict.fromkeys(one.message.text(language) for one in error.problems))
    return error.message.text(language)


def asked_now(work: Work, row: Instance) -> list[FlowTask]:
    """The tasks of an instance that wait for somebody."""
    return standing_tasks(work.session, row.id)


def stands_at(row: Instance) -> tuple[str, ...]:
    """The steps at which an instance stands, those around others left out."""
    above = {one.parent for one in row.state.tokens}
    return tuple(one.step for one in row.state.tokens if one.id not in above)


def stored_version(work: Work, entity: str, record: int) -> int:
    """The version of a record as it stands. Raises NotFound."""
    found = select(work.session, entity, ("version",), {"id": record})
    if not found:
        raise NotFound
    return int(str(found[0][0]))


def _has_below(row: Instance) -> bool:
    """Whether sub-flows of an instance may be running: the tokens that began them know how many are open."""
    return any(one.open for one in row.state.tokens)


def _number(stored: object) -> int | None:
    return None if stored is None else int(str(stored))
