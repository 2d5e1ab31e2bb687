"""Small builders of sqlglot nodes for lowering; function names are written as they stand, nothing is translated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

from sqlglot import exp

Expression = exp.Expression
_NAMES = count()


def call(name: str, *arguments: Expression) -> Expression:
    return exp.Anonymous(this=name, expressions=list(arguments))


def number(value: int) -> Expression:
    return exp.Literal.number(value) if value >= 0 else exp.Paren(this=exp.Neg(this=exp.Literal.number(-value)))


def text(value: str) -> Expression:
    return exp.Literal.string(value)


def paren(node: Expression) -> Expression:
    return (
        node
        if isinstance(node, exp.Column | exp.Literal | exp.Placeholder | exp.Paren | exp.Null)
        else exp.Paren(this=node)
    )


def binary(kind: type[exp.Binary], left: Expression, right: Expression) -> Expression:
    return kind(this=paren(left), expression=paren(right))  # type: ignore[return-value]


def null() -> Expression:
    return exp.Null()


def is_null(node: Expression) -> Expression:
    return exp.Is(this=paren(node), expression=exp.Null())


def case(branches: Sequence[tuple[Expression, Expression]], otherwise: Expression | None = None) -> Expression:
    return exp.Case(ifs=[exp.If(this=when, true=then) for when, then in branches], default=otherwise)


def cast(node: Expression, kind: str) -> Expression:
    return exp.Cast(this=node, to=exp.DataType.build(kind))


def bound(parts: Sequence[Expression], body: Callable[..., Expression]) -> Expression:
    """`body` of the parts, each worked out once: simple ones stand in place, others are named in a sub-select."""
    if all(isinstance(one, exp.Column | exp.Literal | exp.Placeholder | exp.Null) for one in parts):
        return body(*[lambda one=one: one.copy() for one in parts])
    alias = f"q{next(_NAMES) % 1_000_000}"
    names = [f"x{index}" for index in range(len(parts))]
    inner = exp.Select(expressions=[exp.alias_(one, name, quoted=True) for one, name in zip(parts, names, strict=True)])
    columns = [lambda name=name: exp.column(name, table=alias, quoted=True) for name in names]
    outer = exp.Select(expressions=[body(*columns)])
    outer.set(
        "from_",
        exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))),
    )
    return exp.Subquery(this=outer)
