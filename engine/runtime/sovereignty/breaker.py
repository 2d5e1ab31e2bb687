"""The breaker: a pure machine of three states. Nothing but two different persons and passing probes leads from OPEN to CLOSED.

No event of it is the passing of time, so none closes it by a timer. A test walks through all states.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

STRIKES = 3
"""Violations with data of level G2 that open it; with G3 and above one does."""
GRAVE, COUNTED = ("G3", "G4"), "G2"
PROBES = 5
"""Synthetic probes that must pass before it closes."""
MOST_REVIEWS = 2


class State(StrEnum):
    """What a breaker lets through: everything that is allowed, nothing, or synthetic probes alone."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a breaker stands. `asked_by` wants it closed, `approved_by` are other people who agreed, out of `reviews`."""

    state: State = State.CLOSED
    reason: str = ""
    strikes: int = 0
    asked_by: int = 0
    approved_by: frozenset[int] = frozenset()
    reviews: int = 1
    probes: int = 0


@dataclass(frozen=True, slots=True)
class Violated:
    """A request broke a rule with data of this level."""

    level: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tripped:
    """What opens it whatever the level: a changed certificate, an address elsewhere, a canary, a full counter, the switch."""

    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody wants it closed again."""

    user: int


@dataclass(frozen=True, slots=True)
class Agreed:
    """Somebody agrees to what another person asked for."""

    user: int


@dataclass(frozen=True, slots=True)
class Probed:
    """A synthetic probe came back."""

    passed: bool


Event = Violated | Tripped | Asked | Agreed | Probed


def after(standing: Standing, event: Event) -> Standing:
    """How a breaker stands after an event; as before where the event has no say in that state."""
    match event:
        case Violated():
            return _violated(standing, event)
        case Tripped(reason):
            return _opened(standing, reason)
        case Asked(user) if standing.state is State.OPEN and user > 0:
            return replace(standing, asked_by=user, approved_by=frozenset())
        case Agreed(user):
            return _agreed(standing, user)
        case Probed(passed) if standing.state is State.HALF_OPEN:
            return _probed(standing, passed)
    return standing


def _violated(standing: Standing, event: Violated) -> Standing:
    if event.level in GRAVE:
        return _opened(standing, event.reason)
    if event.level != COUNTED:
        return standing
    if standing.state is State.HALF_OPEN or standing.strikes + 1 >= STRIKES:
        return _opened(standing, event.reason)
    return replace(standing, strikes=standing.strikes + 1) if standing.state is State.CLOSED else standing


def _opened(standing: Standing, reason: str) -> Standing:
    """Open, with whatever was asked and agreed undone: it was about other grounds. Out of a trial the review doubles."""
    reviews = MOST_REVIEWS if standing.state is State.HALF_OPEN else standing.reviews
    return Standing(State.OPEN, reason, 0, reviews=reviews)


def _agreed(standing: Standing, user: int) -> Standing:
    asked = standing.state is State.OPEN and standing.asked_by > 0
    if not asked or user <= 0 or user == standing.asked_by:
        return standing
    approved = standing.approved_by | {user}
    if len(approved) < standing.reviews:
        return replace(standing, approved_by=approved)
    return replace(standing, state=State.HALF_OPEN, approved_by=approved, probes=0)


def _probed(standing: Standing, passed: bool) -> Standing:
    if not passed:
        return _opened(standing, "probe")
    if standing.probes + 1 < PROBES:
        return replace(standing, probes=standing.probes + 1)
    return Standing()
