"""Texts in SQL: code points, capitals of A to Z alone, no pattern matching."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from engine.model import formula as types
from engine.model.formula import Call, scale_of
from engine.runtime.formula.nodes import binary, call, case, cast, is_null, minus, null, number, over, plus, rest, text
from engine.runtime.formula.scope import Scope, concatenated, replaced
from engine.runtime.formula.texts import BLANKS, LONGEST, MOST_REPEATS, RMB_STEPS, RMB_UNITS

Expression = exp.Expression
Rule = Callable[[Call, list[Expression], Scope], Expression]
_FAR = 10**9
_CAPITALS = tuple(zip("0123456789", "零壹贰叁肆伍陆柒捌玖", strict=True))


def _plain(name: str) -> Rule:
    return lambda node, parts, scope: call(name, *parts)


def _ascii(name: str) -> Rule:
    """PostgreSQL folds by collation: "C" folds ASCII only, as SQLite does."""
    return lambda node, parts, scope: call(name, scope.ordered(parts[0], types.Text()))


def _trim(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    return call("btrim" if scope.postgres else "trim", parts[0], text(BLANKS))


def _left(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    return call("substr", parts[0], number(1), scope.clamped(parts[1], 0, _FAR))


def _right(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    kept = scope.bind(scope.clamped(parts[1], 0, _FAR))
    start = scope.bind(plus(minus(call("length", parts[0]), kept), 1))
    return call("substr", parts[0].copy(), scope.clamped(start, 1, _FAR))


def _mid(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    first = scope.bind(scope.clamped(parts[1], -_FAR, _FAR))
    size = scope.bind(scope.clamped(parts[2], 0, _FAR))
    lost = case([(binary(exp.LT, first, number(1)), minus(1, first))], number(0))
    left = scope.bind(minus(size, lost))
    return call("substr", parts[0], scope.clamped(first, 1, _FAR), scope.clamped(left, 0, _FAR))


def _where(scope: Scope, held: Expression, sought: Expression) -> Expression:
    return call("strpos" if scope.postgres else "instr", held, sought)


def _contains(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    return binary(exp.GT, _where(scope, parts[0], parts[1]), number(0))


def _starts(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    x, y = parts
    return binary(exp.EQ, call("substr", x, number(1), call("length", y.copy())), y)


def _ends(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    x, y = parts
    start = scope.bind(plus(minus(call("length", x.copy()), call("length", y.copy())), 1))
    tail = call("substr", x.copy(), scope.clamped(start, 1, _FAR))
    return case([(binary(exp.LT, start, number(1)), _constant(scope, False))], binary(exp.EQ, tail, y))


def _constant(scope: Scope, value: bool) -> Expression:
    return exp.Boolean(this=value) if scope.postgres else number(int(value))


def _replace(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    x, sought, wanted = parts
    done = call("replace", x.copy(), sought.copy(), wanted.copy())
    nothing = exp.And(this=binary(exp.EQ, sought, text("")), expression=exp.Not(this=is_null(wanted)))
    return case([(nothing, x.copy())], done)


def repeated(scope: Scope, value: Expression, times: Expression) -> Expression:
    """A bound text a bound number of times, cut to the longest."""
    count = scope.clamped(times, 0, MOST_REPEATS)
    if scope.postgres:
        whole = call("repeat", value.copy(), count)
    else:
        whole = call("replace", call("hex", call("zeroblob", count)), text("00"), value.copy())
        whole = case([(is_null(times), null())], whole)
    return call("substr", whole, number(1), number(LONGEST))


def _padding(scope: Scope, parts: list[Expression]) -> Expression:
    value, size, fill = parts
    wanted = scope.bind(scope.clamped(size, 0, MOST_REPEATS))
    missing = scope.bind(minus(wanted, call("length", value.copy())))
    return call("substr", repeated(scope, fill, missing), number(1), scope.clamped(missing, 0, MOST_REPEATS))


def _concat(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    return concatenated([exp.Coalesce(this=one, expressions=[text("")]) for one in parts])


def _join(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    """Each text that is not empty behind the separator; then the first separator is cut off."""
    between, *texts = parts
    if not texts:
        return case([(is_null(between), null())], text(""))
    pieces: list[Expression] = [
        case(
            [(binary(exp.GT, call("length", one.copy()), number(0)), concatenated([between.copy(), one.copy()]))],
            text(""),
        )
        for one in texts
    ]
    start = scope.integer(plus(call("length", between.copy()), 1))
    return call("substr", concatenated(pieces), start)


def _text(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    of, x = node.arguments[0].type, parts[0]
    if isinstance(of, types.Decimal | types.Money):
        scale = scale_of(of)
        if scale == 0:
            return cast(x, "TEXT")
        return concatenated([_minus(x), cast(over(call("abs", x.copy()), 10**scale), "TEXT"), *_fraction(x, scale)])
    if isinstance(of, types.Boolean):
        return case([(x, text("true")), (exp.Not(this=x.copy()), text("false"))])
    if isinstance(of, types.Date):
        return call("to_char", x, text("YYYY-MM-DD")) if scope.postgres else x
    return _instant(x, scope) if isinstance(of, types.Instant) else x


def _minus(x: Expression) -> Expression:
    return case([(binary(exp.LT, x, number(0)), text("-"))], text(""))


def _fraction(x: Expression, scale: int) -> list[Expression]:
    unit = 10**scale
    part = cast(plus(rest(call("abs", x.copy()), unit), unit), "TEXT")
    return [text("."), call("substr", part, number(2))] if scale else []


def _instant(value: Expression, scope: Scope) -> Expression:
    seconds = over(minus(value, rest(plus(rest(value, 1_000_000), 1_000_000), 1_000_000)), 1_000_000)
    if not scope.postgres:
        return call("strftime", text("%Y-%m-%dT%H:%M:%SZ"), seconds, text("unixepoch"))
    moment = exp.AtTimeZone(this=call("to_timestamp", seconds), zone=text("UTC"))
    return call("to_char", moment, text('YYYY-MM-DD"T"HH24:MI:SS"Z"'))


def _grouped(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    scale, x = scale_of(node.arguments[0].type), parts[0]
    whole = over(call("abs", x.copy()), 10**scale)
    if scope.postgres:
        written = call("to_char", whole, text("FM999,999,999,999,999,990"))
    else:
        written = case([(is_null(x), null())], call("printf", text("%,d"), whole))
    return concatenated([_minus(x), written, *_fraction(x, scale)])


def _rmb_upper(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    x = parts[0]
    padded = call("substr", cast(plus(call("abs", x.copy()), 0), "TEXT"), number(1))
    digits = scope.bind(
        call(
            "substr",
            concatenated([text("0" * 18), padded]),
            plus(call("length", cast(call("abs", x.copy()), "TEXT")), 1),
        )
    )
    d = scope.bind(replaced(digits, _CAPITALS))
    pairs = [
        one
        for at, unit in enumerate(RMB_UNITS)
        for one in (call("substr", d.copy(), number(at + 1), number(1)), text(unit))
    ]
    words = scope.bind(concatenated(pairs))
    tidy = call("rtrim", call("ltrim", replaced(words, RMB_STEPS), text("零万亿")), text("零"))
    whole = scope.bind(tidy)
    tenth = scope.bind(call("substr", d.copy(), number(17), number(1)))
    hundredth = scope.bind(call("substr", d.copy(), number(18), number(1)))
    no_tenth, no_hundredth = binary(exp.EQ, tenth, text("零")), binary(exp.EQ, hundredth, text("零"))
    no_whole = binary(exp.EQ, whole, text(""))
    gap = case([(exp.Or(this=no_whole, expression=no_hundredth), text(""))], text("零"))
    tenths = case([(no_tenth.copy(), gap)], concatenated([tenth.copy(), text("角")]))
    last = case([(no_hundredth.copy(), text("整"))], concatenated([hundredth.copy(), text("分")]))
    nothing = exp.And(this=exp.And(this=no_whole.copy(), expression=no_tenth.copy()), expression=no_hundredth.copy())
    units = case([(nothing, text("零元")), (no_whole.copy(), text(""))], concatenated([whole.copy(), text("元")]))
    sign = case([(binary(exp.LT, x, number(0)), text("负"))], text(""))
    return concatenated([sign, units, tenths, last])


TEXTS_RULES: Mapping[str, Rule] = {
    "upper": _ascii("upper"),
    "lower": _ascii("lower"),
    "trim": _trim,
    "length": _plain("length"),
    "size": lambda node, parts, scope: (
        call("jsonb_array_length", cast(parts[0], "JSONB")) if scope.postgres else call("json_array_length", parts[0])
    ),
    "left": _left,
    "right": _right,
    "mid": _mid,
    "contains": _contains,
    "starts_with": _starts,
    "ends_with": _ends,
    "position": lambda node, parts, scope: _where(scope, parts[1], parts[0]),
    "replace": _replace,
    "repeat": lambda node, parts, scope: repeated(scope, parts[0], parts[1]),
    "pad_left": lambda node, parts, scope: concatenated([_padding(scope, parts), parts[0].copy()]),
    "pad_right": lambda node, parts, scope: concatenated([parts[0].copy(), _padding(scope, parts)]),
    "concat": _concat,
    "join": _join,
    "text": _text,
    "grouped": _grouped,
    "rmb_upper": _rmb_upper,
}
