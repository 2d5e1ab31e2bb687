"""The kernel's functions of dates and instants as Python; a date outside the years 1 to 9999 is empty."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from engine.model.formula import EPOCH
from engine.model.formula_numbers import offset_at, to_microseconds

Function = Callable[[list[Any], Any], Any]
FARTHEST_DAYS = 4_000_000
"""More days than there are from the first date to the last."""


def _moved(day: date, days: int) -> date | None:
    try:
        return day + timedelta(days=days) if abs(days) < FARTHEST_DAYS else None
    except OverflowError:
        return None


def _add_duration(values: list[Any], shape: Any) -> Any:
    start, seconds = values
    if not isinstance(start, datetime):
        return _moved(start, int(abs(seconds) // 86_400 * (-1 if seconds < 0 else 1)))
    try:
        return start + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _elapsed(values: list[Any], shape: Any) -> int:
    micros = (values[1] - values[0]) // timedelta(microseconds=1)
    return int(abs(micros) // 1_000_000 * (-1 if micros < 0 else 1))


def _add_months(values: list[Any], shape: Any) -> date | None:
    day, months = values
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(day.day, _length(year, month + 1)))


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _months_between(values: list[Any], shape: Any) -> int:
    one, other = values
    months = int((other.year - one.year) * 12 + other.month - one.month)
    if months > 0 and other.day < one.day:
        return months - 1
    return months + 1 if months < 0 and other.day > one.day else months


def _workdays(values: list[Any], shape: Any) -> int:
    one, other = values
    low, high = min(values), max(values)
    count = _weekdays_until(high.toordinal() + 6) - _weekdays_until(low.toordinal() + 5)
    return count if one <= other else -count


def _weekdays_until(index: int) -> int:
    return index // 7 * 5 + min(index % 7 + 1, 5)


def _end_of_month(day: date) -> date:
    return day.replace(day=_length(day.year, day.month))


def _quarter(day: date) -> date:
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def _local(value: datetime, shape: Any) -> int:
    """Seconds since 1970 by the clocks of the zone."""
    micros = to_microseconds(value)
    return micros // 1_000_000 + offset_at(shape.moment.zone, micros)


def _date_of(values: list[Any], shape: Any) -> date | None:
    return _moved(EPOCH, _local(values[0], shape) // 86_400)


def _of_day(function: Callable[[date], Any]) -> Function:
    return lambda values, shape: function(values[0])


DAYS: Mapping[str, Function] = {
    "date_of": _date_of,
    "hour": lambda values, shape: _local(values[0], shape) % 86_400 // 3_600,
    "minute": lambda values, shape: _local(values[0], shape) % 3_600 // 60,
    "year": _of_day(lambda day: day.year),
    "quarter": _of_day(lambda day: (day.month + 2) // 3),
    "month": _of_day(lambda day: day.month),
    "day": _of_day(lambda day: day.day),
    "weekday": _of_day(lambda day: day.isoweekday()),
    "week": _of_day(lambda day: day.isocalendar().week),
    "day_of_year": _of_day(lambda day: day.timetuple().tm_yday),
    "days_between": lambda values, shape: (values[1] - values[0]).days,
    "elapsed": _elapsed,
    "months_between": _months_between,
    "workdays": _workdays,
    "add_days": lambda values, shape: _moved(values[0], values[1]),
    "add_duration": _add_duration,
    "add_months": _add_months,
    "start_of_week": _of_day(lambda day: _moved(day, -day.weekday())),
    "start_of_month": _of_day(lambda day: day.replace(day=1)),
    "end_of_month": _of_day(_end_of_month),
    "start_of_quarter": _of_day(_quarter),
    "end_of_quarter": _of_day(lambda day: _end_of_month(_quarter(day).replace(month=_quarter(day).month + 2))),
    "start_of_year": _of_day(lambda day: day.replace(month=1, day=1)),
    "end_of_year": _of_day(lambda day: day.replace(month=12, day=31)),
}
