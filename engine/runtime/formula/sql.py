"""SQL of formulas: a sqlglot tree for SQLite or PostgreSQL with the value that Python has. What cannot be counted is empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from itertools import count
from typing import Protocol

from sqlglot import exp

from engine.model import formula as types
from engine.model.formula import Aggregate, Call, Formula, Items, Literal, Node, Reference, Variable
from engine.runtime.formula.nodes import binary, call, case, cast, is_null, null, number, paren, text
from engine.runtime.formula.scope import Scope, concatenated
from engine.runtime.formula.sql_aggregates import folded, quantified
from engine.runtime.formula.sql_dates import DATES, ZONED
from engine.runtime.formula.sql_inexact import INEXACT_RULES
from engine.runtime.formula.sql_numbers import NUMBERS
from engine.runtime.formula.sql_places import PLACES
from engine.runtime.formula.sql_texts import TEXTS_RULES

Expression = exp.Expression
Rule = Callable[[Call, list[Expression], Scope], Expression]
DEEPEST = 6
"""Expressions nested in place before one is named: SQLite's parser has a stack of 100 symbols."""


class ColumnSource(Protocol):
    """Where the cells of a formula come from."""

    def column(self, path: tuple[str, ...]) -> Expression: ...

    def variable(self, name: str) -> Expression:
        """The parameter of a variable; `today()`, `now()` and `zone()` are some too."""
        ...

    def children(self, path: tuple[str, ...]) -> tuple[ColumnSource, exp.Select] | None:
        """The cells of a collection's living rows and a select from them, tied to the row at hand; None when out of reach."""
        ...


def lower(formula: Formula, dialect: str, columns: ColumnSource, names: count[int] | None = None) -> Expression:
    """The physical value of a formula: scaled integers, 0/1 or booleans, dates as the dialect keeps them.

    `names` number what is named in it; a value that stands within another formula's needs numbers that are not used there.
    """
    return _Lowering(dialect, columns, count() if names is None else names).scalar(formula.node)


class _Lowering:
    """One scalar. What reads no cell in it is a scalar of its own (`apart`): it is worked out once for all rows, and a
    condition that compares a cell with it can be looked up in an index.
    """

    def __init__(self, dialect: str, columns: ColumnSource, names: count[int], apart: bool = False) -> None:
        self.dialect = dialect
        self.columns = columns
        self.scope = Scope(dialect, names)
        self._apart = apart
        self._depths: dict[int, tuple[int, Expression]] = {}
        self._reading: dict[int, bool] = {}

    def scalar(self, node: Node) -> Expression:
        """The whole value, with the names it needs."""
        return self.scope.closed(self.node(node))

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
                return self._call(node) if self._apart or self._reads(node) else self._on_its_own(node)

    def _on_its_own(self, node: Call) -> Expression:
        inner = _Lowering(self.dialect, self.columns, self.scope.names, apart=True)
        value = inner.node(node)
        return self._noted(inner.scope.closed(value), inner._depth(value))

    def _reads(self, node: Node) -> bool:
        """Whether the value depends on the row at hand."""
        match node:
            case Call(arguments=parts) | Items(items=parts):
                if id(node) not in self._reading:
                    self._reading[id(node)] = any(self._reads(one) for one in parts)
                return self._reading[id(node)]
            case _:
                return isinstance(node, Reference | Aggregate)

    def _literal(self, value: object) -> Expression:
        if value is None:
            return null()
        if isinstance(value, bool):
            return exp.Boolean(this=value) if self.dialect == "postgres" else number(int(value))
        if isinstance(value, int):
            return cast(number(value), "BIGINT") if self.dialect == "postgres" else number(value)
        if isinstance(value, date):
            return cast(text(value.isoformat()), "DATE") if self.dialect == "postgres" else text(value.isoformat())
        return text(str(value))

    def _call(self, node: Call) -> Expression:
        if node.function in {"today", "now"}:
            return self.columns.variable(f"{node.function}()")
        if node.function == "in":
            return self._noted(self._member(node.arguments[0], node.arguments[1]), 1)
        parts = [self._shallow(self.node(one)) for one in node.arguments]
        depth = max((self._depth(one) for one in parts), default=0) + 1
        if node.function not in _ONCE:
            parts, depth = self.scope.bound(parts), 1
        if node.function in ZONED:
            parts.append(self.columns.variable("zone()"))
        return self._noted(_RULES[node.function](node, parts, self.scope), depth)

    def _noted(self, made: Expression, depth: int) -> Expression:
        self._depths[id(made)] = (depth, made)
        return made

    def _depth(self, one: Expression) -> int:
        return self._depths[id(one)][0] if id(one) in self._depths else 0

    def _shallow(self, one: Expression) -> Expression:
        return self.scope.bind(one) if self._depth(one) >= DEEPEST else one

    def _member(self, one: Node, members: Node) -> Expression:
        value = self._shallow(self.node(one))
        if isinstance(members, Items):
            if not members.items:
                return self._literal(False)
            return exp.In(this=paren(value), expressions=[self._shallow(self.node(item)) for item in members.items])
        listed = self.node(members)
        if isinstance(members.type, types.Choices):
            sought = concatenated([text('"'), value, text('"')])
            found = binary(exp.GT, call("strpos" if self.dialect == "postgres" else "instr", listed, sought), number(0))
            return exp.Coalesce(this=exp.Paren(this=found), expressions=[self._literal(False)])
        if self.dialect == "postgres":
            kind = "text[]" if isinstance(one.type, types.Text | types.Choice) else "bigint[]"
            array = exp.Cast(this=listed, to=exp.DataType.build(kind, dialect="postgres"))
            found = exp.EQ(this=paren(value), expression=exp.Any(this=exp.Paren(this=array)))
            return exp.Coalesce(this=found, expressions=[exp.Boolean(this=False)])
        values = exp.Select(expressions=[exp.column("value", quoted=True)])
        values.set("from_", exp.From(this=call("json_each", listed)))
        return exp.Coalesce(this=exp.In(this=paren(value), query=exp.Subquery(this=values)), expressions=[number(0)])

    def _aggregate(self, node: Aggregate) -> Expression:
        reached = self.columns.children(node.over)
        if reached is None:
            return null()
        source, rows = reached
        condition, argument, order = (
            None if one is None else _Lowering(self.dialect, source, self.scope.names).scalar(one)
            for one in (node.condition, node.argument, node.order)
        )
        if node.function in {"any", "all"} and condition is not None:
            return quantified(node.function, rows, condition)
        if condition is not None:
            rows = rows.where(paren(condition), copy=False)
        return folded(node, self.scope, rows, argument, order)


def _compared(kind: type[exp.Binary]) -> Rule:
    ordering = kind not in {exp.EQ, exp.NEQ}

    def rule(node: Call, parts: list[Expression], scope: Scope) -> Expression:
        left = scope.ordered(parts[0], types.Text()) if ordering and _textual(node) else parts[0]
        return binary(kind, left, parts[1])

    return rule


def _textual(node: Call) -> bool:
    return all(isinstance(one.type, types.Text | types.Choice) for one in node.arguments)


def _connected(kind: type[exp.Connector]) -> Rule:
    def rule(node: Call, parts: list[Expression], scope: Scope) -> Expression:
        joined: exp.Expr = paren(parts[0])
        for one in parts[1:]:
            joined = kind(this=joined, expression=paren(one))
        return exp.Paren(this=joined)

    return rule


def _if(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    return case(list(zip(parts[0:-1:2], parts[1::2], strict=True)), parts[-1])


def _case(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    one, *pairs, otherwise = parts
    branches = zip(pairs[0::2], pairs[1::2], strict=True)
    return case([(binary(exp.EQ, one, value), result) for value, result in branches], otherwise)


def _empty(node: Call, parts: list[Expression], scope: Scope) -> Expression:
    of, x = node.arguments[0].type, parts[0]
    blank = {types.Text: "", types.Choice: "", types.Choices: "[]"}.get(type(of))
    if blank is None:
        return is_null(x)
    return exp.Paren(this=exp.Or(this=is_null(x), expression=binary(exp.EQ, x, text(blank))))


def _extreme(kind: type[exp.Binary]) -> Rule:
    def rule(node: Call, parts: list[Expression], scope: Scope) -> Expression:
        best = parts[0]
        for other in parts[1:]:
            one = scope.bind(best)
            left = scope.ordered(one.copy(), types.Text()) if _textual(node) else one
            best = case(
                [(is_null(one), other.copy()), (is_null(other), one.copy()), (binary(kind, left, other), one.copy())],
                other.copy(),
            )
        return best

    return rule


_ONCE = frozenset(
    {"eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not", "if", "coalesce", "concat", "negate", "abs", "upper"}
    | {"lower", "trim", "length", "contains", "position", "year", "month", "day", "quarter", "align", "elapsed"}
)
"""Functions that write each argument once; to the others arguments are bound first."""

_RULES: Mapping[str, Rule] = {
    "eq": _compared(exp.EQ),
    "ne": _compared(exp.NEQ),
    "lt": _compared(exp.LT),
    "le": _compared(exp.LTE),
    "gt": _compared(exp.GT),
    "ge": _compared(exp.GTE),
    "and": _connected(exp.And),
    "or": _connected(exp.Or),
    "not": lambda node, parts, scope: exp.Not(this=paren(parts[0])),
    "if": _if,
    "case": _case,
    "coalesce": lambda node, parts, scope: exp.Coalesce(this=parts[0], expressions=parts[1:]),
    "is_empty": _empty,
    "least": _extreme(exp.LTE),
    "greatest": _extreme(exp.GTE),
    **NUMBERS,
    **INEXACT_RULES,
    **TEXTS_RULES,
    **DATES,
    **PLACES,
}
