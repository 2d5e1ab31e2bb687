"""ClickHouse's words: a plain plan as ClickHouse takes it, with the empty values and whole numbers that PostgreSQL has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from sqlglot import exp

from engine.runtime.facts.duckdb_words import called, whole
from engine.runtime.facts.engines import Inexpressible
from engine.runtime.facts.rewriting import EPOCH_DAY, TRUNCATED
from engine.runtime.query import nodes

_NARROW = 2**32
_PARTS = frozenset({"YEAR", "MONTH", "DAY"})
_FIRST_DAY = "1970-01-01"
_FIRST_OF_ALL, _BETWEEN = "0001-01-01", 719_162
"""The day from which indexes of days count, and how many days after it ClickHouse's own count begins."""


def in_clickhouse(node: exp.Expr) -> exp.Expr:
    """A node in ClickHouse's words, its children being so already. Raises Inexpressible."""
    match node:
        case exp.AggFunc() if node.find(exp.Select) is not None:
            raise Inexpressible("a row looked up in an aggregate")
        case exp.Sub() if _is_first_day(node.expression):
            return _index(node.this)
        case exp.Add() if _is_first_day(node.this):
            raise Inexpressible("a date moved by days")
        case exp.Div():
            return nodes.call("intDiv", *(cast(exp.Expression, whole(one)) for one in (node.this, node.expression)))
        case exp.Cast():
            return _cast(node)
        case exp.Collate():
            return cast(exp.Expr, node.this)
        case exp.EQ(expression=exp.Any()):
            return _unless_empty(node.this, nodes.call("has", node.expression.this.unnest(), node.this.copy()))
        case exp.In():
            return _unless_empty(node.this, node.copy())
        case exp.Extract() if node.name.upper() not in _PARTS:
            raise Inexpressible(f"EXTRACT {node.name}")
        case exp.Literal() if node.is_int and int(node.name) >= _NARROW:
            return nodes.call("toInt64", node.copy())
        case exp.Anonymous():
            return called(node, _FUNCTIONS)
        case _:
            return node


def _unless_empty(value: exp.Expr, found: exp.Expr) -> exp.Expr:
    """ClickHouse finds an empty value in no list; in SQL that is not known."""
    return nodes.case([(nodes.is_null(cast(exp.Expression, value)), nodes.null())], cast(exp.Expression, found))


def _cast(node: exp.Cast) -> exp.Expr:
    kind = node.to
    if kind.is_type("array"):
        return cast(exp.Expr, node.this)
    if kind.is_type("decimal"):
        return exp.Cast(this=node.this, to=exp.DataType.build("Nullable(Int128)", dialect="clickhouse"))
    if kind.is_type("date"):
        return nodes.call("toDate32", node.this)
    if kind.is_type("text"):
        return nodes.call("toString", node.this)
    if kind.is_type("bigint", "int", "double"):
        return node
    raise Inexpressible(kind.sql())


def _is_first_day(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and any(one.name == _FIRST_OF_ALL for one in node.expressions)


def _index(day: exp.Expr) -> exp.Expr:
    number = nodes.call("toInt64", nodes.call("toInt32", cast(exp.Expression, day)))
    return exp.Paren(this=exp.Add(this=number, expression=nodes.number(_BETWEEN)))


def _signed(name: str) -> Callable[..., exp.Expr]:
    """ClickHouse counts without a sign what is never below zero; a difference of such numbers may be."""
    return lambda *parts: nodes.call("toInt64", nodes.call(name, *parts))


def _same(name: str) -> Callable[..., exp.Expr]:
    return lambda *parts: nodes.call(name, *parts)


def _epoch_day(days: exp.Expression) -> exp.Expr:
    return nodes.call("addDays", nodes.call("toDate32", nodes.text(_FIRST_DAY)), days)


def _truncated(bucket: exp.Expression, day: exp.Expression) -> exp.Expr:
    starts = {
        "day": "toDate32", "week": "toMonday", "month": "toStartOfMonth", "quarter": "toStartOfQuarter", "year": "toStartOfYear",
    }  # fmt: skip
    return nodes.call(starts[bucket.name], day)


_FUNCTIONS: Mapping[str, Callable[..., exp.Expr]] = {
    EPOCH_DAY: _epoch_day,
    TRUNCATED: _truncated,
    "abs": _signed("abs"),
    "strpos": _signed("positionUTF8"),
    "substr": _same("substringUTF8"),
    "length": _signed("lengthUTF8"),
    "replace": _same("replaceAll"),
    **{name: _same(name) for name in ("nullif", "upper", "lower", "repeat", "min", "max", "sum", "avg")},
}
