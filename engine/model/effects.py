"""Effects: what an event did to two metrics against their baseline, as asked for and as found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from engine.model.formula import Formula

Path = tuple[str, ...]
LEAST_DAYS, LEAST_BEFORE = 3, 14
"""Days of the event, and before it, without which nothing is said."""


@dataclass(frozen=True, slots=True)
class Side:
    """Where an event happens: a dimension of the metrics, its key for the event, and the event's field that holds it."""

    dimension: str
    path: Path
    key: object


@dataclass(frozen=True, slots=True)
class EffectRequest:
    """An event from `since` to `until`, both included, on `unit`; `scope` is the part of the unit that it is about.

    `metrics` are the volume and the gain; `before` and `after` are days looked at on either side. `counts` says which
    other events of the entity are ones at all: units in which one ran are no control, days on which one ran no baseline.
    """

    entity: str
    record: int
    since: date
    until: date
    span: tuple[Path, Path]
    unit: Side
    scope: Side | None
    metrics: tuple[str, str]
    before: int
    after: int
    counts: Formula | None = None


class Lack(StrEnum):
    """Why nothing, or less, can be said."""

    FEW_DAYS = "few_days"
    SHORT_BEFORE = "short_before"
    NO_CONTROL = "no_control"
    OTHER_EVENT = "other_event"
    APART_BEFORE = "apart_before"
    AFTER_OPEN = "after_open"
    AFTER_EVENT = "after_event"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was against what would have been, over some days; `error` is the standard error of their difference."""

    actual: float
    expected: float
    error: float
    freedom: int

    @property
    def difference(self) -> float:
        return self.actual - self.expected

    def within(self, quantile: float) -> tuple[float, float]:
        """The interval of the difference."""
        return self.difference - quantile * self.error, self.difference + quantile * self.error


@dataclass(frozen=True, slots=True)
class MetricEffect:
    """The effect on one metric: on what the event is about while it ran, on the rest of the unit, after its end, and all
    of it. A part that the event does not have, or that cannot be told, is None."""

    direct: Estimate
    rest: Estimate | None
    later: Estimate | None
    net: Estimate


@dataclass(frozen=True, slots=True)
class ControlUnit:
    """A unit that stands beside the event's; `used` is False for one in which another event ran."""

    key: object
    title: str
    used: bool


@dataclass(frozen=True, slots=True)
class EffectDay:
    """A day of the gain: what was, and what would have been (None before the event)."""

    day: date
    actual: Decimal
    expected: Decimal | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What was found. Without enough days `metrics` is empty and `lacks` says why.

    `baseline` are the days by which the baseline was estimated; `seen_until` the last day that has been.
    """

    metrics: Mapping[str, MetricEffect]
    actual: Mapping[str, Decimal]
    controls: tuple[ControlUnit, ...]
    days: tuple[EffectDay, ...]
    baseline: tuple[date, ...]
    seen_until: date
    later_until: date | None
    lacks: tuple[Lack, ...]
    quantile: float
