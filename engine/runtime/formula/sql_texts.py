"""Texts in SQL: code points, ASCII case, no pattern matching."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from engine.model import formula as types
from engine.model.formula import Call, scale_of
from engine.runtime.formula.nodes import binary, bound, call, case, cast, number, text

Expression = exp.Expression
Rule = Callable[[Call, list[Expression], str], Expression]


def _plain(name: str) -> Rule:
    return lambda node, parts, dialect: call(name, *parts)


def _ascii(name: str) -> Rule:
    """PostgreSQL folds by collation: "C" folds ASCII only, as SQLite does."""

    def rule(node: Call, parts: list[Expression], dialect: str) -> Expression:
        if dialect == "sqlite":
            return call(name, parts[0])
        return call(name, exp.Collate(this=exp.Paren(this=parts[0]), expression=exp.to_identifier("C", quoted=True)))

    return rule


def _substring(node: Call, parts: list[Expression], dialect: str) -> Expression:
    return bound(parts, lambda x, n: call("substr", x(), number(1), _at_least(n(), 0, dialect)))


def _at_least(value: Expression, floor: int, dialect: str) -> Expression:
    chosen = case([(binary(exp.LT, value, number(floor)), number(floor))], value.copy())
    return cast(chosen, "INT") if dialect == "postgres" else chosen


def _right(node: Call, parts: list[Expression], dialect: str) -> Expression:
    def body(x: Callable[[], Expression], n: Callable[[], Expression]) -> Expression:
        start = binary(exp.Add, binary(exp.Sub, call("length", x()), n()), number(1))
        cut = call("substr", x(), _at_least(exp.Paren(this=start), 1, dialect))
        return case([(binary(exp.LTE, n(), number(0)), _emptied(x()))], cut)

    return bound(parts, body)


def _emptied(value: Expression) -> Expression:
    """The empty text, or empty for an empty value."""
    return call("substr", value, number(1), number(0))


def _mid(node: Call, parts: list[Expression], dialect: str) -> Expression:
    def body(x: Callable[[], Expression], m: Callable[[], Expression], n: Callable[[], Expression]) -> Expression:
        lost = case([(binary(exp.LT, m(), number(1)), binary(exp.Sub, number(1), m()))], number(0))
        size = binary(exp.Sub, n(), exp.Paren(this=lost))
        return call("substr", x(), _at_least(m(), 1, dialect), _at_least(exp.Paren(this=size), 0, dialect))

    return bound(parts, body)


def _contains(node: Call, parts: list[Expression], dialect: str) -> Expression:
    return binary(exp.GT, call("strpos" if dialect == "postgres" else "instr", parts[0], parts[1]), number(0))


def _starts(node: Call, parts: list[Expression], dialect: str) -> Expression:
    return bound(parts, lambda x, y: binary(exp.EQ, call("substr", x(), number(1), call("length", y())), y()))


def _ends(node: Call, parts: list[Expression], dialect: str) -> Expression:
    def body(x: Callable[[], Expression], y: Callable[[], Expression]) -> Expression:
        start = binary(exp.Add, binary(exp.Sub, call("length", x()), call("length", y())), number(1))
        long = binary(exp.GTE, call("length", x()), call("length", y()))
        return exp.And(
            this=long, expression=binary(exp.EQ, call("substr", x(), _at_least(exp.Paren(this=start), 1, dialect)), y())
        )

    return bound(parts, body)


def _concat(node: Call, parts: list[Expression], dialect: str) -> Expression:
    joined: Expression = exp.Coalesce(this=parts[0], expressions=[text("")])
    for one in parts[1:]:
        joined = exp.DPipe(this=joined, expression=exp.Coalesce(this=one, expressions=[text("")]))
    return exp.Paren(this=joined)


def _text(node: Call, parts: list[Expression], dialect: str) -> Expression:
    of = node.arguments[0].type
    if isinstance(of, types.Decimal | types.Money):
        scale = scale_of(of)
        return cast(parts[0], "TEXT") if scale == 0 else bound([parts[0]], lambda x: _decimal(x, 10**scale))
    if isinstance(of, types.Boolean):
        return bound([parts[0]], lambda x: case([(x(), text("true")), (exp.Not(this=x()), text("false"))]))
    if isinstance(of, types.Date):
        return call("to_char", parts[0], text("YYYY-MM-DD")) if dialect == "postgres" else parts[0]
    if isinstance(of, types.Instant):
        return _instant(parts[0], dialect)
    return parts[0]


def _decimal(x: Callable[[], Expression], unit: int) -> Expression:
    sign = case([(binary(exp.LT, x(), number(0)), text("-"))], text(""))
    whole = exp.Div(this=call("abs", x()), expression=number(unit), typed=True)
    part = call(
        "substr",
        cast(binary(exp.Add, number(unit), binary(exp.Mod, call("abs", x()), number(unit))), "TEXT"),
        number(2),
    )
    return exp.DPipe(
        this=exp.DPipe(this=exp.DPipe(this=sign, expression=cast(whole, "TEXT")), expression=text(".")), expression=part
    )


def _instant(value: Expression, dialect: str) -> Expression:
    seconds = exp.Div(this=exp.Paren(this=value), expression=number(1_000_000), typed=True)
    if dialect == "sqlite":
        return call("strftime", text("%Y-%m-%dT%H:%M:%SZ"), seconds, text("unixepoch"))
    moment = exp.AtTimeZone(this=call("to_timestamp", seconds), zone=text("UTC"))
    return call("to_char", moment, text('YYYY-MM-DD"T"HH24:MI:SS"Z"'))


TEXTS: Mapping[str, Rule] = {
    "upper": _ascii("upper"),
    "lower": _ascii("lower"),
    "trim": lambda node, parts, dialect: call("btrim" if dialect == "postgres" else "trim", parts[0]),
    "length": _plain("length"),
    "left": _substring,
    "right": _right,
    "mid": _mid,
    "contains": _contains,
    "starts_with": _starts,
    "ends_with": _ends,
    "replace": _plain("replace"),
    "concat": _concat,
    "text": _text,
}
