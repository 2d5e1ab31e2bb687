"""Axis: round ticks around the values, and where a value stands between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
PRECISION = 400


@dataclass(frozen=True, slots=True)
class Axis:
    """Round ticks from low to high."""

    ticks: tuple[Decimal, ...]

    @property
    def low(self) -> Decimal:
        return self.ticks[0]

    @property
    def high(self) -> Decimal:
        return self.ticks[-1]

    @property
    def largest(self) -> Decimal:
        return max(abs(self.low), abs(self.high))

    def share(self, value: Decimal) -> float:
        """Where a value stands between low (0) and high (1)."""
        return float((value - self.low) / (self.high - self.low))


def axis_for(values: Iterable[Decimal | None], zero: bool = True, wished: int = 5) -> Axis:
    """An axis of about `wished` steps that holds all values; with `zero` it always holds zero."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=Decimal(0)), max(known, default=Decimal(1))
    if zero or not _flat(low, high):
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    if low == high:
        high = low + (abs(low) if low else Decimal(1))
    with localcontext() as context:
        context.prec = PRECISION
        step = _step((high - low) / wished)
        first = (low / step).to_integral_value(ROUND_FLOOR)
        last = (high / step).to_integral_value(ROUND_CEILING)
        return Axis(tuple((first + index) * step for index in range(int(last - first) + 1)))


def _flat(low: Decimal, high: Decimal) -> bool:
    """Values far from zero that move little may leave zero out, or their movement could not be seen."""
    return (low > 0 or high < 0) and (high - low) < Decimal("0.4") * max(abs(low), abs(high))


def _step(rough: Decimal) -> Decimal:
    power = Decimal(1).scaleb(rough.adjusted())
    return next(step for step in STEPS if step * power >= rough) * power
