"""Aggregates in SQL: correlated sub-selects over the rows of a collection; each folds the values of an inner select."""

from __future__ import annotations

from sqlglot import exp

from engine.model.formula import Aggregate, Text, scale_of
from engine.runtime.formula.arithmetic import LIMIT
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
    paren,
    plus,
    real,
    rest,
    times,
    within,
)
from engine.runtime.formula.scope import Scope
from engine.runtime.formula.sql_inexact import significant
from engine.runtime.formula.sql_numbers import divided

Expression = exp.Expression
_PART = 1_000_000_000


def folded(
    node: Aggregate, scope: Scope, rows: exp.Select, argument: Expression | None, order: Expression | None
) -> Expression:
    """The value of an aggregate over `rows`, which are already those whose condition holds."""
    if argument is None:
        return _selected(rows, exp.Count(this=exp.Star()))
    match node.function:
        case "count":
            return _selected(rows, exp.Count(this=argument))
        case "count_distinct":
            return _selected(rows, exp.Count(this=exp.Distinct(expressions=[argument])))
        case "min" | "max":
            of = node.argument.type if node.argument is not None else Text()
            return _selected(rows, call(node.function, scope.ordered(argument, of)))
        case "first" | "last":
            return _outermost(node, scope, rows, argument, order or null())
    if node.function == "sum":
        return _total(scope, _values(rows, argument), empty=number(0))
    shift = scale_of(node.type) - (scale_of(node.argument.type) if node.argument is not None else 0)
    if node.function == "stdev":
        return _deviation(node, scope, rows, argument)
    values = _values(rows, argument) if node.function == "avg" else _middle(rows, argument)
    count = _over(values.copy(), exp.Count(this=_x()))
    return divided(scope, _total(scope, values, empty=null()), count, shift, "round")


def quantified(function: str, rows: exp.Select, condition: Expression) -> Expression:
    """Whether any or all rows fulfil a condition; a condition that is empty is not fulfilled."""
    flag = case([(condition, number(1))], number(0))
    best, nothing = ("max", 0) if function == "any" else ("min", 1)
    found = exp.Coalesce(this=call(best, flag), expressions=[number(nothing)])
    return _selected(rows, binary(exp.EQ, found, number(1)))


def _x() -> Expression:
    return exp.column("x", table="q", quoted=True)


def _selected(rows: exp.Select, value: Expression) -> Expression:
    rows.set("expressions", [value])
    return exp.Subquery(this=rows)


def _values(rows: exp.Select, argument: Expression) -> exp.Select:
    rows.set("expressions", [exp.alias_(argument, "x", quoted=True)])
    return rows


def _over(values: exp.Select, value: Expression) -> Expression:
    """A value folded from the column `x` of an inner select."""
    return exp.Subquery(this=_named(values, value))


def _named(values: exp.Select, value: exp.Expr) -> exp.Select:
    """A select of a value from an inner select, which is named q."""
    select = exp.Select(expressions=[value])
    named = exp.Subquery(this=values, alias=exp.TableAlias(this=exp.to_identifier("q", quoted=True)))
    select.set("from_", exp.From(this=named))
    return select


def _total(scope: Scope, values: exp.Select, empty: Expression) -> Expression:
    """The sum within 18 digits. SQLite adds two halves: a sum of integers that leaves 64 bits would raise."""
    total = call("sum", _x())
    if not scope.postgres:
        total = plus(times(call("sum", over(_x(), _PART)), _PART), call("sum", rest(_x(), _PART)))
    fits = cast(total.copy(), "BIGINT") if scope.postgres else total.copy()
    return _over(values, case([(is_null(total), empty), (within(total, -LIMIT, LIMIT), fits)], null()))


def _middle(rows: exp.Select, argument: Expression) -> exp.Select:
    """The one or two values in the middle."""
    place = exp.Window(
        this=exp.RowNumber(), order=exp.Order(expressions=[exp.Ordered(this=argument.copy(), nulls_first=True)])
    )
    size = exp.Window(this=exp.Count(this=exp.Star()))
    numbered = _values(rows, argument.copy()).where(exp.Not(this=is_null(argument)), copy=False)
    for value, name in ((place, "r"), (size, "n")):
        numbered.append("expressions", exp.alias_(value, name, quoted=True))
    held = exp.Subquery(this=numbered, alias=exp.TableAlias(this=exp.to_identifier("m", quoted=True)))
    n, r = exp.column("n", table="m", quoted=True), exp.column("r", table="m", quoted=True)
    select = exp.Select(expressions=[exp.column("x", table="m", quoted=True)])
    select.set("from_", exp.From(this=held))
    middle = exp.In(this=r, expressions=[over(plus(n, 1), 2), over(plus(n, 2), 2)])
    select.set("where", exp.Where(this=middle))
    return select


def _deviation(node: Aggregate, scope: Scope, rows: exp.Select, argument: Expression) -> Expression:
    """Two passes over distances from the least value, which are exact: then the root of their mean square."""
    known = _values(rows, argument.copy()).where(exp.Not(this=is_null(argument)), copy=False)
    least = exp.Window(this=call("min", argument.copy()))
    known.append("expressions", exp.alias_(least, "low", quoted=True))
    low = exp.column("low", table="q", quoted=True)
    above = _named(known, exp.alias_(scope.real(minus(_x(), low)), "x", quoted=True))
    mean = exp.Window(this=call("avg", _x()))
    distances = _named(above, exp.alias_(minus(_x(), mean), "x", quoted=True))
    count, squares = exp.Count(this=exp.Star()), call("sum", times(_x(), _x()))
    spread = call("sqrt", over(squares, minus(count, 1)))
    root = over(spread, real(10.0 ** (scale_of(node.argument.type) if node.argument is not None else 0)))
    found = _over(distances, case([(binary(exp.GT, count, number(1)), root)], null()))
    return significant(scope, found, scale_of(node.type))


def _outermost(node: Aggregate, scope: Scope, rows: exp.Select, argument: Expression, order: Expression) -> Expression:
    of = node.order.type if node.order is not None else Text()
    own = node.argument.type if node.argument is not None else Text()
    known = exp.And(this=exp.Not(this=is_null(order)), expression=exp.Not(this=is_null(argument)))
    rows = rows.where(paren(known), copy=False)
    last = node.function == "last"
    places = [scope.ordered(order.copy(), of), scope.ordered(argument.copy(), own)]
    rows.set("order", exp.Order(expressions=[exp.Ordered(this=one, desc=last, nulls_first=not last) for one in places]))
    rows.set("limit", exp.Limit(expression=number(1)))
    return _selected(rows, argument)
