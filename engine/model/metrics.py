"""Metrics: a dictionary of figures, each defined once and used in tiles, charts, rules and models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.model.formula import Formula
from engine.model.measure_units import MeasureUnit
from engine.model.names import NO_LABEL, Label, Place

DEEPEST_DERIVATION = 8
"""How many derived metrics may stand on each other."""


class Aggregation(StrEnum):
    """How a base metric folds rows into one value."""

    SUM = "sum"
    COUNT = "count"
    AVERAGE = "avg"
    MINIMUM = "min"
    MAXIMUM = "max"
    COUNT_DISTINCT = "count_distinct"


@dataclass(frozen=True, slots=True)
class Measure:
    """What a base metric folds: `argument` is a row formula of the entity (None for count of rows)."""

    aggregation: Aggregation
    argument: Formula | None


@dataclass(frozen=True, slots=True)
class Dimension:
    """A way to split a metric: a path of the entity (`store`, `customer.tier`)."""

    name: str
    path: tuple[str, ...]
    label: Label


@dataclass(frozen=True, slots=True)
class Fill:
    """A field filled in beforehand: from a path of the row, with a value, with a day so far from today, or with the row itself."""

    field: str
    path: tuple[str, ...] = ()
    value: object = None
    days: int | None = None
    row: bool = False


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What can be made of a row behind a figure: a new row of `entity`, its form filled beforehand."""

    entity: str
    label: Label
    fill: tuple[Fill, ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """A base metric has `entity` and `measure`; a derived one has `formula` over other metrics (`inputs`).

    `rollup` says whether its figures are kept folded: by these dimensions besides those that dashboards ask for, by none
    (True), or never (False); None leaves it to the dashboards. `unit` is None where it is not known. `columns` are shown of the rows behind a figure besides what
    it reads; `follow_up` is what can be made of one.
    """

    name: str
    pack: str
    label: Label
    place: Place
    description: Label = NO_LABEL
    entity: str | None = None
    measure: Measure | None = None
    where: Formula | None = None
    time: str | None = None
    dimensions: tuple[Dimension, ...] = ()
    formula: Formula | None = None
    inputs: tuple[str, ...] = ()
    display: str = "number"
    scale: int = 0
    currency: str | None = None
    unit_label: Label = NO_LABEL
    unit: MeasureUnit | None = None
    target: str | None = None
    good_when: str = "up"
    owner: str | None = None
    roles: frozenset[str] = frozenset()
    rollup: bool | tuple[str, ...] | None = None
    columns: tuple[tuple[str, ...], ...] = ()
    follow_up: FollowUp | None = None

    def dimension(self, name: str) -> Dimension | None:
        return next((one for one in self.dimensions if one.name == name), None)


def target_of(properties: Mapping[str, object], metric: Metric) -> str:
    """The metric that an item compares `metric` with: the item's own, else the metric's; empty without any."""
    own = properties.get("target_metric", metric.target)
    return own if isinstance(own, str) else ""


def bases_of(metrics: Mapping[str, Metric], name: str, depth: int = 0) -> Iterator[Metric]:
    """The metrics with rows of their own that a metric stands on, in order of need; of an unknown name none."""
    metric = metrics.get(name)
    if metric is None or depth > DEEPEST_DERIVATION:
        return
    if metric.entity is not None:
        yield metric
        return
    for one in metric.inputs:
        yield from bases_of(metrics, one, depth + 1)
