"""Feature plans: which rows are decided about and when, what is known of each strictly before, and how it turns out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from engine.model.feature_tables import FeatureColumn
from engine.model.formula import Formula
from engine.model.names import Label, Place

Clock = Literal["day", "instant"]
"""How moments are compared: by business days, or to the microsecond where both are instants."""

FoldName = Literal["count", "sum", "mean", "min", "max", "share", "distinct", "last", "days_since", "trend"]
Shape = Literal["number", "category", "days", "month", "weekday", "quarter", "length"]
"""What a value becomes: a number, a category, days from the decision to a date, a part of a date, the length of a text."""

DAY = 86_400_000_000
"""Microseconds of a day."""


class Life(StrEnum):
    """When a column of a row is known.

    START: it is filled in with the row; read as it first came in. HISTORY: it changes; read as it was, and empty where the
    row came in later. DATED: it is known from a date of the row on, and empty before.
    """

    START = "start"
    HISTORY = "history"
    DATED = "dated"


@dataclass(frozen=True, slots=True)
class Known:
    """When one column is known; `by` is the field whose date tells it."""

    life: Life
    by: str = ""


Lives = Mapping[tuple[str, str], Known]
"""When columns are known, by entity and field."""


@dataclass(frozen=True, slots=True)
class RowFlow:
    """The rows that flow from a source through joins and filters; `at` is the date or instant at which a row happens."""

    node: str
    entity: str
    label: Label
    at: Formula
    where: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Pairing:
    """Rows belong together where the value of `fact` in one is that of `row` in the other."""

    fact: Formula
    row: Formula


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows of a flow folded into one value, of those that were known strictly before the decision.

    `known` tells when a row became known. Only rows of the last `days` count, where it is given. With `ahead` they are the
    rows of the `days` from the decision on: that is an outcome, never a feature.
    """

    function: FoldName
    over: RowFlow
    pairs: tuple[Pairing, ...]
    known: Formula
    of: Formula | None
    where: Formula | None
    days: int | None
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """A value of the row itself, or along relations from it, as it was known at the decision."""

    formula: Formula
    shape: Shape


@dataclass(frozen=True, slots=True)
class Feature:
    """One column: what it is for whoever learns from it, what it is made of, and which `entity.field`s it comes from."""

    column: FeatureColumn
    value: Raw | Fold
    lineage: tuple[str, ...]
    place: Place

    @property
    def name(self) -> str:
        return self.column.name


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be foretold: whether an event comes true (`event`), or a number.

    `value` is judged once `known` has come; a row that it has not come for is censored. With `days` it must have come so
    many days after the decision: what comes later, or has not come by then, is `beyond`: censored, no or yes.
    A fold ahead is known when its days are over.
    """

    event: bool
    label: Label
    value: Formula | Fold
    known: Formula | None
    days: int | None
    beyond: Literal["censored", "no", "yes"]
    lineage: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class TimeSplit:
    """The last `holdout` of the rows in time are held out; rows of the `gap` days before them are left out."""

    holdout: Decimal
    gap: int


@dataclass(frozen=True, slots=True)
class FeaturePlan:
    """One line for each row of `rows` at its decision time `as_of`, the same for training and for scoring."""

    pipeline: str
    node: str
    label: Label
    rows: RowFlow
    as_of: Formula
    clock: Clock
    features: tuple[Feature, ...]
    lives: Lives
    flows: tuple[RowFlow, ...]
    outcome: Outcome | None = None
    split: TimeSplit | None = None

    @property
    def columns(self) -> tuple[FeatureColumn, ...]:
        return tuple(one.column for one in self.features)

    def formulas(self) -> Iterator[tuple[str, str, Formula]]:
        """Every formula with the entity whose row it speaks of and the name of what it is for."""
        own = self.rows.entity
        yield own, self.node, self.as_of
        for formula in self.rows.where:
            yield own, self.rows.node, formula
        for feature in self.features:
            yield from _of_value(own, feature.name, feature.value)
        if self.outcome is not None:
            yield from _of_outcome(own, self.outcome)


def _of_value(own: str, name: str, value: Raw | Fold) -> Iterator[tuple[str, str, Formula]]:
    if isinstance(value, Raw):
        yield own, name, value.formula
        return
    for pair in value.pairs:
        yield own, name, pair.row
        yield value.over.entity, name, pair.fact
    for formula in (value.known, value.of, value.where, *value.over.where):
        if formula is not None:
            yield value.over.entity, name, formula


def _of_outcome(own: str, outcome: Outcome) -> Iterator[tuple[str, str, Formula]]:
    if isinstance(outcome.value, Fold):
        yield from _of_value(own, "label", outcome.value)
    else:
        yield own, "label", outcome.value
    if outcome.known is not None:
        yield own, "label", outcome.known
