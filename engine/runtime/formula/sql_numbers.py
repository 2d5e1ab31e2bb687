"""Numbers in SQL: scaled integers, guarded before they leave 64 bits; beyond 18 digits and by zero the result is empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from engine.model.formula import Call, Duration, Literal, scale_of
from engine.runtime.formula.arithmetic import DURATION_LIMIT, LIMIT
from engine.runtime.formula.nodes import (
    binary,
    call,
    case,
    cast,
    is_null,
    null,
    number,
    over,
    paren,
    plus,
    rest,
    times,
    within,
)
from engine.runtime.formula.scope import Scope

Expression = exp.Expression
Rule = Callable[[Call, list[Expression], Scope], Expression]


def guarded(value: Expression, limit: int = LIMIT) -> Expression:
    """The value, or empty beyond the limit; it stands twice and must be made of bound parts and fit 64 bits."""
    return case([(within(value, -limit, limit), value.copy())], null())


def multiplied(scope: Scope, left: Expression, right: Expression, limit: int = LIMIT) -> Expression:
    """The product of bound parts. SQLite leaves 64 bits as a float, which is out of range; PostgreSQL would raise."""
    wide = times(cast(left.copy(), "DECIMAL") if scope.postgres else left, right)
    return case([(within(wide, -limit, limit), times(left, right))], null())


def divided(scope: Scope, top: Expression, bottom: Expression, shift: int, way: str) -> Expression:
    """top × 10^shift ÷ bottom as an integer."""
    x, y = scope.bind(top), scope.bind(bottom)
    if shift > 0:
        x = scope.bind(multiplied(scope, x, number(10**shift)))
    if shift < 0:
        y = scope.bind(multiplied(scope, y, number(10**-shift)))
    size, by = call("abs", x.copy()), call("nullif", call("abs", y.copy()), number(0))
    if way == "round":
        found = over(plus(times(size, 2), by), times(by, 2))
    elif way == "round_up":
        found = over(plus(size, exp.Paren(this=binary(exp.Sub, by, number(1)))), by)
    else:
        found = over(size, by)
    negative = binary(exp.NEQ, binary(exp.LT, x, number(0)), binary(exp.LT, y, number(0)))
    return case([(negative, exp.Neg(this=paren(found.copy())))], found)


def _limit(node: Call) -> int:
    return DURATION_LIMIT if isinstance(node.type, Duration) else LIMIT


def _add(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    total = parts[0]
    for one in parts[1:]:
        total = plus(total, one)
    return guarded(total, _limit(node))


def _subtract(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    return guarded(exp.Paren(this=binary(exp.Sub, parts[0], parts[1])), _limit(node))


def _rounding(way: str) -> Rule:
    def rule(node: Call, parts: list[Expression], scope: Scope) -> Expression:
        digits = scale_of(node.arguments[0].type) - scale_of(node.type)
        if digits == 0:
            return parts[0]
        if digits < 0:
            return multiplied(scope, parts[0], number(10**-digits))
        return divided(scope, parts[0], number(10**digits), 0, way)

    return rule


def _align(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    """A wider scale for a comparison alone: exact in PostgreSQL, in SQLite a float where no other side can reach it."""
    wide = cast(parts[0], "DECIMAL") if scope.postgres else parts[0]
    return times(wide, number(10 ** (scale_of(node.type) - scale_of(node.arguments[0].type))))


def _division(way: str) -> Rule:
    def rule(node: Call, parts: list[Expression], scope: Scope) -> Expression:
        last = node.arguments[2]
        shift = last.value if isinstance(last, Literal) and isinstance(last.value, int) else 0
        return divided(scope, parts[0], parts[1], shift, way)

    return rule


def _stepped(up: bool) -> Rule:
    """floor or ceil: towards one side by integer division."""

    def rule(node: Call, parts: list[Expression], scope: Scope) -> Expression:
        unit, x = 10 ** scale_of(node.arguments[0].type), parts[0]
        outward = binary(exp.GT if up else exp.LT, x, number(0))
        return case([(outward, over(plus(x, unit - 1 if up else 1 - unit), unit))], over(x, unit))

    return rule


def _mod(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    x, y = parts[0], call("nullif", parts[1], number(0))
    return rest(plus(rest(x, y), y), y)


def _sign(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    x = parts[0]
    above, below = binary(exp.GT, x, number(0)), binary(exp.LT, x, number(0))
    return case([(is_null(x), null()), (above, number(1)), (below, number(-1))], number(0))


NUMBERS: Mapping[str, Rule] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": lambda node, parts, scope: multiplied(scope, parts[0], parts[1], _limit(node)),
    "negate": lambda node, parts, scope: exp.Paren(this=exp.Neg(this=paren(parts[0]))),
    "rescale": _rounding("round"),
    "align": _align,
    "round": _rounding("round"),
    "round_up": _rounding("round_up"),
    "round_down": _rounding("round_down"),
    "divide_round": _division("round"),
    "divide_round_up": _division("round_up"),
    "divide_round_down": _division("round_down"),
    "abs": lambda node, parts, scope: call("abs", parts[0]),
    "sign": _sign,
    "floor": _stepped(False),
    "ceil": _stepped(True),
    "mod": _mod,
}
