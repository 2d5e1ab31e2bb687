"""The kernel's functions as Python: from argument values (numbers as scaled integers) to a value, empty when one is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.model import formula as types
from engine.model.locations import haversine, point_in
from engine.runtime.formula.arithmetic import DURATION_LIMIT, LIMIT, bounded, quotient, rounded
from engine.runtime.formula.days import DAYS
from engine.runtime.formula.inexact import INEXACT, significant
from engine.runtime.formula.texts import TEXTS

Function = Callable[[list[Any], Any], Any]


def _strict(function: Function) -> Function:
    """Empty when any argument is."""
    return lambda values, shape: None if any(value is None for value in values) else function(values, shape)


def _limit(shape: Any) -> int:
    return DURATION_LIMIT if shape.of is types.Duration else LIMIT


def _scaling(way: str) -> Function:
    return lambda values, shape: rounded(values[0], shape.scales[0] - shape.result, way)


def _division(way: str) -> Function:
    return lambda values, shape: quotient(values[0], values[1], values[2], way)


def _floor(values: list[Any], shape: Any) -> int:
    return int(values[0] // 10 ** shape.scales[0])


def _ceil(values: list[Any], shape: Any) -> int:
    return int(-(-values[0] // 10 ** shape.scales[0]))


def _inexact(name: str) -> Function:
    function = INEXACT[name]

    def rule(values: list[Any], shape: Any) -> int | None:
        floats = [float(value) / 10.0**scale for value, scale in zip(values, shape.scales, strict=True)]
        return significant(function(*floats), shape.result)

    return rule


def _distance(values: list[Any], shape: Any) -> int | None:
    one, other = point_in(values[0]), point_in(values[1])
    return None if one is None or other is None else significant(haversine(one, other), shape.result)


def _in(values: list[Any], shape: Any) -> bool | None:
    """Of a written list three-valued; of a list of the request or of chosen options true or false."""
    one, members = values
    if not shape.written:
        return one is not None and one in (members or ())
    if not members:
        return False
    if one is None:
        return None
    return True if one in members else None if None in members else False


def _best(pick: Callable[..., Any]) -> Function:
    return lambda values, shape: pick(known) if (known := [value for value in values if value is not None]) else None


def _concat(values: list[Any], shape: Any) -> str:
    return "".join(value for value in values if value is not None)


def _join(values: list[Any], shape: Any) -> str | None:
    return None if values[0] is None else values[0].join(value for value in values[1:] if value)


def _case(values: list[Any], shape: Any) -> Any:
    one, *pairs, otherwise = values
    found = zip(pairs[0::2], pairs[1::2], strict=True)
    return next((result for value, result in found if one is not None and value == one), otherwise)


_STRICT: Mapping[str, Function] = {
    "eq": lambda values, shape: values[0] == values[1],
    "ne": lambda values, shape: values[0] != values[1],
    "lt": lambda values, shape: values[0] < values[1],
    "le": lambda values, shape: values[0] <= values[1],
    "gt": lambda values, shape: values[0] > values[1],
    "ge": lambda values, shape: values[0] >= values[1],
    "not": lambda values, shape: not values[0],
    "add": lambda values, shape: bounded(sum(values), _limit(shape)),
    "subtract": lambda values, shape: bounded(values[0] - values[1], _limit(shape)),
    "multiply": lambda values, shape: bounded(values[0] * values[1], _limit(shape)),
    "negate": lambda values, shape: -values[0],
    "rescale": _scaling("round"),
    "align": lambda values, shape: values[0] * 10 ** (shape.result - shape.scales[0]),
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
    **{name: _inexact(name) for name in INEXACT},
    "distance": _distance,
    **TEXTS,
    **DAYS,
}
FUNCTIONS: Mapping[str, Function] = {
    **{name: _strict(function) for name, function in _STRICT.items()},
    "is_empty": lambda values, shape: values[0] is None or values[0] == "" or values[0] == (),
    "in": _in,
    "least": _best(min),
    "greatest": _best(max),
    "concat": _concat,
    "join": _join,
    "case": _case,
}
