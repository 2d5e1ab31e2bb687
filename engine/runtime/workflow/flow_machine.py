"""The machine of flows: from a state and an event to the next state, or a refusal. Pure: it looks nothing up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.model.flows import START, Approval, Branches, Call, End, Flow, Fork, Step, Subflow, Task
from engine.model.replacing import replaced
from engine.runtime.workflow.flow_asking import answers_of_step, asked_of, check_own, others
from engine.runtime.workflow.flow_events import (
    Added,
    Completed,
    Decided,
    Entered,
    Failed,
    FlowEvent,
    Jumped,
    Passed,
    Picked,
    Removed,
    Resubmitted,
    Retried,
    Returned,
    Rung,
    Started,
    TakenBack,
    Terminated,
    Transferred,
    Withdrawn,
)
from engine.runtime.workflow.flow_refusals import FlowRefused
from engine.runtime.workflow.flow_shape import ERROR, Standing, earlier_than, shape_of
from engine.runtime.workflow.flow_slots import added, reassigned, removed, rung_reached, transferred
from engine.runtime.workflow.flow_state import (
    UNPICKED,
    Finished,
    FlowState,
    Phase,
    Slot,
    SlotStatus,
    Token,
    TokenStatus,
)
from engine.runtime.workflow.slots import approvers

REJECTED, WITHDRAWN, TERMINATED = "rejected", "withdrawn", "terminated"
APPROVED, DONE = "approved", "done"
BAD_ENDS = frozenset({REJECTED, WITHDRAWN, TERMINATED})


def apply(flow: Flow, state: FlowState, event: FlowEvent) -> FlowState:
    """The state after an event. Raises FlowRefused, and then nothing has happened."""
    if state.ended:
        raise FlowRefused("ended")
    run = _Run(flow, state)
    _ACTS[type(event)](run, event)
    return run.state


def fresh(state: FlowState) -> tuple[Token, ...]:
    """The tokens that have still to be entered, in order."""
    return tuple(one for one in state.tokens if one.status is TokenStatus.NEW)


def replayed(flow: Flow, events: Sequence[FlowEvent]) -> FlowState:
    """The state that events lead to."""
    state = FlowState()
    for event in events:
        state = apply(flow, state, event)
    return state


class _Run:
    """One application of an event: the state as it becomes."""

    def __init__(self, flow: Flow, state: FlowState) -> None:
        self.flow = flow
        self.state = state
        self.shape: Mapping[str, Standing] = shape_of(flow)

    def change(self, **values: Any) -> None:
        self.state = replaced(self.state, **values)

    def put(self, token: Token) -> None:
        self.change(tokens=tuple(token if one.id == token.id else one for one in self.state.tokens))

    def token(self, identity: int, visit: int | None = None) -> Token:
        found = self.state.token(identity)
        if found is None or (visit is not None and found.visit != visit):
            raise FlowRefused("stale")
        return found

    def drop(self, identity: int) -> None:
        """Remove a token with everything below it."""
        gone, grew = {identity}, True
        while grew:
            below = {one.id for one in self.state.tokens if one.parent in gone}
            grew = not below <= gone
            gone |= below
        self.change(tokens=tuple(one for one in self.state.tokens if one.id not in gone))

    def enter(self, step: str, parent: int = 0, part: str = "", resume: str = "") -> None:
        """A new token before a step, to be entered."""
        visit = self.state.visits.get(step, 0) + 1
        token = Token(self.state.next_id, step, parent, part, visit=visit, resume=resume)
        self.change(
            tokens=(*self.state.tokens, token),
            next_id=self.state.next_id + 1,
            visits={**self.state.visits, step: visit},
        )

    def begin(self, steps: tuple[Step, ...], parent: int = 0, part: str = "") -> None:
        """Enter a sequence at its first step; one without steps is at its end."""
        if steps:
            self.enter(steps[0].id, parent, part)
        else:
            self.part_ended(parent, part)

    def go_on(self, token: Token) -> None:
        """Remove a token from its step and enter what comes next."""
        standing = self.shape[token.step]
        self.drop(token.id)
        if token.resume:
            self.enter(token.resume, token.parent, token.part)
        elif standing.next is not None:
            self.enter(standing.next.id, token.parent, token.part)
        else:
            self.part_ended(token.parent, token.part)

    def finish(self, token: Token, by: tuple[int, ...] = ()) -> None:
        """The step of a token is done."""
        if self.state.phase is Phase.STEPS:
            self.change(finished=(*self.state.finished, Finished(token.step, token.visit, by)))
        self.go_on(token)

    def part_ended(self, parent: int, part: str) -> None:
        """A sequence has come to its end: its fork goes on with the last of them, the top goes to the next phase."""
        if not parent:
            self.phase_ended()
        elif not any(one.parent == parent for one in self.state.tokens):
            above = self.token(parent)
            if part == ERROR:
                self.go_on(above)
            else:
                self.finish(above)

    def phase_ended(self) -> None:
        match self.state.phase:
            case Phase.STEPS:
                passed = any(isinstance(self.shape[one.step].step.action, Approval) for one in self.state.finished)
                self.end(APPROVED if passed else DONE)
            case Phase.UNDOING:
                self.undo_next()
            case _:
                self.end(self.state.undoing)

    def end(self, outcome: str) -> None:
        self.change(tokens=(), outcome=outcome, before=None, before_by=0)

    def end_badly(self, how: str) -> None:
        """The flow does not end well: undo what is done, then the steps that follow such an end."""
        if self.state.phase is not Phase.STEPS:
            how = TERMINATED if how == TERMINATED else self.state.undoing
            self.end(how)
            return
        self.change(tokens=(), phase=Phase.UNDOING, undoing=how, before=None, before_by=0)
        self.undo_next()

    def undo_next(self) -> None:
        """Begin to undo the step that was finished last among those that can be; after the first of all, the end's steps."""
        while self.state.finished:
            last = self.state.finished[-1]
            self.change(finished=self.state.finished[:-1])
            undo = self.shape[last.step].step.undo
            if undo:
                self.begin(undo)
                return
        how = self.state.undoing
        self.change(phase=Phase(how))
        self.begin(
            {REJECTED: self.flow.rejected, WITHDRAWN: self.flow.withdrawn, TERMINATED: self.flow.terminated}[how]
        )

    def settle(self, token: Token, slots: tuple[Slot, ...]) -> None:
        """Put the answers of a step; the step is over when they say so."""
        step = self.shape[token.step].step if token.step in self.shape else None
        slots, said = answers_of_step(step, slots)
        token = replaced(token, slots=slots)
        self.put(token)
        if said is True:
            self.finish(token, approvers(slots) if step and isinstance(step.action, Approval) else ())
        elif said is False:
            self.end_badly(REJECTED)

    def remember(self, actor: int, before: FlowState) -> None:
        """Keep what taking back a decision would restore."""
        if not self.state.ended and self.state.phase is Phase.STEPS:
            self.change(before=replaced(before, before=None, before_by=0), before_by=actor)

    def forget(self) -> None:
        """From here on the last decision cannot be taken back."""
        if self.state.before is not None or self.state.before_by:
            self.change(before=None, before_by=0)

    def mine(self, token: Token, slot: int, actor: int) -> Slot:
        """The slot of somebody whose turn it is."""
        found = token.slot(slot)
        if found is None or found.status is not SlotStatus.ACTIVE:
            raise FlowRefused("stale")
        if found.user != actor:
            raise FlowRefused("not_yours")
        return found


def _started(run: _Run, event: Started) -> None:
    if run.state.next_id != 1:
        raise FlowRefused("stale")
    run.change(initiator=event.initiator)
    run.begin(run.flow.steps)


def _entered(run: _Run, event: Entered) -> None:
    token = run.token(event.token)
    if token.status is not TokenStatus.NEW:
        raise FlowRefused("stale")
    if not event.holds:
        run.go_on(token)
        return
    token = replaced(token, status=TokenStatus.WAITING, problem="")
    run.put(token)
    match run.shape[token.step].step.action:
        case Branches() as fork:
            _fork(run, token, fork, event.branches)
        case Approval() | Task() as asking:
            _ask(run, token, asking, event)
        case Call():
            run.forget()
        case Subflow():
            run.forget()
            run.put(replaced(token, open=event.rows))
            if not event.rows:
                run.finish(token)
        case End(outcome):
            if outcome == REJECTED:
                run.end_badly(REJECTED)
            elif run.state.phase is Phase.STEPS:
                run.end(outcome)
            else:
                run.end(run.state.undoing)
        case _:
            pass


def _fork(run: _Run, token: Token, fork: Branches, chosen: tuple[str, ...]) -> None:
    known = {one.id: one for one in fork.branches}
    if not set(chosen) <= known.keys() or (fork.fork is Fork.CONDITION and len(chosen) > 1):
        raise FlowRefused("no_such_step")
    taken = [known[one] for one in chosen if known[one].steps]
    for branch in taken:
        run.enter(branch.steps[0].id, token.id, branch.id)
    if not taken:
        run.finish(token)


def _ask(run: _Run, token: Token, asking: Approval | Task, event: Entered) -> None:
    asked = asked_of(asking, run.state, event, earlier_than(run.shape, token.step))
    if asked.problem:
        run.put(replaced(token, status=TokenStatus.FAILED, problem=asked.problem))
    elif asked.said is not None:
        if asked.said:
            run.finish(token)
        else:
            run.end_badly(REJECTED)
    else:
        run.settle(token, asked.slots)


def _decided(run: _Run, event: Decided) -> None:
    before, token = run.state, run.token(event.token)
    slot = run.mine(token, event.slot, event.actor)
    if token.step == START or (not event.approved and isinstance(run.shape[token.step].step.action, Task)):
        raise FlowRefused("not_allowed")
    answer = SlotStatus.APPROVED if event.approved else SlotStatus.REJECTED
    run.change(decided=run.state.decided or isinstance(run.shape[token.step].step.action, Approval))
    run.settle(token, _with(token, replaced(slot, status=answer)))
    run.remember(event.actor, before)


def _added(run: _Run, event: Added) -> None:
    before, token = run.state, run.token(event.token)
    slot = run.mine(token, event.slot, event.actor)
    if token.step == START or not isinstance(run.shape[token.step].step.action, Approval):
        raise FlowRefused("not_allowed")
    check_own(run.shape[token.step].step.action, run.state, event.people)
    run.settle(token, added(token, slot, event.where, event.people))
    if event.where == "after":
        run.change(decided=True)
        run.remember(event.actor, before)
    else:
        run.forget()


def _removed(run: _Run, event: Removed) -> None:
    token = run.token(event.token)
    run.settle(token, removed(token, event.slot, event.actor))
    run.forget()


def _transferred(run: _Run, event: Transferred) -> None:
    token = run.token(event.token)
    if not event.reassigned:
        run.mine(token, event.slot, event.actor)
    if token.step != START:
        check_own(run.shape[token.step].step.action, run.state, (event.user,))
    elif not event.reassigned:
        raise FlowRefused("not_allowed")
    passed = reassigned if event.reassigned else transferred
    run.settle(token, passed(token, event.slot, event.user))
    run.forget()


def _returned(run: _Run, event: Returned) -> None:
    token = run.token(event.token)
    run.mine(token, event.slot, event.actor)
    if token.step == START or run.state.phase is not Phase.STEPS:
        raise FlowRefused("not_allowed")
    if event.step == START:
        _to_initiator(run, token, event.straight)
    else:
        leaving = _leaving(run, token, event.step)
        been = event.step in {one.step for one in run.state.finished}
        if not been or run.shape[event.step].index >= run.shape[leaving.step].index:
            raise FlowRefused("not_there")
        _go_to(run, leaving, event.step, token.step if event.straight and leaving is token else "")
    run.forget()


def _to_initiator(run: _Run, token: Token, straight: bool) -> None:
    """Everything stops; the initiator revises, and it goes on from the first step, or straight back to this one.

    What stood beside a step inside a fork has stopped too, so from there it goes on from the first step.
    """
    slot = Slot(run.state.next_id + 1, run.state.initiator, SlotStatus.ACTIVE)
    visit = run.state.visits.get(START, 0) + 1
    waiting = Token(
        run.state.next_id,
        START,
        status=TokenStatus.WAITING,
        visit=visit,
        slots=(slot,),
        resume=token.step if straight and not token.parent else "",
    )
    run.change(tokens=(waiting,), next_id=run.state.next_id + 2, visits={**run.state.visits, START: visit})


def _leaving(run: _Run, token: Token, step: str) -> Token:
    """The token that stands beside a step: this one or one around it. Raises FlowRefused when none does."""
    target = run.shape.get(step)
    if target is None:
        raise FlowRefused("no_such_step")
    leaving: Token | None = token
    while leaving is not None and (leaving.step == START or not run.shape[leaving.step].beside(target)):
        leaving = run.state.token(leaving.parent) if leaving.parent else None
    if leaving is None:
        raise FlowRefused("not_there")
    return leaving


def _go_to(run: _Run, leaving: Token, step: str, resume: str = "") -> None:
    """Leave a step with everything below it for one beside it."""
    run.drop(leaving.id)
    run.enter(step, leaving.parent, leaving.part, resume)


def _resubmitted(run: _Run, event: Resubmitted) -> None:
    token = run.token(event.token)
    if token.step != START:
        raise FlowRefused("not_allowed")
    run.mine(token, token.slots[0].id, event.actor)
    run.drop(token.id)
    if token.resume:
        run.enter(token.resume)
    else:
        run.begin(run.flow.steps)
    run.forget()


def _taken_back(run: _Run, event: TakenBack) -> None:
    before = run.state.before
    if before is None or run.state.before_by != event.actor:
        raise FlowRefused("acted_since")
    run.state = replaced(before, next_id=run.state.next_id, visits=run.state.visits)


def withdrawable(flow: Flow, state: FlowState) -> bool:
    """Whether the initiator may withdraw now: also when it was sent back to them, unless the flow never lets them."""
    if state.ended or state.phase is not Phase.STEPS or flow.withdraw == "never":
        return False
    return flow.withdraw == "always" or not state.decided or any(one.step == START for one in state.tokens)


def _withdrawn(run: _Run, event: Withdrawn) -> None:
    if event.actor != run.state.initiator:
        raise FlowRefused("not_yours")
    if not withdrawable(run.flow, run.state):
        raise FlowRefused("not_withdrawable")
    run.end_badly(WITHDRAWN)


def _terminated(run: _Run, event: Terminated) -> None:
    run.end_badly(TERMINATED)


def _jumped(run: _Run, event: Jumped) -> None:
    token = run.token(event.token)
    if token.step == START:
        if event.step not in run.shape or run.shape[event.step].sequence is not run.flow.steps:
            raise FlowRefused("not_there")
        run.drop(token.id)
        run.enter(event.step)
    else:
        _go_to(run, _leaving(run, token, event.step), event.step)
    run.forget()


def _completed(run: _Run, event: Completed) -> None:
    token = run.token(event.token, event.visit)
    if token.status is not TokenStatus.WAITING or token.step == START:
        raise FlowRefused("stale")
    action = run.shape[token.step].step.action
    if isinstance(action, Approval | Task | Branches | End) or any(one.parent == token.id for one in run.state.tokens):
        raise FlowRefused("not_allowed")
    run.forget()
    if isinstance(action, Subflow) and event.outcome in BAD_ENDS:
        run.end_badly(REJECTED)
    elif isinstance(action, Subflow) and action.attached and token.open > 1:
        run.put(replaced(token, open=token.open - 1))
    else:
        run.finish(token)


def _failed(run: _Run, event: Failed) -> None:
    token = run.token(event.token, event.visit)
    below = any(one.parent == token.id for one in run.state.tokens)
    if token.status is TokenStatus.FAILED or token.step == START or below:
        raise FlowRefused("stale")
    if token.slots:
        raise FlowRefused("not_allowed")
    run.forget()
    error = () if event.problem == UNPICKED else run.shape[token.step].step.error
    if error:
        run.put(replaced(token, status=TokenStatus.WAITING, problem=event.problem))
        run.enter(error[0].id, token.id, ERROR)
    else:
        run.put(replaced(token, status=TokenStatus.FAILED, problem=event.problem))


def _retried(run: _Run, event: Retried) -> None:
    token = run.token(event.token)
    if not token.broken:
        raise FlowRefused("not_failed")
    run.forget()
    run.put(replaced(token, status=TokenStatus.NEW, problem=""))


def _picked(run: _Run, event: Picked) -> None:
    token = run.token(event.token)
    if not token.unpicked:
        raise FlowRefused("stale")
    run.forget()
    run.put(replaced(token, status=TokenStatus.NEW, problem=""))


def _passed(run: _Run, event: Passed) -> None:
    token = run.token(event.token)
    if token.step == START:
        raise FlowRefused("not_allowed")
    run.forget()
    run.finish(token)


def _rung(run: _Run, event: Rung) -> None:
    token = run.token(event.token, event.visit)
    action = run.shape[token.step].step.action if token.step in run.shape else None
    if token.status is not TokenStatus.WAITING or not isinstance(action, Approval | Task):
        raise FlowRefused("stale")
    rung = next((one for one in action.ladder if one.id == event.rung), None)
    if rung is None:
        raise FlowRefused("no_such_step")
    reached = rung_reached(token, action, rung.act, others(action, run.state, event.people))
    if reached.said is not None:
        run.forget()
        run.change(decided=run.state.decided or isinstance(action, Approval))
    if reached.said is True:
        run.finish(token, approvers(token.slots) if isinstance(action, Approval) else ())
    elif reached.said is False:
        run.end_badly(REJECTED)
    elif reached.slots != token.slots:
        run.forget()
        run.settle(token, reached.slots)


def _with(token: Token, slot: Slot) -> tuple[Slot, ...]:
    return tuple(slot if one.id == slot.id else one for one in token.slots)


_ACTS: Mapping[type, Callable[[_Run, Any], None]] = {
    Started: _started,
    Entered: _entered,
    Decided: _decided,
    Added: _added,
    Removed: _removed,
    Transferred: _transferred,
    Returned: _returned,
    Resubmitted: _resubmitted,
    TakenBack: _taken_back,
    Withdrawn: _withdrawn,
    Terminated: _terminated,
    Jumped: _jumped,
    Completed: _completed,
    Failed: _failed,
    Retried: _retried,
    Picked: _picked,
    Passed: _passed,
    Rung: _rung,
}
