"""Charts that put figures of unlike units on one axis: the smaller ones would lie flat on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part, PassContext
from engine.model.metrics import Metric

_ONE_AXIS = frozenset({"bar", "stacked_bar", "horizontal_bar", "line", "area"})


def check_axes(context: PassContext, metrics: Mapping[str, object]) -> Iterator[Diagnostic]:
    """Every chart of one axis whose metrics have units that differ, as far as units are known."""
    for kind in ("pages", "dashboards"):
        for part in context.parts(kind):
            yield from _items(part, metrics)


def _items(part: Part, metrics: Mapping[str, object]) -> Iterator[Diagnostic]:
    for item in part.items("items"):
        if item.text("widget") == "chart" and item.text("chart") in _ONE_AXIS:
            yield from _axis(item, metrics)
        yield from _items(item, metrics)


def _axis(item: Part, metrics: Mapping[str, object]) -> Iterator[Diagnostic]:
    named = [(at, name, metrics.get(name)) for at, name in enumerate(item.names("metrics"))]
    known = [(at, name, one) for at, name, one in named if isinstance(one, Metric) and one.unit is not None]
    for at, name, one in known[1:]:
        first = known[0][2]
        if one.unit != first.unit:
            yield item.problem("W461", "metrics", at, metric=name, second=one.unit, first=first.unit)
