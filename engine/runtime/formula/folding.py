"""Folding the values of child rows into one, empty ones left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from engine.runtime.formula.arithmetic import bounded, quotient
from engine.runtime.formula.inexact import significant


def fold(function: str, values: Sequence[Any], scale: int, result: int) -> Any:
    """sum, count, avg, min, max or count_distinct of values; sums of nothing are 0, the others of nothing empty."""
    known = [value for value in values if value is not None]
    if function == "count":
        return len(known)
    if function == "count_distinct":
        return len(set(known))
    if function == "sum":
        return bounded(sum(known))
    if not known:
        return None
    if function == "avg":
        return _mean(known, result - scale)
    if function == "median":
        ordered = sorted(known)
        return _mean(ordered[(len(known) - 1) // 2 : len(known) // 2 + 1], result - scale)
    if function == "stdev":
        return _deviation(known, scale, result)
    return min(known) if function == "min" else max(known)


def outermost(function: str, pairs: Sequence[tuple[Any, Any]]) -> Any:
    """The value at the least (`first`) or greatest (`last`) place; pairs with an empty part are left out."""
    known = [(place, value) for place, value in pairs if place is not None and value is not None]
    return (min(known) if function == "first" else max(known))[1] if known else None


def _deviation(values: Sequence[int], scale: int, result: int) -> int | None:
    """The sample standard deviation in two passes over exact distances from the least; of fewer than two values empty."""
    if len(values) < 2:
        return None
    low = min(values)
    above = [float(one - low) for one in values]
    mean = sum(above) / len(above)
    squares = sum((one - mean) * (one - mean) for one in above)
    return significant(math.sqrt(squares / (len(values) - 1)) / 10.0**scale, result)


def _mean(values: Sequence[int], shift: int) -> int | None:
    total = bounded(sum(values))
    return None if total is None else quotient(total, len(values), shift, "round")
