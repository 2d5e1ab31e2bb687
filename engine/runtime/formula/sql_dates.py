"""Dates in SQL: text in SQLite, DATE in PostgreSQL; instants are microseconds. Outside the years 1 to 9999 is empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from engine.model import formula as types
from engine.model.formula import Call
from engine.model.formula_numbers import FIRST_ZONED, LAST_ZONED
from engine.runtime.formula.days import FARTHEST_DAYS
from engine.runtime.formula.nodes import (
    binary,
    call,
    case,
    cast,
    minus,
    null,
    number,
    over,
    plus,
    rest,
    text,
    times,
    within,
)
from engine.runtime.formula.scope import Scope

Expression = exp.Expression
Rule = Callable[[Call, list[Expression], Scope], Expression]
DAY = 86_400
FIRST_INSTANT, LAST_INSTANT = -62_135_596_800_000_000, 253_402_300_799_999_999
_FARTHEST_SECONDS = 400_000_000_000


def _part(scope: Scope, day: Expression, name: str) -> Expression:
    if scope.postgres:
        return cast(exp.Extract(this=exp.Var(this=name), expression=day.copy()), "BIGINT")
    start, size = {"YEAR": (1, 4), "MONTH": (6, 2), "DAY": (9, 2)}[name]
    return cast(call("substr", day.copy(), number(start), number(size)), "BIGINT")


def _index(scope: Scope, day: Expression) -> Expression:
    """Days since 0001-01-01, a Monday."""
    if scope.postgres:
        return cast(exp.Paren(this=exp.Sub(this=day.copy(), expression=cast(text("0001-01-01"), "DATE"))), "BIGINT")
    return cast(
        exp.Paren(this=exp.Sub(this=call("julianday", day.copy()), expression=exp.Literal.number("1721425.5"))),
        "BIGINT",
    )


def _year_day(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    if scope.postgres:
        return cast(exp.Extract(this=exp.Var(this="DOY"), expression=parts[0]), "BIGINT")
    return cast(call("strftime", text("%j"), parts[0]), "BIGINT")


def _weekday(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    return plus(rest(_index(scope, parts[0]), 7), 1)


def _week(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    if scope.postgres:
        return cast(exp.Extract(this=exp.Var(this="WEEK"), expression=parts[0]), "BIGINT")
    thursday = call("date", parts[0], text("-3 days"), text("weekday 4"))
    return plus(over(minus(cast(call("strftime", text("%j"), thursday), "BIGINT"), 1), 7), 1)


def _moved(scope: Scope, day: Expression, days: Expression) -> Expression:
    """A date some days later; both bound."""
    near = within(days, -FARTHEST_DAYS, FARTHEST_DAYS)
    if scope.postgres:
        index = scope.bind(plus(_index(scope, day), days))
        later = exp.Paren(this=exp.Add(this=cast(text("0001-01-01"), "DATE"), expression=cast(index.copy(), "INT")))
        return case([(exp.And(this=near, expression=within(index, 0, 3_652_058)), later)], null())
    found = scope.bind(
        case(
            [(near, call("date", day.copy(), exp.DPipe(this=cast(days.copy(), "TEXT"), expression=text(" days"))))],
            null(),
        )
    )
    return case([(binary(exp.GTE, found, text("0001-01-01")), found.copy())], null())


def _add_duration(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    start, seconds = parts
    if not isinstance(node.arguments[0].type, types.Instant):
        return _moved(scope, start, scope.bind(over(seconds, DAY)))
    near = within(seconds, -_FARTHEST_SECONDS, _FARTHEST_SECONDS)
    moved = scope.bind(case([(near, plus(start, times(cast(seconds, "BIGINT"), 1_000_000)))], null()))
    return case([(within(moved, FIRST_INSTANT, LAST_INSTANT), moved.copy())], null())


@dataclass(frozen=True, slots=True)
class _Parts:
    """Year and month of a date, bound."""

    year: Expression
    month: Expression

    @classmethod
    def of(cls, scope: Scope, day: Expression) -> _Parts:
        return cls(scope.bind(_part(scope, day, "YEAR")), scope.bind(_part(scope, day, "MONTH")))


def _dated(scope: Scope, year: Expression, month: Expression, day: Expression) -> Expression:
    """The date of bound numbers; empty when one is."""
    if scope.postgres:
        return call("make_date", *[cast(one.copy(), "INT") for one in (year, month, day)])
    written = call("printf", text("%04d-%02d-%02d"), year.copy(), month.copy(), day.copy())
    return case([(exp.Is(this=year.copy(), expression=exp.Null()), null())], written)


def _days_of(scope: Scope, year: Expression, month: Expression) -> Expression:
    """How many days a month has; both bound."""
    rare = exp.Or(
        this=binary(exp.NEQ, rest(year, 100), number(0)), expression=binary(exp.EQ, rest(year, 400), number(0))
    )
    leap = exp.And(this=binary(exp.EQ, rest(year, 4), number(0)), expression=exp.Paren(this=rare))
    short = exp.In(this=month.copy(), expressions=[number(one) for one in (4, 6, 9, 11)])
    february = case([(leap, number(29))], number(28))
    return case([(binary(exp.EQ, month, number(2)), february), (short, number(30))], number(31))


def _add_months(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    day, months = parts
    at = _Parts.of(scope, day)
    index = scope.bind(plus(plus(times(at.year, 12), minus(at.month, 1)), months))
    known = scope.bind(case([(within(index, 12, 119_999), index.copy())], null()))
    year, month = scope.bind(over(known, 12)), scope.bind(plus(rest(known, 12), 1))
    length = scope.bind(_days_of(scope, year, month))
    wanted = scope.bind(_part(scope, day, "DAY"))
    kept = scope.bind(case([(binary(exp.LT, wanted, length), wanted.copy())], length.copy()))
    return _dated(scope, year, month, kept)


def _months_between(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    one, other = (_Parts.of(scope, part) for part in parts)
    months = scope.bind(plus(times(minus(other.year, one.year), 12), minus(other.month, one.month)))
    first, last = (scope.bind(_part(scope, part, "DAY")) for part in parts)
    early = exp.And(this=binary(exp.GT, months, number(0)), expression=binary(exp.LT, last, first))
    late = exp.And(this=binary(exp.LT, months, number(0)), expression=binary(exp.GT, last, first))
    return case([(early, minus(months, 1)), (late, plus(months, 1))], months.copy())


def _workdays(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    one, other = (scope.bind(_index(scope, part)) for part in parts)
    back = binary(exp.LT, other, one)
    low = scope.bind(case([(back.copy(), other.copy())], one.copy()))
    high = scope.bind(case([(back.copy(), one.copy())], other.copy()))
    count = scope.bind(minus(_weekdays_until(scope, plus(high, 7)), _weekdays_until(scope, plus(low, 6))))
    empty = exp.Or(
        this=exp.Is(this=one.copy(), expression=exp.Null()), expression=exp.Is(this=other.copy(), expression=exp.Null())
    )
    return case([(empty, null()), (back, minus(0, count))], count.copy())


def _weekdays_until(scope: Scope, index: Expression) -> Expression:
    at = scope.bind(index)
    part = plus(rest(at, 7), 1)
    return plus(times(over(at, 7), 5), case([(binary(exp.GT, part, number(5)), number(5))], part.copy()))


def _bound_of(unit: int, last: bool) -> Rule:
    """The first or last day of a period of `unit` months."""

    def rule(node: Call, parts: list[Expression], scope: Scope) -> Expression:
        at = _Parts.of(scope, parts[0])
        first = times(over(minus(at.month, 1), unit), unit)
        month = scope.bind(plus(first, unit if last else 1))
        return _dated(scope, at.year, month, scope.bind(_days_of(scope, at.year, month)) if last else number(1))

    return rule


def _start_of_week(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    back = scope.bind(minus(0, rest(_index(scope, parts[0]), 7)))
    return _moved(scope, parts[0], back)


def _seconds(value: Expression) -> Expression:
    """Whole seconds since 1970 of bound microseconds, downwards."""
    return over(minus(value, rest(plus(rest(value, 1_000_000), 1_000_000), 1_000_000)), 1_000_000)


def _local(scope: Scope, instant: Expression, zone: Expression) -> Expression:
    """Seconds since 1970 by the clocks of the zone, bound; before the first and after the last year of the tables by their edge."""
    offset = _offset_there(scope, instant, zone) if scope.postgres else _offset_listed(instant, zone)
    return scope.bind(plus(_seconds(instant), offset))


def _offset_there(scope: Scope, instant: Expression, zone: Expression) -> Expression:
    """How far PostgreSQL's tables set the clocks of a zone before those of UTC, in seconds."""
    known = call("least", call("greatest", _seconds(instant), number(FIRST_ZONED)), number(LAST_ZONED))
    at = scope.bind(call("to_timestamp", known))
    clocks = [call("timezone", place, at.copy()) for place in (cast(zone, "TEXT"), text("UTC"))]
    ahead = exp.Paren(this=exp.Sub(this=clocks[0], expression=clocks[1]))
    return cast(exp.Extract(this=exp.Var(this="EPOCH"), expression=ahead), "BIGINT")


def _offset_listed(instant: Expression, zone: Expression) -> Expression:
    """The same from a list of (from microsecond, seconds), for SQLite."""
    entry = exp.column("value", table="z")
    start, offset = (call("json_extract", entry.copy(), text(f"$[{at}]")) for at in (0, 1))
    select = exp.Select(expressions=[offset])
    listed = exp.Table(this=call("json_each", zone), alias=exp.TableAlias(this=exp.to_identifier("z", quoted=True)))
    select.set("from_", exp.From(this=listed))
    at_start = binary(exp.EQ, exp.column("key", table="z"), number(0))
    select.set("where", exp.Where(this=exp.Or(this=binary(exp.LTE, start, instant), expression=at_start)))
    select.set("order", exp.Order(expressions=[exp.Ordered(this=exp.column("key", table="z"), desc=True)]))
    select.set("limit", exp.Limit(expression=number(1)))
    return exp.Subquery(this=select)


def _date_of(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    local = _local(scope, parts[0], parts[1])
    day = scope.bind(over(minus(local, rest(plus(rest(local, DAY), DAY), DAY)), DAY))
    epoch = text("1970-01-01")
    return _moved(scope, cast(epoch, "DATE") if scope.postgres else epoch, day)


def _clock(size: int, unit: int) -> Rule:
    """The hour or minute by local clocks."""

    def rule(node: Call, parts: list[Expression], scope: Scope) -> Expression:
        local = _local(scope, parts[0], parts[1])
        return over(rest(plus(rest(local, size), size), size), unit)

    return rule


ZONED = frozenset({"date_of", "hour", "minute"})
"""Functions that take the zone of the request as a further argument."""

DATES: Mapping[str, Rule] = {
    "date_of": _date_of,
    "hour": _clock(DAY, 3_600),
    "minute": _clock(3_600, 60),
    "year": lambda node, parts, scope: _part(scope, parts[0], "YEAR"),
    "quarter": lambda node, parts, scope: over(plus(_part(scope, parts[0], "MONTH"), 2), 3),
    "month": lambda node, parts, scope: _part(scope, parts[0], "MONTH"),
    "day": lambda node, parts, scope: _part(scope, parts[0], "DAY"),
    "weekday": _weekday,
    "week": _week,
    "day_of_year": _year_day,
    "days_between": lambda node, parts, scope: minus(_index(scope, parts[1]), _index(scope, parts[0])),
    "elapsed": lambda node, parts, scope: over(minus(parts[1], parts[0]), 1_000_000),
    "months_between": _months_between,
    "workdays": _workdays,
    "add_days": lambda node, parts, scope: _moved(scope, parts[0], parts[1]),
    "add_duration": _add_duration,
    "add_months": _add_months,
    "start_of_week": _start_of_week,
    "start_of_month": _bound_of(1, last=False),
    "end_of_month": _bound_of(1, last=True),
    "start_of_quarter": _bound_of(3, last=False),
    "end_of_quarter": _bound_of(3, last=True),
    "start_of_year": _bound_of(12, last=False),
    "end_of_year": _bound_of(12, last=True),
}
