"""The course of one flow under trial: it is brought on as the driver does, and every step of it is held against the laws."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from engine.model.flows import START, Approval, Branches, Call, Flow, Fork, RungAct, Subflow, Task
from engine.runtime.workflow import flow_codec, flow_machine
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
    Resubmitted,
    Rung,
    Started,
    TakenBack,
    Transferred,
    Withdrawn,
)
from engine.runtime.workflow.flow_refusals import FlowRefused
from engine.runtime.workflow.flow_state import UNPICKED, FlowState, Phase, SlotStatus, Token, TokenStatus
from tests.runtime.workflow.flow_drawing import Drawing
from tests.runtime.workflow.flow_laws import Text, breaches, step_breaches

PEOPLE = tuple(range(1, 8))
FEW = (2, 3)
INITIATOR, ADMINISTRATOR = 1, 99
MOST_AT_ONCE, FAIR = 300, 600


class Breach(AssertionError):
    """A law that does not hold."""


@dataclass(frozen=True)
class Told:
    """What the trial itself keeps count of: the answers that stand, and whether an approval was decided."""

    answers: frozenset[tuple[int, int, int]] = frozenset()
    decided: bool = False


class Course:
    """A flow from its start to its end, everything that was tried, and what is wrong with what became of it."""

    def __init__(self, draw: Drawing, flow: Flow) -> None:
        self.draw, self.flow, self.text = draw, flow, Text(flow)
        self.state, self.told = FlowState(), Told()
        self.events: list[FlowEvent] = []
        self.named: dict[int, set[int]] = {}
        self.asked: dict[str, Entered] = {}
        self.memory: tuple[int, FlowState, Told] | None = None
        self.to_undo: list[str] = []
        self.hold(self.attempt(Started(INITIATOR)), "a flow cannot be started")

    def hold(self, holds: bool, law: str) -> None:
        if not holds:
            raise Breach(law)

    def attempt(self, event: FlowEvent) -> bool:
        """Let something happen, and what follows from it at once; whether it was taken."""
        taken = self.happen(event)
        if taken:
            self.settle(fair=False)
        return taken

    def happen(self, event: FlowEvent) -> bool:
        before, stored = self.state, flow_codec.encode_state(self.state)
        try:
            after = flow_machine.apply(self.flow, before, event)
        except FlowRefused:
            self.hold(flow_codec.encode_state(before) == stored, "a refusal has left something behind")
            self.hold(not self.may_take_back(event), "a decision cannot be taken back")
            self.hold(not self.may_withdraw(event), "a flow cannot be withdrawn")
            return False
        self.hold(not before.ended, "something happened to a flow that has ended")
        self.hold(not isinstance(event, TakenBack) or self.may_take_back(event), "a decision was taken back too late")
        self.hold(not isinstance(event, Withdrawn) or self.may_withdraw(event), "a flow was withdrawn too late")
        for law in step_breaches(self.text, before, event, after):
            raise Breach(f"{law}: {event}")
        self.state = after
        self.count(before, event)
        self.check_people(event)
        if not isinstance(event, Jumped):
            self.check_undoing(before)
        self.events.append(event)
        return True

    def settle(self, fair: bool) -> None:
        """Enter what has to be entered, until the flow waits or has ended."""
        for _ in range(MOST_AT_ONCE):
            waiting = flow_machine.fresh(self.state)
            if not waiting:
                break
            self.hold(self.happen(self.opened(waiting[0], fair)), "a new token cannot be entered")
        for law in breaches(self.text, self.state):
            raise Breach(law)

    def opened(self, token: Token, fair: bool) -> Entered | Failed:
        """A step is entered, or waits for its people to be chosen first."""
        asks = isinstance(self.text.steps[token.step].action, Approval | Task)
        if asks and not fair and self.draw.chance(6):
            return Failed(token.id, token.visit, UNPICKED)
        return self.entered(token, fair)

    def entered(self, token: Token, fair: bool) -> Entered:
        """What a step is entered with, mostly the same people as before; fairly: it holds, and there is somebody to ask."""
        draw, action = self.draw, self.text.steps[token.step].action
        if fair:
            branches = [one.id for one in action.branches] if isinstance(action, Branches) else []
            first = isinstance(action, Branches) and action.fork is Fork.CONDITION
            return Entered(token.id, branches=tuple(branches[:1] if first else branches), people=(2, 3), rows=1)
        if draw.chance(8):
            return Entered(token.id, holds=False)
        if isinstance(action, Branches):
            taken = [one.id for one in action.branches if draw.chance(2) or action.fork is Fork.PARALLEL]
            return Entered(token.id, branches=tuple(taken[:1] if action.fork is Fork.CONDITION else taken))
        if isinstance(action, Subflow):
            return Entered(token.id, rows=draw.upto(3))
        if token.step in self.asked and not draw.chance(4):
            return replace(self.asked[token.step], token=token.id)
        veto = self.some(1) if draw.chance(4) else ()
        instead = {draw.one(PEOPLE): draw.one(PEOPLE)} if draw.chance(3) else {}
        people = self.some(2, FEW) if draw.chance(2) else self.some(4)
        self.asked[token.step] = Entered(token.id, True, (), people, veto, self.some(1), self.some(2), instead)
        return self.asked[token.step]

    def some(self, most: int, among: tuple[int, ...] = PEOPLE) -> tuple[int, ...]:
        return tuple(self.draw.one(among) for _ in range(self.draw.upto(most)))

    def count(self, before: FlowState, event: FlowEvent) -> None:
        """Keep the trial's own count of answers, and of what the last one may take back."""
        if isinstance(event, TakenBack) and self.memory is not None:
            state, self.told = self.memory[1], self.memory[2]
            kept = replace(state, next_id=self.state.next_id, visits=self.state.visits, before=None, before_by=0)
            self.hold(self.state == kept, "taking back does not restore what was")
            self.memory = None
            return
        told = self.told
        if isinstance(event, Decided):
            token = before.token(event.token)
            answer = (event.token, token.visit if token is not None else 0, event.slot)
            self.hold(answer not in told.answers, "somebody has answered twice")
            self.told = Told(told.answers | {answer}, told.decided or self.approves(event.token, before))
        elif (isinstance(event, Added) and event.where == "after") or self.answers_for(event, before):
            self.told = replace(told, decided=True)
        self.remember(event, before, told)

    def remember(self, event: FlowEvent, before: FlowState, told: Told) -> None:
        decides = isinstance(event, Decided) or (isinstance(event, Added) and event.where == "after")
        if decides and self.state.phase is Phase.STEPS and not self.state.ended:
            self.memory = (getattr(event, "actor", 0), before, told)
        elif not isinstance(event, Entered) or self.state.ended or self.state.phase is not Phase.STEPS:
            if not (isinstance(event, Rung) and self.state == before):
                self.memory = None
        elif event.holds and isinstance(self.text.steps[self.step_of(event, before)].action, Call | Subflow):
            self.memory = None

    def step_of(self, event: Entered, before: FlowState) -> str:
        token = before.token(event.token)
        return token.step if token is not None else ""

    def approves(self, token: int, before: FlowState) -> bool:
        found = before.token(token)
        return found is not None and self.text.approval(found) is not None

    def answers_for(self, event: FlowEvent, before: FlowState) -> bool:
        """Whether a rung has answered an approval in the place of people."""
        acts = {str(RungAct.APPROVE), str(RungAct.REJECT)}
        return isinstance(event, Rung) and event.rung in acts and self.approves(event.token, before)

    def may_take_back(self, event: FlowEvent) -> bool:
        return isinstance(event, TakenBack) and self.memory is not None and self.memory[0] == event.actor

    def may_withdraw(self, event: FlowEvent) -> bool:
        state = self.state
        if (
            not isinstance(event, Withdrawn)
            or event.actor != INITIATOR
            or state.ended
            or state.phase is not Phase.STEPS
        ):
            return False
        revised = any(one.step == START for one in state.tokens)
        return {"never": False, "always": True}.get(self.flow.withdraw, revised or not self.told.decided)

    def check_people(self, event: FlowEvent) -> None:
        """Nobody comes to be asked whom no event has named for the step."""
        named = self.named.setdefault(getattr(event, "token", 0), set())
        if isinstance(event, Entered):
            found = (*event.people, *event.veto, *event.own, *event.fallback, *event.instead.values())
            named.update(found)
        elif isinstance(event, Added | Rung):
            named.update(event.people)
        elif isinstance(event, Transferred):
            named.add(event.user)
        for token in self.state.tokens:
            allowed = self.named.get(token.id, set()) | ({INITIATOR} if token.step == START else set())
            self.hold({one.user for one in token.slots} <= allowed, "somebody is asked who was never named")

    def check_undoing(self, before: FlowState) -> None:
        """What is finished is undone, the latest first, and nothing else."""
        now = self.state
        if before.phase is Phase.STEPS and now.phase is not Phase.STEPS:
            done = [one.step for one in before.finished]
            self.to_undo = [one for one in reversed(done) if self.text.steps[one].undo]
        if now.phase is Phase.STEPS:
            return
        for token in now.tokens:
            if before.token(token.id) is None and now.phase is Phase.UNDOING and self.begins_undoing(token):
                self.hold(bool(self.to_undo), "something is undone that was not done")
                first = self.text.steps[self.to_undo.pop(0)].undo[0].id
                self.hold(token.step == first, "steps are undone in the wrong order")
        going_on = now.phase is not Phase.UNDOING and not (now.ended and now.outcome == "terminated")
        self.hold(not (going_on and self.to_undo), "a finished step was not undone")

    def begins_undoing(self, token: Token) -> bool:
        return any(one.undo and one.undo[0].id == token.step for one in self.text.steps.values())

    def end_fairly(self) -> None:
        """With everybody approving and everything working, it ends."""
        self.settle(fair=True)
        for _ in range(FAIR):
            if self.state.ended:
                return
            self.happen(self.next_fair())
            self.settle(fair=True)
        raise Breach("a flow does not end")

    def next_fair(self) -> FlowEvent:
        above = {one.parent for one in self.state.tokens}
        token = next(one for one in self.state.tokens if one.id not in above)
        slot = next((one for one in token.slots if one.status is SlotStatus.ACTIVE), None)
        if token.unpicked:
            return Picked(token.id, INITIATOR, (2,))
        if token.status is TokenStatus.FAILED:
            return Passed(token.id, ADMINISTRATOR)
        if slot is None:
            return Completed(token.id, token.visit, "done")
        return Resubmitted(token.id, slot.user) if token.step == START else Decided(token.id, slot.id, slot.user, True)

    def replay(self) -> None:
        """The log, stored and read again, gives the state, stored and read again; an ended flow takes nothing more."""
        log = [flow_codec.decode_event(json.loads(json.dumps(flow_codec.encode_event(one)))) for one in self.events]
        stored = flow_codec.decode_state(json.loads(json.dumps(flow_codec.encode_state(self.state))))
        self.hold(flow_machine.replayed(self.flow, log) == stored == self.state, "the log does not give the state")
        for event in self.events:
            self.hold(not self.happen(event), "something happened to a flow that has ended")
