"""SQL of formulas: a sqlglot tree for SQLite or PostgreSQL with the value that Python has. What cannot be counted is empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Protocol

from sqlglot import exp

from engine.model import formula as types
from engine.model.formula import Aggregate, Call, Formula, Items, Literal, Node, Reference, Variable, scale_of
from engine.runtime.formula.nodes import binary, bound, call, case, cast, is_null, null, number, paren, text
from engine.runtime.formula.sql_dates import DATES
from engine.runtime.formula.sql_numbers import NUMBERS, divided
from engine.runtime.formula.sql_texts import TEXTS

Expression = exp.Expression
Rule = Callable[[Call, list[Expression], str], Expression]


class ColumnSource(Protocol):
    """Where the cells of a formula come from."""

    def column(self, path: tuple[str, ...]) -> Expression: ...

    def variable(self, name: str) -> Expression: ...

    def children(self, path: tuple[str, ...]) -> tuple[ColumnSource, exp.Select] | None:
        """The cells of a collection's living rows and a select from them, tied to the row at hand; None when out of reach."""
        ...


def lower(formula: Formula, dialect: str, columns: ColumnSource) -> Expression:
    """The physical value of a formula: scaled integers, 0/1 or booleans, dates as the dialect keeps them."""
    return _Lowering(dialect, columns).node(formula.node)


class _Lowering:
    def __init__(self, dialect: str, columns: ColumnSource) -> None:
        self.dialect = dialect
        self.columns = columns

    def node(self, node: Node) -> Expression:
        match node:
            case Literal(value):
                return self._literal(value)
            case Reference(path):
                return self.columns.column(path)
            case Variable(name):
                return self.columns.variable(name)
            case Items(items):
                return exp.Tuple(expressions=[self.node(one) for one in items])
            case Aggregate():
                return self._aggregate(node)
            case Call():
                return self._call(node)

    def _literal(self, value: object) -> Expression:
        if value is None:
            return null()
        if isinstance(value, bool):
            return exp.Boolean(this=value) if self.dialect == "postgres" else number(int(value))
        if isinstance(value, int):
            return number(value)
        if isinstance(value, date):
            return cast(text(value.isoformat()), "DATE") if self.dialect == "postgres" else text(value.isoformat())
        return text(str(value))

    def _call(self, node: Call) -> Expression:
        match node.function:
            case "today" | "now":
                return self.columns.variable(f"{node.function}()")
            case "in":
                return self._member(node.arguments[0], node.arguments[1])
        rule = _RULES[node.function]
        return rule(node, [self.node(one) for one in node.arguments], self.dialect)

    def _member(self, one: Node, members: Node) -> Expression:
        value = self.node(one)
        if isinstance(members, Items):
            if not members.items:
                return self._literal(False)
            return exp.In(this=paren(value), expressions=[self.node(item) for item in members.items])
        listed = self.node(members)
        if isinstance(members.type, types.Choices):
            found = call(
                "strpos" if self.dialect == "postgres" else "instr",
                listed,
                exp.DPipe(this=exp.DPipe(this=text('"'), expression=value), expression=text('"')),
            )
            return binary(exp.GT, found, number(0))
        if self.dialect == "postgres":
            kind = "text[]" if isinstance(one.type, types.Text | types.Choice) else "bigint[]"
            array = exp.Cast(this=listed, to=exp.DataType.build(kind, dialect="postgres"))
            return exp.Coalesce(
                this=exp.EQ(this=paren(value), expression=exp.Any(this=exp.Paren(this=array))),
                expressions=[exp.Boolean(this=False)],
            )
        values = exp.Select(expressions=[exp.column("value", quoted=True)])
        values.set("from_", exp.From(this=call("json_each", listed)))
        return exp.Coalesce(this=exp.In(this=paren(value), query=exp.Subquery(this=values)), expressions=[number(0)])

    def _aggregate(self, node: Aggregate) -> Expression:
        reached = self.columns.children(node.over)
        if reached is None:
            return null()
        source, select = reached
        inside = _Lowering(self.dialect, source)
        condition = inside.node(node.condition) if node.condition is not None else None
        argument = inside.node(node.argument) if node.argument is not None else None
        if node.function in {"any", "all"} and condition is not None:
            select.set("expressions", [_quantified(node.function, condition)])
            return exp.Subquery(this=select)
        if condition is not None:
            select = select.where(paren(condition), copy=False)
        if node.function == "avg" and argument is not None:
            return self._mean(node, select, argument)
        select.set("expressions", [self._folded(node, argument)])
        return exp.Subquery(this=select)

    def _mean(self, node: Aggregate, select: exp.Select, argument: Expression) -> Expression:
        """Sum and count of the rows first, the division outside: an aggregate may not move into a sub-select."""
        total, count = select.copy(), select
        total.set("expressions", [_narrowed(call("sum", argument))])
        count.set("expressions", [exp.Count(this=argument.copy())])
        shift = scale_of(node.type) - (scale_of(node.argument.type) if node.argument is not None else 0)
        return divided(exp.Subquery(this=total), exp.Subquery(this=count), shift, "round")

    def _folded(self, node: Aggregate, argument: Expression | None) -> Expression:
        if node.function == "count":
            return exp.Count(this=argument if argument is not None else exp.Star())
        if argument is None:
            return null()
        if node.function == "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[argument]))
        if node.function in {"min", "max"}:
            return call(node.function, argument)
        total = call("sum", argument)
        if node.function == "sum":
            whole = exp.Coalesce(this=total, expressions=[number(0)])
            return _narrowed(whole)
        return null()


def _narrowed(total: Expression) -> Expression:
    """A sum as a 64-bit integer, when it has at most 18 digits (PostgreSQL sums integers as numeric)."""
    limit = number(10**18 - 1)
    within = exp.Between(this=total, low=exp.Neg(this=limit.copy()), high=limit)
    return case([(within, cast(total.copy(), "BIGINT"))], null())


def _quantified(function: str, condition: Expression) -> Expression:
    flag = case([(condition, number(1))], number(0))
    if function == "any":
        return binary(exp.EQ, exp.Coalesce(this=call("max", flag), expressions=[number(0)]), number(1))
    return binary(exp.EQ, exp.Coalesce(this=call("min", flag), expressions=[number(1)]), number(1))


def _compared(kind: type[exp.Binary]) -> Rule:
    return lambda node, parts, dialect: binary(kind, parts[0], parts[1])


def _connected(kind: type[exp.Binary]) -> Rule:
    def rule(node: Call, parts: list[Expression], dialect: str) -> Expression:
        joined = parts[0]
        for one in parts[1:]:
            joined = binary(kind, joined, one)
        return joined

    return rule


def _empty(node: Call, parts: list[Expression], dialect: str) -> Expression:
    of = node.arguments[0].type
    if isinstance(of, types.Text | types.Choice):
        return bound([parts[0]], lambda x: exp.Or(this=is_null(x()), expression=exp.EQ(this=x(), expression=text(""))))
    if isinstance(of, types.Choices):
        return bound(
            [parts[0]], lambda x: exp.Or(this=is_null(x()), expression=exp.EQ(this=x(), expression=text("[]")))
        )
    return is_null(parts[0])


def _extreme(kind: type[exp.Binary]) -> Rule:
    def body(x: Callable[[], Expression], y: Callable[[], Expression]) -> Expression:
        return case([(is_null(x()), y()), (is_null(y()), x()), (binary(kind, x(), y()), x())], y())

    def rule(node: Call, parts: list[Expression], dialect: str) -> Expression:
        best = parts[0]
        for other in parts[1:]:
            best = bound([best, other], body)
        return best

    return rule


_RULES: Mapping[str, Rule] = {
    "eq": _compared(exp.EQ),
    "ne": _compared(exp.NEQ),
    "lt": _compared(exp.LT),
    "le": _compared(exp.LTE),
    "gt": _compared(exp.GT),
    "ge": _compared(exp.GTE),
    "and": _connected(exp.And),
    "or": _connected(exp.Or),
    "not": lambda node, parts, dialect: exp.Not(this=paren(parts[0])),
    "if": lambda node, parts, dialect: case([(parts[0], parts[1])], parts[2]),
    "coalesce": lambda node, parts, dialect: exp.Coalesce(this=parts[0], expressions=parts[1:]),
    "is_empty": _empty,
    "least": _extreme(exp.LTE),
    "greatest": _extreme(exp.GTE),
    **NUMBERS,
    **TEXTS,
    **DATES,
}
