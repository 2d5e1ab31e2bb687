"""Functions that are not exact, in SQL: binary floating point, then 12 significant digits and a scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from engine.model.formula import Call, scale_of
from engine.runtime.formula.inexact import FARTHEST
from engine.runtime.formula.nodes import (
    binary,
    call,
    case,
    cast,
    is_null,
    minus,
    null,
    number,
    over,
    plus,
    real,
    text,
    times,
)
from engine.runtime.formula.scope import Scope, concatenated

Expression = exp.Expression
Float = Callable[[Scope, list[Expression]], Expression]


def significant(scope: Scope, value: Expression, scale: int) -> Expression:
    """The scaled integer of a float at 12 significant digits, half away from zero; empty beyond 18 digits."""
    x = scope.bind(value)
    if scope.postgres:
        written = call("btrim", call("to_char", x, text("9.99999999999EEEE")))
    else:
        written = case([(is_null(x), null())], call("printf", text("%.11e"), x.copy()))
    t = scope.bind(written)
    size = call("length", t.copy())
    head = call("replace", call("substr", t.copy(), number(1), minus(size, 4)), text("."), text(""))
    m = scope.bind(cast(head, "BIGINT"))
    s = scope.bind(plus(cast(call("substr", t.copy(), minus(size, 2)), "BIGINT"), scale - 11))
    zeros = call("substr", text("0" * 18), number(1), scope.integer(call("abs", s.copy())))
    u = scope.bind(cast(concatenated([text("1"), zeros]), "BIGINT"))
    half = case([(binary(exp.LT, m, number(0)), number(-1))], number(1))
    rounded = over(plus(m, times(over(u, 2), half)), u)
    nothing = case([(binary(exp.EQ, m, number(0)), number(0))], null())
    return case(
        [
            (binary(exp.GT, s, number(6)), nothing),
            (binary(exp.GTE, s, number(0)), times(m, u)),
            (binary(exp.LT, s, number(-12)), number(0)),
            (is_null(m), null()),
        ],
        rounded,
    )


def raised(scope: Scope, base: Expression, exponent: Expression) -> Expression:
    """base to the exponent; empty where there is no real number."""
    b, e = scope.bind(base), scope.bind(exponent)
    reach = times(e, call("ln", call("abs", call("nullif", b.copy(), real(0.0)))))
    r = scope.bind(reach)
    of_zero = case([(binary(exp.EQ, e, number(0)), real(1.0)), (binary(exp.GT, e, number(0)), real(0.0))], null())
    odd = exp.And(this=binary(exp.LT, b, number(0)), expression=binary(exp.NEQ, e, call("floor", e.copy())))
    return case(
        [
            (exp.Or(this=is_null(b), expression=is_null(e)), null()),
            (binary(exp.EQ, b, number(0)), of_zero),
            (odd, null()),
            (binary(exp.GT, r, real(FARTHEST)), null()),
            (binary(exp.LT, r, real(-FARTHEST)), real(0.0)),
        ],
        call("power", b.copy(), e.copy()),
    )


def _positive(name: str) -> Float:
    def rule(scope: Scope, parts: list[Expression]) -> Expression:
        return case([(binary(exp.GT, parts[0], number(0)), call(name, parts[0].copy()))], null())

    return rule


def _log10(scope: Scope, parts: list[Expression]) -> Expression:
    name = "log" if scope.postgres else "log10"
    return case([(binary(exp.GT, parts[0], number(0)), call(name, parts[0].copy()))], null())


def _sqrt(scope: Scope, parts: list[Expression]) -> Expression:
    return case([(binary(exp.GTE, parts[0], number(0)), call("sqrt", parts[0].copy()))], null())


def _exp(scope: Scope, parts: list[Expression]) -> Expression:
    x = parts[0]
    near = exp.Between(this=x.copy(), low=real(-FARTHEST), high=real(FARTHEST))
    return case([(near, call("exp", x.copy())), (binary(exp.LT, x, number(0)), real(0.0))], null())


def _growth(scope: Scope, rate: Expression, periods: Expression) -> Expression:
    base = case([(binary(exp.GT, rate, number(-1)), plus(rate, 1))], null())
    return scope.bind(raised(scope, base, periods))


def _log1p(scope: Scope, rate: Expression) -> Expression:
    """ln(1 + rate) of a bound rate above -1: ln(u) · rate / (u - 1) where u is 1 + rate as floats have it."""
    u = scope.bind(plus(rate, 1))
    near = binary(exp.EQ, u, number(1))
    exact = over(times(call("ln", u.copy()), rate), minus(u, 1))
    return scope.bind(case([(binary(exp.LTE, rate, number(-1)), null()), (near, rate.copy())], exact))


def _lost(scope: Scope, reach: Expression) -> Expression:
    """1 - e^-reach, by the same way around what floats cut off; empty when it is out of range."""
    near = exp.Between(this=reach.copy(), low=real(-FARTHEST), high=real(FARTHEST))
    u = scope.bind(case([(near, call("exp", minus(0, reach)))], null()))
    whole, tiny = binary(exp.GT, reach, real(FARTHEST)), binary(exp.EQ, u, number(1))
    exact = over(times(minus(u, 1), reach), call("ln", u.copy()))
    return scope.bind(case([(whole, real(1.0)), (tiny, reach.copy())], exact))


def _payment(scope: Scope, parts: list[Expression]) -> Expression:
    principal, rate, periods = parts
    reach = scope.bind(times(periods, _log1p(scope, rate)))
    level = over(times(principal, rate), call("nullif", _lost(scope, reach), real(0.0)))
    return case(
        [
            (binary(exp.LTE, periods, number(0)), null()),
            (binary(exp.EQ, rate, number(0)), over(principal, call("nullif", periods, real(0.0)))),
        ],
        level,
    )


def _compounded(back: bool) -> Float:
    def rule(scope: Scope, parts: list[Expression]) -> Expression:
        amount, rate, periods = parts
        return times(amount, _growth(scope, rate, minus(0, periods) if back else periods))

    return rule


_FLOATS: Mapping[str, Float] = {
    "power": lambda scope, parts: raised(scope, parts[0], parts[1]),
    "sqrt": _sqrt,
    "exp": _exp,
    "ln": _positive("ln"),
    "log10": _log10,
    "payment": _payment,
    "future_value": _compounded(False),
    "present_value": _compounded(True),
}


def _inexact(name: str) -> Callable[[Call, list[Expression], Scope], Expression]:
    def rule(node: Call, parts: list[Expression], scope: Scope) -> Expression:
        floats = [
            scope.bind(over(scope.real(part), real(10.0 ** scale_of(one.type))))
            for part, one in zip(parts, node.arguments, strict=True)
        ]
        return significant(scope, _FLOATS[name](scope, floats), scale_of(node.type))

    return rule


INEXACT_RULES: Mapping[str, Callable[[Call, list[Expression], Scope], Expression]] = {
    name: _inexact(name) for name in _FLOATS
}
