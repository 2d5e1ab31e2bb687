"""Derived metrics: a formula over other metrics of the same group, evaluated by the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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


class Derivation:
    """Works out derived metrics for one question: each formula is compiled once, each figure of a group worked out once."""

    def __init__(self, work: Work) -> None:
        self._metrics = work.model.metrics
        self._moment = Moment(now=work.context.now, zone=work.context.zone)
        self._compiled: dict[str, Callable[[MetricCells, Moment], object]] = {}

    def value(self, metric: Metric, known: dict[str, object], depth: int = 0) -> object:
        """The value of a metric of a group from those known of it, which it joins; None where its formula has no value (an
        input empty, a zero divisor)."""
        if metric.name in known:
            return known[metric.name]
        if metric.formula is None or depth > DEEPEST_DERIVATION:
            return None
        inputs = {name: self.value(self._metrics[name], known, depth + 1) for name in metric.inputs}
        if metric.name not in self._compiled:
            self._compiled[metric.name] = compile_value(metric.formula)
        value = self._compiled[metric.name](MetricCells(inputs), self._moment)
        known[metric.name] = None if isinstance(value, FormulaError) else value
        return known[metric.name]
