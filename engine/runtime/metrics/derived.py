"""Derived metrics: a formula over other metrics of the same group, evaluated by the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.model.formula import FormulaError, Moment
from engine.model.metrics import DEEPEST_DERIVATION, Metric
from engine.runtime.formula.value import compile_value
from engine.runtime.work import Work


class MetricCells:
    """The values of one group's metrics, as a formula reads them."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def cell(self, path: tuple[str, ...]) -> object:
        return self._values.get(".".join(path))

    def children(self, path: tuple[str, ...]) -> Sequence[MetricCells]:
        return ()


def derived_value(work: Work, metric: Metric, known: Mapping[str, object], depth: int = 0) -> object:
    """The value of a derived metric from its inputs; None where the formula has no value (an input empty, a zero divisor)."""
    if metric.name in known:
        return known[metric.name]
    if metric.formula is None or depth > DEEPEST_DERIVATION:
        return None
    inputs = {name: derived_value(work, work.model.metrics[name], known, depth + 1) for name in metric.inputs}
    moment = Moment(now=work.context.now, zone=work.context.zone)
    value = compile_value(metric.formula)(MetricCells(inputs), moment)
    return None if isinstance(value, FormulaError) else value
