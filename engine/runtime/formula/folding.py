"""Folding the values of child rows into one, empty ones left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.runtime.formula.arithmetic import bounded, quotient


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
        return quotient(sum(known), len(known), result - scale, "round")
    return min(known) if function == "min" else max(known)
