"""Functions that are not exact: worked out in binary floating point, then cut to 12 significant digits and a scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal

from engine.runtime.formula.arithmetic import bounded

FARTHEST = 42.0
"""Natural logarithm of what is certainly beyond 18 digits."""


def significant(value: float | None, scale: int) -> int | None:
    """The scaled integer of a float at 12 significant digits, half away from zero; empty beyond 18 digits."""
    if value is None or not math.isfinite(value):
        return None
    return bounded(int(Decimal(f"{value:.11e}").scaleb(scale).to_integral_value("ROUND_HALF_UP")))


def power(base: float, exponent: float) -> float | None:
    """base to the exponent; empty where there is no real number, 1 for 0 to the 0."""
    if base == 0:
        return 1.0 if exponent == 0 else 0.0 if exponent > 0 else None
    if base < 0 and exponent != math.floor(exponent):
        return None
    reach = exponent * math.log(abs(base))
    if abs(reach) > FARTHEST:
        return 0.0 if reach < 0 else None
    return math.pow(base, exponent)


def _exp(value: float) -> float | None:
    if abs(value) > FARTHEST:
        return 0.0 if value < 0 else None
    return math.exp(value)


def _growth(rate: float, periods: float) -> float | None:
    return power(1.0 + rate, periods) if rate > -1 else None


def _payment(principal: float, rate: float, periods: float) -> float | None:
    if periods <= 0:
        return None
    if rate == 0:
        return principal / periods
    if rate <= -1:
        return None
    reach = periods * math.log1p(rate)
    return None if reach < -FARTHEST else principal * rate / -math.expm1(-reach)


def _future(principal: float, rate: float, periods: float) -> float | None:
    grown = _growth(rate, periods)
    return None if grown is None else principal * grown


def _present(amount: float, rate: float, periods: float) -> float | None:
    grown = _growth(rate, -periods)
    return None if grown is None else amount * grown


INEXACT: Mapping[str, Callable[..., float | None]] = {
    "power": power,
    "sqrt": lambda value: math.sqrt(value) if value >= 0 else None,
    "exp": _exp,
    "ln": lambda value: math.log(value) if value > 0 else None,
    "log10": lambda value: math.log10(value) if value > 0 else None,
    "payment": _payment,
    "future_value": _future,
    "present_value": _present,
}
