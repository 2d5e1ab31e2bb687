"""DuckDB's words: a plain plan as DuckDB takes it. It is close to PostgreSQL; where both differ the node is named here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from sqlglot import exp

from engine.runtime.facts.engines import Inexpressible
from engine.runtime.facts.rewriting import EPOCH_DAY, TRUNCATED
from engine.runtime.query import nodes

_TYPES = frozenset({"BIGINT", "INT", "DATE", "TEXT", "DOUBLE", "BOOLEAN", "ARRAY"})
_PARTS = frozenset({"YEAR", "MONTH", "DAY", "DOY", "WEEK"})


def in_duckdb(node: exp.Expr) -> exp.Expr:
    """A node in DuckDB's words, its children being so already. Raises Inexpressible."""
    match node:
        case exp.Div():
            return exp.IntDiv(this=whole(node.this), expression=whole(node.expression))
        case exp.Cast():
            return _cast(node)
        case exp.Collate():
            return cast(exp.Expr, node.this)
        case exp.Extract() if node.name.upper() not in _PARTS:
            raise Inexpressible(f"EXTRACT {node.name}")
        case exp.Anonymous():
            return called(node, _FUNCTIONS)
        case _:
            return node


def whole(node: exp.Expr) -> exp.Expr:
    """An operand of a division, which is one of whole numbers. Raises Inexpressible for a float."""
    if any(one.to.is_type("double", "float") for one in node.find_all(exp.Cast)):
        raise Inexpressible("float")
    return node


def called(node: exp.Anonymous, functions: Mapping[str, Callable[..., exp.Expr]]) -> exp.Expr:
    """A function in an engine's words. Raises Inexpressible for one that it has no exact word for."""
    word = functions.get(node.name.lower())
    if word is None:
        raise Inexpressible(node.name)
    return word(*node.expressions)


def _cast(node: exp.Cast) -> exp.Expr:
    if node.to.is_type("decimal"):
        return exp.Cast(this=node.this, to=exp.DataType.build("HUGEINT", dialect="duckdb"))
    if node.to.this.name not in _TYPES:
        raise Inexpressible(node.to.sql())
    return node


def _same(name: str) -> Callable[..., exp.Expr]:
    return lambda *parts: nodes.call(name, *parts)


def _epoch_day(days: exp.Expression) -> exp.Expr:
    start = exp.Cast(this=nodes.text("1970-01-01"), to=exp.DataType.build("date"))
    return exp.Paren(this=exp.Add(this=start, expression=exp.Cast(this=days, to=exp.DataType.build("int"))))


def _truncated(bucket: exp.Expression, day: exp.Expression) -> exp.Expr:
    return exp.Cast(this=nodes.call("date_trunc", bucket, day), to=exp.DataType.build("date"))


_FUNCTIONS: Mapping[str, Callable[..., exp.Expr]] = {
    EPOCH_DAY: _epoch_day,
    TRUNCATED: _truncated,
    "btrim": _same("trim"),
    **{
        name: _same(name)
        for name in (
            "abs", "nullif", "least", "greatest", "strpos", "substr", "length", "replace", "repeat", "ltrim", "rtrim",
            "make_date", "min", "max", "sum", "avg",
        )
    },
}  # fmt: skip
