"""Dates in SQL: text in SQLite, DATE in PostgreSQL; instants are microseconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from engine.model import formula as types
from engine.model.formula import Call
from engine.runtime.formula.nodes import binary, bound, call, cast, number, text

Expression = exp.Expression
Rule = Callable[[Call, list[Expression], str], Expression]
DAY = 86_400
LOCAL_OFFSET = 8 * 3600
"""Seconds that the business zone is ahead of UTC; China has had no summer time since 1992."""


def _part(name: str, start: int, size: int) -> Rule:
    def rule(node: Call, parts: list[Expression], dialect: str) -> Expression:
        if dialect == "postgres":
            return cast(exp.Extract(this=exp.Var(this=name), expression=parts[0]), "BIGINT")
        return cast(call("substr", parts[0], number(start), number(size)), "BIGINT")

    return rule


_MONTH = _part("MONTH", 6, 2)


def _quarter(node: Call, parts: list[Expression], dialect: str) -> Expression:
    month = _MONTH(node, parts, dialect)
    return exp.Div(this=exp.Paren(this=binary(exp.Add, month, number(2))), expression=number(3), typed=True)


def _weekday(node: Call, parts: list[Expression], dialect: str) -> Expression:
    if dialect == "postgres":
        return cast(exp.Extract(this=exp.Var(this="ISODOW"), expression=parts[0]), "BIGINT")
    sunday_first = cast(call("strftime", text("%w"), parts[0]), "BIGINT")
    return binary(
        exp.Add,
        exp.Paren(this=binary(exp.Mod, exp.Paren(this=binary(exp.Add, sunday_first, number(6))), number(7))),
        number(1),
    )


def _days_between(node: Call, parts: list[Expression], dialect: str) -> Expression:
    if dialect == "postgres":
        return cast(
            exp.Paren(this=exp.Sub(this=exp.Paren(this=parts[1]), expression=exp.Paren(this=parts[0]))), "BIGINT"
        )
    return cast(
        call("round", exp.Sub(this=call("julianday", parts[1]), expression=call("julianday", parts[0]))), "BIGINT"
    )


def _moved(day: Expression, days: Expression, dialect: str) -> Expression:
    if dialect == "postgres":
        return exp.Paren(this=exp.Add(this=exp.Paren(this=day), expression=cast(days, "INT")))
    return call("date", day, exp.DPipe(this=cast(days, "TEXT"), expression=text(" days")))


def _add_days(node: Call, parts: list[Expression], dialect: str) -> Expression:
    return _moved(parts[0], parts[1], dialect)


def _add_duration(node: Call, parts: list[Expression], dialect: str) -> Expression:
    if isinstance(node.arguments[0].type, types.Instant):
        return binary(exp.Add, parts[0], binary(exp.Mul, parts[1], number(1_000_000)))
    return _moved(parts[0], exp.Div(this=exp.Paren(this=parts[1]), expression=number(DAY), typed=True), dialect)


def _add_months(node: Call, parts: list[Expression], dialect: str) -> Expression:
    if dialect == "postgres":
        months = exp.Anonymous(this="make_interval", expressions=[number(0), cast(parts[1], "INT")])
        return cast(exp.Add(this=exp.Paren(this=parts[0]), expression=months), "DATE")

    def body(x: Callable[[], Expression], n: Callable[[], Expression]) -> Expression:
        first = call("date", x(), text("start of month"), exp.DPipe(this=cast(n(), "TEXT"), expression=text(" months")))
        last = call("date", first.copy(), text("+1 month"), text("-1 day"))
        wanted = cast(call("substr", x(), number(9), number(2)), "BIGINT")
        length = cast(call("substr", last, number(9), number(2)), "BIGINT")
        extra = exp.Sub(this=call("min", wanted, length), expression=number(1))
        return call("date", first, exp.DPipe(this=cast(exp.Paren(this=extra), "TEXT"), expression=text(" days")))

    return bound(parts, body)


def _start(unit: str) -> Rule:
    def rule(node: Call, parts: list[Expression], dialect: str) -> Expression:
        if dialect == "postgres":
            return cast(call("date_trunc", text(unit), parts[0]), "DATE")
        return call("date", parts[0], text(f"start of {unit}"))

    return rule


def _end_of_month(node: Call, parts: list[Expression], dialect: str) -> Expression:
    if dialect == "postgres":
        following = exp.Add(
            this=call("date_trunc", text("month"), parts[0]), expression=call("make_interval", number(0), number(1))
        )
        return exp.Paren(this=exp.Sub(this=cast(following, "DATE"), expression=number(1)))
    return call("date", parts[0], text("start of month"), text("+1 month"), text("-1 day"))


def _local_seconds(value: Expression) -> Expression:
    return exp.Paren(
        this=binary(
            exp.Add,
            exp.Paren(this=exp.Div(this=exp.Paren(this=value), expression=number(1_000_000), typed=True)),
            number(LOCAL_OFFSET),
        )
    )


def _date_of(node: Call, parts: list[Expression], dialect: str) -> Expression:
    if dialect == "sqlite":
        return call("date", _local_seconds(parts[0]), text("unixepoch"))
    moment = exp.AtTimeZone(this=call("to_timestamp", _local_seconds(parts[0])), zone=text("UTC"))
    return cast(moment, "DATE")


def _hour(node: Call, parts: list[Expression], dialect: str) -> Expression:
    seconds = exp.Paren(this=exp.Mod(this=_local_seconds(parts[0]), expression=number(DAY)))
    return exp.Div(this=seconds, expression=number(3600), typed=True)


DATES: Mapping[str, Rule] = {
    "date_of": _date_of,
    "hour": _hour,
    "year": _part("YEAR", 1, 4),
    "quarter": _quarter,
    "month": _MONTH,
    "day": _part("DAY", 9, 2),
    "weekday": _weekday,
    "days_between": _days_between,
    "add_days": _add_days,
    "add_duration": _add_duration,
    "add_months": _add_months,
    "start_of_month": _start("month"),
    "end_of_month": _end_of_month,
    "start_of_year": _start("year"),
}
