"""The kernel's functions as Python: from argument values (numbers as scaled integers) to a value, empty when one is."""

from __future__ import annotations

import calendar
import string
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.model import formula as types
from engine.runtime.formula.arithmetic import bounded, quotient, rounded

Function = Callable[[list[Any], Any], Any]
_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def _strict(function: Function) -> Function:
    """Empty when any argument is."""
    return lambda values, shape: None if any(value is None for value in values) else function(values, shape)


def _scaling(way: str) -> Function:
    return lambda values, shape: rounded(values[0], shape.scales[0] - shape.result, way)


def _division(way: str) -> Function:
    return lambda values, shape: quotient(values[0], values[1], values[2], way)


def _floor(values: list[Any], shape: Any) -> int:
    return int(values[0] // 10 ** shape.scales[0])


def _ceil(values: list[Any], shape: Any) -> int:
    return int(-(-values[0] // 10 ** shape.scales[0]))


def _in(values: list[Any], shape: Any) -> bool | None:
    one, members = values
    if shape.kinds[1] is types.ListOf and members is None:
        members = ()
    if one is None:
        return None if isinstance(members, tuple) and members and shape.kinds[1] is not types.ListOf else False
    if one in members:
        return True
    return None if None in members else False


def _best(pick: Callable[..., Any]) -> Function:
    return lambda values, shape: pick(known) if (known := [value for value in values if value is not None]) else None


def _concat(values: list[Any], shape: Any) -> str:
    return "".join(str(value) for value in values if value is not None)


def text_of(value: Any, kind: type, scale: int) -> str:
    """A value as text: numbers with all their decimals, days and instants in ISO form."""
    if kind in {types.Decimal, types.Money}:
        if scale == 0:
            return str(value)
        whole, part = divmod(abs(value), 10**scale)
        return f"{'-' if value < 0 else ''}{whole}.{part:0{scale}d}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else str(value)


def _mid(values: list[Any], shape: Any) -> str:
    text, start, size = values
    first = max(start, 1) - 1
    return str(text[first : max(first, start - 1 + size)]) if size > 0 else ""


def _right(values: list[Any], shape: Any) -> str:
    return str(values[0][max(len(values[0]) - values[1], 0) :]) if values[1] > 0 else ""


def _moved(day: date, days: int) -> date | None:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def _add_duration(values: list[Any], shape: Any) -> Any:
    start, seconds = values
    if isinstance(start, datetime):
        return start + timedelta(seconds=seconds)
    return _moved(start, int(seconds / 86_400))


def _add_months(values: list[Any], shape: Any) -> date | None:
    day, months = values
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _end_of_month(values: list[Any], shape: Any) -> date:
    day: date = values[0]
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _local(value: datetime, shape: Any) -> datetime:
    return value.astimezone(ZoneInfo(shape.moment.zone))


_STRICT: Mapping[str, Function] = {
    "eq": lambda values, shape: values[0] == values[1],
    "ne": lambda values, shape: values[0] != values[1],
    "lt": lambda values, shape: values[0] < values[1],
    "le": lambda values, shape: values[0] <= values[1],
    "gt": lambda values, shape: values[0] > values[1],
    "ge": lambda values, shape: values[0] >= values[1],
    "not": lambda values, shape: not values[0],
    "add": lambda values, shape: bounded(values[0] + values[1]),
    "subtract": lambda values, shape: bounded(values[0] - values[1]),
    "multiply": lambda values, shape: bounded(values[0] * values[1]),
    "negate": lambda values, shape: -values[0],
    "rescale": _scaling("round"),
    "round": _scaling("round"),
    "round_up": _scaling("round_up"),
    "round_down": _scaling("round_down"),
    "divide_round": _division("round"),
    "divide_round_up": _division("round_up"),
    "divide_round_down": _division("round_down"),
    "abs": lambda values, shape: abs(values[0]),
    "sign": lambda values, shape: (values[0] > 0) - (values[0] < 0),
    "floor": _floor,
    "ceil": _ceil,
    "mod": lambda values, shape: values[0] % values[1] if values[1] else None,
    "upper": lambda values, shape: values[0].translate(_UPPER),
    "lower": lambda values, shape: values[0].translate(_LOWER),
    "trim": lambda values, shape: values[0].strip(" "),
    "length": lambda values, shape: len(values[0]),
    "left": lambda values, shape: values[0][: max(values[1], 0)],
    "right": _right,
    "mid": _mid,
    "contains": lambda values, shape: values[1] in values[0],
    "starts_with": lambda values, shape: values[0].startswith(values[1]),
    "ends_with": lambda values, shape: values[0].endswith(values[1]),
    "replace": lambda values, shape: values[0].replace(values[1], values[2]) if values[1] else values[0],
    "text": lambda values, shape: text_of(values[0], shape.kinds[0], shape.scales[0]),
    "date_of": lambda values, shape: _local(values[0], shape).date(),
    "hour": lambda values, shape: _local(values[0], shape).hour,
    "year": lambda values, shape: values[0].year,
    "quarter": lambda values, shape: (values[0].month + 2) // 3,
    "month": lambda values, shape: values[0].month,
    "day": lambda values, shape: values[0].day,
    "weekday": lambda values, shape: values[0].isoweekday(),
    "days_between": lambda values, shape: (values[1] - values[0]).days,
    "add_days": lambda values, shape: _moved(values[0], values[1]),
    "add_duration": _add_duration,
    "add_months": _add_months,
    "start_of_month": lambda values, shape: values[0].replace(day=1),
    "end_of_month": _end_of_month,
    "start_of_year": lambda values, shape: values[0].replace(month=1, day=1),
}
FUNCTIONS: Mapping[str, Function] = {
    **{name: _strict(function) for name, function in _STRICT.items()},
    "is_empty": lambda values, shape: values[0] is None or values[0] == "" or values[0] == (),
    "in": _in,
    "least": _best(min),
    "greatest": _best(max),
    "concat": _concat,
}
