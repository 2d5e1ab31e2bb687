"""Integer arithmetic of scaled numbers, the same in every back end: exact, within 18 digits, else empty."""

from __future__ import annotations

LIMIT = 10**18 - 1
DURATION_LIMIT = 10**13 - 1
"""Seconds of the longest duration."""


def bounded(value: int, limit: int = LIMIT) -> int | None:
    """The value, or empty when it has more than 18 digits or is beyond a narrower limit."""
    return value if -limit <= value <= limit else None


def divided(top: int, bottom: int, way: str) -> int | None:
    """top ÷ bottom as an integer: `round` half away from zero, `round_up` away from it, `round_down` towards it; empty by zero."""
    if bottom == 0:
        return None
    above, below = abs(top), abs(bottom)
    if way == "round":
        found = (2 * above + below) // (2 * below)
    elif way == "round_up":
        found = (above + below - 1) // below
    else:
        found = above // below
    return bounded(-found if (top < 0) != (bottom < 0) else found)


def quotient(top: int, bottom: int, shift: int, way: str) -> int | None:
    """top × 10^shift ÷ bottom; the shifted side must stay within 18 digits."""
    if shift >= 0:
        wide = bounded(top * 10**shift)
        return None if wide is None else divided(wide, bottom, way)
    deep = bounded(bottom * 10**-shift)
    return None if deep is None else divided(top, deep, way)


def rounded(value: int, digits: int, way: str) -> int | None:
    """The value with `digits` fewer decimals."""
    return bounded(value * 10**-digits) if digits <= 0 else divided(value, 10**digits, way)
