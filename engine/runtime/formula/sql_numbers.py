"""Numbers in SQL: scaled integers, guarded before they leave 64 bits; beyond 18 digits and by zero the result is empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from engine.model.formula import Call, Literal, scale_of
from engine.runtime.formula.arithmetic import LIMIT
from engine.runtime.formula.nodes import binary, bound, call, case, is_null, null, number

Expression = exp.Expression
Rule = Callable[[Call, list[Expression], str], Expression]


def bounded(value: Expression) -> Expression:
    """The value, or empty beyond 18 digits; it must fit 64 bits."""
    return bound(
        [value], lambda x: case([(exp.Between(this=x(), low=number(-LIMIT), high=number(LIMIT)), x())], null())
    )


def multiplied(left: Expression, right: Expression) -> Expression:
    """The product, checked by division before it is formed."""

    def body(x: Callable[[], Expression], y: Callable[[], Expression]) -> Expression:
        fits = binary(exp.LTE, call("abs", y()), binary(exp.IntDiv, number(LIMIT), call("abs", x())))
        return case(
            [(binary(exp.EQ, x(), number(0)), binary(exp.Mul, y(), number(0))), (fits, binary(exp.Mul, x(), y()))],
            null(),
        )

    return bound([left, right], lambda x, y: _integer_division(body(x, y)))


def divided(top: Expression, bottom: Expression, shift: int, way: str) -> Expression:
    """top × 10^shift ÷ bottom as an integer."""
    above = multiplied(top, number(10**shift)) if shift > 0 else top
    below = multiplied(bottom, number(10**-shift)) if shift < 0 else bottom

    def body(x: Callable[[], Expression], y: Callable[[], Expression]) -> Expression:
        size, by = call("abs", x()), call("abs", y())
        if way == "round":
            magnitude = binary(
                exp.IntDiv, binary(exp.Add, binary(exp.Mul, number(2), size), by), binary(exp.Mul, number(2), by.copy())
            )
        elif way == "round_up":
            magnitude = binary(exp.IntDiv, binary(exp.Sub, binary(exp.Add, size, by), number(1)), by.copy())
        else:
            magnitude = binary(exp.IntDiv, size, by)
        negative = binary(exp.NEQ, binary(exp.LT, x(), number(0)), binary(exp.LT, y(), number(0)))
        return case(
            [
                (exp.Or(this=is_null(x()), expression=is_null(y())), null()),
                (binary(exp.EQ, y(), number(0)), null()),
                (negative, exp.Neg(this=exp.Paren(this=magnitude.copy()))),
            ],
            magnitude,
        )

    return bound([above, below], lambda x, y: _integer_division(body(x, y)))


def _integer_division(tree: Expression) -> Expression:
    """Integer division is `/` between integers in both databases."""
    return tree.transform(
        lambda node: (
            exp.Div(this=node.this, expression=node.expression, typed=True) if isinstance(node, exp.IntDiv) else node
        )
    )


def _summed(kind: type[exp.Binary]) -> Rule:
    return lambda node, parts, dialect: bounded(binary(kind, parts[0], parts[1]))


def _rounding(way: str) -> Rule:
    def rule(node: Call, parts: list[Expression], dialect: str) -> Expression:
        digits = scale_of(node.arguments[0].type) - scale_of(node.type)
        if digits == 0:
            return parts[0]
        if digits < 0:
            return multiplied(parts[0], number(10**-digits))
        return divided(parts[0], number(10**digits), 0, way)

    return rule


def _division(way: str) -> Rule:
    def rule(node: Call, parts: list[Expression], dialect: str) -> Expression:
        last = node.arguments[2]
        shift = last.value if isinstance(last, Literal) and isinstance(last.value, int) else 0
        return divided(parts[0], parts[1], shift, way)

    return rule


def _stepped(up: bool) -> Rule:
    """floor or ceil: towards one side by integer division."""

    def rule(node: Call, parts: list[Expression], dialect: str) -> Expression:
        unit = 10 ** scale_of(node.arguments[0].type)

        def body(x: Callable[[], Expression]) -> Expression:
            plain = binary(exp.IntDiv, x(), number(unit))
            away = binary(exp.IntDiv, binary(exp.Add if up else exp.Sub, x(), number(unit - 1)), number(unit))
            outward = binary(exp.GT if up else exp.LT, x(), number(0))
            return case([(is_null(x()), null()), (outward, away)], plain)

        return bound([parts[0]], lambda x: _integer_division(body(x)))

    return rule


def _mod(node: Call, parts: list[Expression], dialect: str) -> Expression:
    def body(x: Callable[[], Expression], y: Callable[[], Expression]) -> Expression:
        rest = binary(exp.Mod, x(), y())
        return case(
            [(binary(exp.EQ, y(), number(0)), null())], binary(exp.Mod, exp.Paren(this=binary(exp.Add, rest, y())), y())
        )

    return bound([parts[0], parts[1]], body)


def _sign(node: Call, parts: list[Expression], dialect: str) -> Expression:
    return bound(
        [parts[0]],
        lambda x: case(
            [
                (is_null(x()), null()),
                (binary(exp.GT, x(), number(0)), number(1)),
                (binary(exp.LT, x(), number(0)), number(-1)),
            ],
            number(0),
        ),
    )


NUMBERS: Mapping[str, Rule] = {
    "add": _summed(exp.Add),
    "subtract": _summed(exp.Sub),
    "multiply": lambda node, parts, dialect: multiplied(parts[0], parts[1]),
    "negate": lambda node, parts, dialect: exp.Paren(this=exp.Neg(this=exp.Paren(this=parts[0]))),
    "rescale": _rounding("round"),
    "round": _rounding("round"),
    "round_up": _rounding("round_up"),
    "round_down": _rounding("round_down"),
    "divide_round": _division("round"),
    "divide_round_up": _division("round_up"),
    "divide_round_down": _division("round_down"),
    "abs": lambda node, parts, dialect: call("abs", parts[0]),
    "sign": _sign,
    "floor": _stepped(False),
    "ceil": _stepped(True),
    "mod": _mod,
}
