"""Numbers as they are stored: scaled 64-bit integers, with sentinels for error values; and zones as tables of offsets."""

from __future__ import annotations

import decimal
from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from engine.model.formula import ErrorCode, FormulaError

LIMIT = 10**18 - 1
"""The greatest magnitude of a scaled number: 18 digits."""

DURATION_LIMIT = 10**13 - 1
"""The greatest magnitude of a duration in seconds."""

SENTINELS: Mapping[ErrorCode, int] = MappingProxyType(
    {
        "overflow": 9_000_000_000_000_000_001,
        "division_by_zero": 9_000_000_000_000_000_002,
        "invalid": 9_000_000_000_000_000_003,
    }
)
"""How a database column holds an error value; no number reaches them."""

_ERRORS = {sentinel: FormulaError(code) for code, sentinel in SENTINELS.items()}
_EXACT = decimal.Context(prec=60, rounding=decimal.ROUND_HALF_UP)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_ZONED, LAST_ZONED = -2_208_988_800, 4_102_444_800
"""Seconds since 1970 of the years 1900 and 2100, between which zones are known."""
_STEP = timedelta(days=5)


def to_scaled(value: int | decimal.Decimal | str, scale: int) -> int | FormulaError:
    """`value` as an integer at `scale`, half away from zero; the error `overflow` beyond 18 digits."""
    number = decimal.Decimal(value).scaleb(scale, _EXACT).to_integral_value(decimal.ROUND_HALF_UP)
    return int(number) if abs(number) <= LIMIT else FormulaError("overflow")


def from_scaled(value: int, scale: int) -> decimal.Decimal:
    """The exact decimal of a scaled integer, with `scale` digits after the point."""
    return decimal.Decimal(value).scaleb(-scale, _EXACT)


def stored(value: int | FormulaError | None) -> int | None:
    """What a column holds for a scaled value: the integer, or the sentinel of an error."""
    return SENTINELS[value.code] if isinstance(value, FormulaError) else value


def loaded(value: int | None) -> int | FormulaError | None:
    """The inverse of `stored`."""
    return value if value is None or value <= LIMIT else _ERRORS[value]


def to_microseconds(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z of an aware instant."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


@lru_cache(maxsize=64)
def zone_offsets(zone: str) -> tuple[tuple[int, int], ...]:
    """(from UTC microsecond, offset in seconds), ascending, for the years 1900 to 2100; the first holds for all before, the last after."""
    place = ZoneInfo(zone)
    at, end = (_EPOCH + timedelta(seconds=one) for one in (FIRST_ZONED, LAST_ZONED))
    offset = _offset(at, place)
    found = [(to_microseconds(at), offset)]
    while at < end:
        after = min(at + _STEP, end)
        if _offset(after, place) != offset:
            at = _first_change(at, after, place)
            offset = _offset(at, place)
            found.append((to_microseconds(at), offset))
        else:
            at = after
    return tuple(found)


def offset_at(zone: str, microseconds: int) -> int:
    """Seconds that the zone's clocks are ahead of UTC at an instant."""
    table = zone_offsets(zone)
    index = bisect_right(table, microseconds, key=lambda entry: entry[0]) - 1
    return table[max(index, 0)][1]


def _offset(at: datetime, place: ZoneInfo) -> int:
    offset = at.astimezone(place).utcoffset()
    return round(offset.total_seconds()) if offset is not None else 0


def _first_change(low: datetime, high: datetime, place: ZoneInfo) -> datetime:
    before = _offset(low, place)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if _offset(middle, place) == before:
            low = middle
        else:
            high = middle
    return high
