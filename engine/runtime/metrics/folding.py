"""Folding: how an aggregation is asked of the database so that its result is exact at any number of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context
from decimal import Decimal as Number

from sqlglot import exp

from engine.model.formula import Type, scale_of
from engine.model.metrics import Aggregation, Metric
from engine.model.rollups import ADDED_UP
from engine.runtime.query import nodes
from engine.runtime.storage.rollup_tables import HALF
from engine.runtime.storage.typed import typed_value

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class RolledParts:
    """The columns of cells that a measure is summed from: its upper and lower digits, and how many rows have it."""

    upper: exp.Expression
    lower: exp.Expression
    count: exp.Expression


@dataclass(frozen=True, slots=True)
class Folding:
    """The columns that one metric selects per group, and how they become its value.

    `scale` is that of the measured values; `shown` the metric's own number of decimal places, to which averages round
    half away from zero.
    """

    aggregation: Aggregation
    scale: int
    shown: int
    type: Type | None

    @property
    def added_up(self) -> bool:
        """Whether sums of parts tell it."""
        return self.aggregation in ADDED_UP

    def expressions(self, argument: exp.Expression | None) -> list[exp.Expression]:
        match self.aggregation:
            case Aggregation.COUNT:
                return [exp.Count(this=exp.Star() if argument is None else argument.copy())]
            case Aggregation.COUNT_DISTINCT:
                return [exp.Count(this=exp.Distinct(expressions=[_given(argument)]))]
            case Aggregation.MINIMUM:
                return [exp.Min(this=_given(argument))]
            case Aggregation.MAXIMUM:
                return [exp.Max(this=_given(argument))]
            case Aggregation.SUM | Aggregation.AVERAGE:
                value = nodes.parens(_given(argument))
                upper = exp.Sum(
                    this=nodes.parens(exp.Div(this=value, expression=nodes.number(HALF), typed=True, safe=False))
                )
                lower = exp.Sum(this=nodes.parens(exp.Mod(this=value.copy(), expression=nodes.number(HALF))))
                return [upper, lower, exp.Count(this=value.copy())]

    def rank(self, argument: exp.Expression | None) -> exp.Expression:
        """What the largest groups are picked by when there are too many: close to the value, and never out of range."""
        if self.aggregation not in (Aggregation.SUM, Aggregation.AVERAGE):
            return self.expressions(argument)[0]
        approximate = exp.Cast(this=_given(argument), to=exp.DataType.build("double"))
        return exp.Sum(this=approximate) if self.aggregation is Aggregation.SUM else exp.Avg(this=approximate)

    def rolled(self, parts: RolledParts) -> list[exp.Expression]:
        """The same columns as `expressions`, from folded cells."""
        match self.aggregation:
            case Aggregation.COUNT:
                return [_total(parts.count)]
            case Aggregation.SUM | Aggregation.AVERAGE:
                return [_total(parts.upper), _total(parts.lower), _total(parts.count)]
            case _:
                raise ValueError(f"{self.aggregation} is not told from sums")

    def rolled_rank(self, parts: RolledParts) -> exp.Expression:
        """The same as `rank`, from folded cells."""
        if self.aggregation is Aggregation.COUNT:
            return _total(parts.count)
        upper, lower = (
            exp.Cast(this=_total(one), to=exp.DataType.build("double")) for one in (parts.upper, parts.lower)
        )
        scaled = exp.Mul(this=upper, expression=nodes.number(HALF))
        total = nodes.parens(exp.Add(this=scaled, expression=lower))
        if self.aggregation is Aggregation.SUM:
            return total
        return exp.Div(this=total, expression=nodes.call("nullif", _total(parts.count), nodes.number(0)))

    def value(self, row: Sequence[object]) -> object:
        """The value of one group from the columns that `expressions` named."""
        if self.aggregation in (Aggregation.COUNT, Aggregation.COUNT_DISTINCT):
            return int(str(row[0]))
        if self.aggregation in (Aggregation.MINIMUM, Aggregation.MAXIMUM):
            return None if row[0] is None or self.type is None else typed_value(self.type, row[0])
        count = _whole(row[2])
        total = self._scaled(_whole(row[0]) * HALF + _whole(row[1])) if count else self._scaled(0)
        if self.aggregation is Aggregation.SUM:
            return total
        return self._average(total, count) if count else None

    def _scaled(self, stored: int) -> Number:
        return _EXACT.scaleb(Number(stored), -self.scale)

    def _average(self, total: Number, count: int) -> Number:
        return _EXACT.quantize(_EXACT.divide(total, Number(count)), _EXACT.scaleb(Number(1), -max(self.shown, 0)))


def folding_of(metric: Metric) -> Folding:
    """The folding of a base metric."""
    if metric.measure is None:
        raise ValueError(f"metric {metric.name} has no measure")
    argument = metric.measure.argument
    scale = scale_of(argument.type) if argument else 0
    return Folding(metric.measure.aggregation, scale, metric.scale, argument.type if argument else None)


def _given(argument: exp.Expression | None) -> exp.Expression:
    if argument is None:
        raise ValueError("an aggregation without an argument")
    return argument.copy()


def _total(column: exp.Expression) -> exp.Expression:
    return exp.Coalesce(this=exp.Sum(this=column.copy()), expressions=[nodes.number(0)])


def _whole(stored: object) -> int:
    if isinstance(stored, int):
        return stored
    return 0 if stored is None else int(str(stored))
