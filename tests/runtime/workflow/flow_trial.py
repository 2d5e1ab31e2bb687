"""A random trial of the machine: a drawn flow, people who do what they may and what they may not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from engine.model.flows import START
from engine.runtime.workflow import flow_offers
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
from engine.runtime.workflow.flow_state import SlotStatus, Token
from engine.runtime.workflow.slots import OPEN
from tests.runtime.workflow.flow_course import ADMINISTRATOR, INITIATOR, PEOPLE, Course
from tests.runtime.workflow.flow_drawing import LADDER, Drawing

PLACES = {"add_before": "before", "add_after": "after", "add_parallel": "parallel"}
ACTS, LONG = 12, 40
FLOW_BYTES, ACT_BYTES = 160, 64
DRAWN = st.binary(min_size=ACT_BYTES, max_size=ACT_BYTES)


class FlowTrial(RuleBasedStateMachine):
    """One flow, from its start through random acts to a fair end."""

    course: Course

    @initialize(drawn=st.binary(min_size=FLOW_BYTES, max_size=FLOW_BYTES))
    def begin(self, drawn: bytes) -> None:
        draw = Drawing(drawn)
        self.course = Course(draw, draw.flow())

    @property
    def runs(self) -> bool:
        return not self.course.state.ended

    def drawing(self, drawn: bytes) -> Drawing:
        self.course.draw = Drawing(drawn)
        return self.course.draw

    @precondition(lambda self: self.runs)
    @rule(drawn=DRAWN)
    def somebody_does_what_is_offered(self, drawn: bytes) -> None:
        draw, state = self.drawing(drawn), self.course.state
        open_ones = [(token, slot.user) for token in state.tokens for slot in token.slots if slot.status in OPEN]
        if open_ones:
            token, user = draw.one(open_ones)
            self.take_offer(token, user)

    @precondition(lambda self: self.runs)
    @rule(drawn=DRAWN)
    def somebody_answers(self, drawn: bytes) -> None:
        draw, state = self.drawing(drawn), self.course.state
        all_ones = [(token, slot) for token in state.tokens for slot in token.slots]
        if all_ones:
            token, slot = draw.one(all_ones)
            self.course.attempt(Decided(token.id, slot.id, slot.user, not draw.chance(4)))

    @precondition(lambda self: self.runs)
    @rule(drawn=DRAWN)
    def somebody_takes_out_whom_they_added(self, drawn: bytes) -> None:
        draw, course = self.drawing(drawn), self.course
        user = draw.one(PEOPLE)
        for token in course.state.tokens:
            for slot in flow_offers.removable(course.flow, token, user)[:1]:
                course.hold(course.attempt(Removed(token.id, slot.id, user)), "what is offered is refused: remove")
                return

    @precondition(lambda self: self.runs)
    @rule(drawn=DRAWN)
    def something_comes_from_outside(self, drawn: bytes) -> None:
        draw = self.drawing(drawn)
        token = draw.one(self.course.state.tokens)
        visit = token.visit - draw.chance(8)
        if token.unpicked:
            self.course.attempt(Picked(token.id, draw.one(PEOPLE), self.course.some(2)))
        elif draw.chance(3):
            self.course.attempt(Failed(token.id, visit, "unreachable"))
        else:
            outcome = draw.one(("", "", "approved", "rejected"))
            self.course.attempt(Completed(token.id, visit, outcome))

    @precondition(lambda self: self.runs)
    @rule(drawn=DRAWN)
    def a_time_comes(self, drawn: bytes) -> None:
        draw = self.drawing(drawn)
        token = draw.one(self.course.state.tokens)
        self.course.attempt(Rung(token.id, token.visit - draw.chance(8), draw.one(LADDER).id, self.course.some(3)))

    @precondition(lambda self: self.runs)
    @rule(drawn=DRAWN)
    def an_administrator_steps_in(self, drawn: bytes) -> None:
        draw = self.drawing(drawn)
        token = draw.one(self.course.state.tokens)
        slot = draw.one(token.slots).id if token.slots else 1
        events: Sequence[FlowEvent] = (
            Passed(token.id, ADMINISTRATOR),
            Retried(token.id, ADMINISTRATOR),
            Jumped(token.id, ADMINISTRATOR, draw.one(tuple(self.course.text.steps))),
            Transferred(token.id, slot, ADMINISTRATOR, draw.one(PEOPLE), reassigned=True),
        )
        self.course.attempt(draw.one(events))

    @precondition(lambda self: self.runs)
    @rule(drawn=DRAWN)
    def somebody_takes_back(self, drawn: bytes) -> None:
        draw, course = self.drawing(drawn), self.course
        actor = course.memory[0] if course.memory is not None and draw.chance(2) else draw.one(PEOPLE)
        offered = flow_offers.may_take_back(course.flow, course.state, actor)
        course.hold(course.attempt(TakenBack(actor)) or not offered, "what is offered is refused: take back")

    @precondition(lambda self: self.runs)
    @rule(drawn=DRAWN)
    def it_is_stopped(self, drawn: bytes) -> None:
        draw, course = self.drawing(drawn), self.course
        if not draw.chance(4):
            return
        if draw.chance(3):
            course.attempt(Terminated(ADMINISTRATOR))
            return
        actor = draw.one((INITIATOR, 2))
        offered = flow_offers.may_withdraw(course.flow, course.state, actor)
        course.hold(course.attempt(Withdrawn(actor)) == offered, "withdrawing is not as offered")

    @rule(drawn=DRAWN)
    def somebody_tries_anything(self, drawn: bytes) -> None:
        draw, course = self.drawing(drawn), self.course
        token, slot, actor = draw.upto(course.state.next_id), 1 + draw.upto(5), draw.one(PEOPLE)
        step = draw.one((START, "nowhere", *course.text.steps))
        events: Sequence[FlowEvent] = (
            Decided(token, slot, actor, True),
            Added(token, slot, actor, draw.one(("before", "after", "parallel", "above")), course.some(2)),
            Removed(token, slot, actor),
            Transferred(token, slot, actor, draw.one(PEOPLE)),
            Returned(token, slot, actor, step, straight=draw.chance(2)),
            Resubmitted(token, actor),
            Entered(token, people=course.some(3), branches=draw.one(((), ("b0",), ("nowhere",)))),
            Completed(token, 1),
            Failed(token, 1, "again"),
            Picked(token, actor, course.some(2)),
            Rung(token, 1, draw.one(("remind", "escalate", "nowhere")), course.some(2)),
            Jumped(token, ADMINISTRATOR, step),
            Started(actor),
        )
        course.attempt(draw.one(events))

    def teardown(self) -> None:
        if hasattr(self, "course"):
            self.course.end_fairly()
            self.course.replay()

    def take_offer(self, token: Token, user: int) -> None:
        """Do one of the things that somebody is offered; none may then be refused."""
        course = self.course
        offered = flow_offers.offers(course.flow, course.state, token, user)
        slots = [one for one in token.slots if one.user == user and one.status is SlotStatus.ACTIVE]
        course.hold(bool(offered) == bool(slots), "who has a turn is offered something, and nobody else")
        if offered:
            act = "return" if "return" in offered and course.draw.chance(3) else course.draw.one(offered)
            event = self.offered_event(token, slots[0].id, user, act)
            course.hold(event is None or course.attempt(event), f"what is offered is refused: {act}")

    def offered_event(self, token: Token, slot: int, user: int, act: str) -> FlowEvent | None:
        course, draw = self.course, self.course.draw
        asked = [one for one in token.slots if one.status in OPEN]
        free = [one for one in PEOPLE if one not in {slot.user for slot in asked} and one != INITIATOR]
        if act in PLACES or act == "transfer":
            other = draw.one(free) if free else 0
            if not other:
                return None
            transfer = Transferred(token.id, slot, user, other)
            return Added(token.id, slot, user, PLACES[act], (other,)) if act in PLACES else transfer
        if act == "return":
            step = draw.one(flow_offers.returns(course.flow, course.state, token))
            return Returned(token.id, slot, user, step, straight=draw.chance(2))
        events: Mapping[str, FlowEvent] = {
            "approve": Decided(token.id, slot, user, True),
            "done": Decided(token.id, slot, user, True),
            "reject": Decided(token.id, slot, user, False),
            "resubmit": Resubmitted(token.id, user),
        }
        return events[act]


RULES: tuple[Callable[[FlowTrial, bytes], None], ...] = (
    FlowTrial.somebody_does_what_is_offered,
    FlowTrial.somebody_does_what_is_offered,
    FlowTrial.somebody_answers,
    FlowTrial.somebody_answers,
    FlowTrial.somebody_takes_out_whom_they_added,
    FlowTrial.something_comes_from_outside,
    FlowTrial.a_time_comes,
    FlowTrial.an_administrator_steps_in,
    FlowTrial.somebody_takes_back,
    FlowTrial.it_is_stopped,
    FlowTrial.somebody_tries_anything,
)


def try_flows(sequences: int) -> None:
    """Put so many random flows to trial; fails with the shortest course that breaks a law."""
    run_state_machine_as_test(FlowTrial, settings=_settings(sequences))


def try_long_courses(seeds: Iterable[int]) -> int:
    """Put a flow of each seed to a longer trial than one that has to be made short; how many events were taken."""
    return sum(_long_course(seed) for seed in seeds)


def _long_course(seed: int) -> int:
    random, trial = Random(seed), FlowTrial()
    try:
        trial.begin(random.randbytes(FLOW_BYTES))
        for _ in range(random.randint(1, LONG)):
            act = random.choice(RULES)
            if trial.runs or act is FlowTrial.somebody_tries_anything:
                act(trial, random.randbytes(ACT_BYTES))
        trial.teardown()
    except Exception as breach:
        breach.add_note(f"seed {seed}")
        raise
    return len(trial.course.events)


def _settings(sequences: int) -> settings:
    return settings(
        max_examples=sequences,
        stateful_step_count=ACTS,
        deadline=None,
        database=None,
        derandomize=True,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
