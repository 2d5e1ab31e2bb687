"""The breaker's machine, walked through completely: every state and every event of a small world of people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from engine.runtime.sovereignty.breaker import (
    PROBES,
    Agreed,
    Asked,
    Event,
    Probed,
    Standing,
    State,
    Tripped,
    Violated,
    after,
)

PEOPLE = (1, 2, 3)
EVENTS: tuple[Event, ...] = (
    *(Violated(level, "level") for level in ("G0", "G1", "G2", "G3", "G4")),
    Tripped("pin"),
    *(Asked(one) for one in (0, *PEOPLE)),
    *(Agreed(one) for one in (0, *PEOPLE)),
    Probed(True),
    Probed(False),
)
Machine = Callable[[Standing, Event], Standing]


def walked(machine: Machine) -> Iterator[tuple[Standing, Event, Standing]]:
    """Every step from every state that can be reached."""
    known, waiting = {Standing()}, [Standing()]
    while waiting:
        standing = waiting.pop()
        for event in EVENTS:
            then = machine(standing, event)
            yield standing, event, then
            if then not in known:
                known.add(then)
                waiting.append(then)


def is_wrong(standing: Standing, event: Event, then: Standing) -> bool:
    """Whether a step leads out of OPEN or into CLOSED otherwise than by two different people and passing probes."""
    match standing.state, then.state:
        case State.OPEN, State.CLOSED:
            return True
        case State.OPEN, State.HALF_OPEN:
            others = then.approved_by - {0, standing.asked_by}
            return not (isinstance(event, Agreed) and standing.asked_by and len(others) >= standing.reviews)
        case State.HALF_OPEN, State.CLOSED:
            return event != Probed(True) or standing.probes + 1 != PROBES
        case State.CLOSED, State.HALF_OPEN:
            return True
    return False


def shape(standing: Standing) -> tuple[object, ...]:
    """A state without who they are: people are alike."""
    return (
        standing.state,
        standing.strikes,
        standing.reviews,
        standing.asked_by > 0,
        len(standing.approved_by),
        standing.probes,
    )


def test_no_way_leads_from_open_to_closed_without_two_people_and_probes() -> None:
    steps = list(walked(after))
    assert [step for step in steps if is_wrong(*step)] == []
    assert len({shape(one) for one, _, _ in steps}) <= 50
    assert any(then.state is State.CLOSED and standing.state is State.HALF_OPEN for standing, _, then in steps)


@pytest.mark.parametrize(
    "broken",
    [
        lambda standing, event: Standing() if event == Probed(True) else after(standing, event),
        lambda standing, event: (
            Standing(State.HALF_OPEN, asked_by=standing.asked_by, approved_by=frozenset({standing.asked_by}))
            if isinstance(event, Agreed) and standing.state is State.OPEN and event.user == standing.asked_by > 0
            else after(standing, event)
        ),
        lambda standing, event: (
            Standing(State.HALF_OPEN) if standing.state is State.OPEN and event == Asked(0) else after(standing, event)
        ),
    ],
)
def test_the_walk_finds_a_machine_that_closes_otherwise(broken: Machine) -> None:
    """The controls: a probe alone, the same person twice, nobody at all (as a timer would)."""
    assert any(is_wrong(*step) for step in walked(broken))


def test_one_grave_violation_or_three_counted_ones_open_it() -> None:
    assert after(Standing(), Violated("G3", "level")).state is State.OPEN
    twice = after(after(Standing(), Violated("G2", "level")), Violated("G2", "level"))
    assert (twice.state, twice.strikes) == (State.CLOSED, 2)
    assert after(twice, Violated("G2", "level")).state is State.OPEN
    assert after(Standing(), Violated("G1", "level")) == Standing()


def test_a_failed_probe_doubles_the_review() -> None:
    half = after(after(after(Standing(), Tripped("pin")), Asked(1)), Agreed(2))
    assert half.state is State.HALF_OPEN
    opened = after(half, Probed(False))
    assert (opened.state, opened.reviews) == (State.OPEN, 2)
    once = after(after(opened, Asked(1)), Agreed(2))
    assert once.state is State.OPEN, "one is not enough any more"
    assert after(once, Agreed(2)).state is State.OPEN, "and not twice the same"
    assert after(once, Agreed(3)).state is State.HALF_OPEN
