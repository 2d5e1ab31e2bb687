"""What a reader is shown of decisions beside what was advised, each figure in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TallyLine:
    """How some decisions ended: numbers, and how often those that have ended were won."""

    label: str
    n: int
    won: int
    lost: int
    pending: int
    rate: str


@dataclass(frozen=True, slots=True)
class GroupLine:
    """The decisions of a unit, a person or a month; `url` leads to them."""

    label: str
    url: str
    n: int
    overridden: str
    regret: str
    realised: str
    before_cost: str


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision: what was advised and chosen, how far apart they are, how it ended. `who` is empty where it is not told."""

    url: str
    on: str
    unit: str
    who: str
    advised: str
    chosen: str
    moved: str
    regret: str
    apart: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class AfterView:
    """A decision looked at afterwards: what the best and what was chosen were expected to leave, and what came of it."""

    line: DecisionLine
    best: str
    mine: str
    realised: str
    whole: bool
    followed: bool


@dataclass(frozen=True, slots=True)
class SkillLine:
    """A dimension of a skill: in words, with its interval and its number of cases."""

    label: str
    definition: str
    value: str
    reach: str
    n: int
    enough: bool
