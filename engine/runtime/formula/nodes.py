"""Small builders of sqlglot nodes for lowering; function names are written as they stand, nothing is translated."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

Expression = exp.Expression


def call(name: str, *arguments: Expression) -> Expression:
    return exp.Anonymous(this=name, expressions=list(arguments))


def number(value: int) -> Expression:
    return exp.Literal.number(value) if value >= 0 else exp.Paren(this=exp.Neg(this=exp.Literal.number(-value)))


def real(value: float) -> Expression:
    return (
        exp.Literal.number(repr(value))
        if value >= 0
        else exp.Paren(this=exp.Neg(this=exp.Literal.number(repr(-value))))
    )


def text(value: str) -> Expression:
    return exp.Literal.string(value)


def paren(node: Expression) -> Expression:
    simple = exp.Column | exp.Literal | exp.Placeholder | exp.Paren | exp.Null | exp.Anonymous | exp.Subquery | exp.Cast
    return node if isinstance(node, simple) else exp.Paren(this=node)


def binary(kind: type[exp.Binary], left: Expression, right: Expression) -> Expression:
    """An operation on copies of two operands. Division is that of integers."""
    settings = {"typed": True} if kind is exp.Div else {}
    return kind(this=paren(left.copy()), expression=paren(right.copy()), **settings)  # type: ignore[return-value]


def plus(left: Expression, right: Expression | int) -> Expression:
    return exp.Paren(this=binary(exp.Add, left, _operand(right)))


def minus(left: Expression | int, right: Expression | int) -> Expression:
    return exp.Paren(this=binary(exp.Sub, _operand(left), _operand(right)))


def times(left: Expression, right: Expression | int) -> Expression:
    return exp.Paren(this=binary(exp.Mul, left, _operand(right)))


def over(left: Expression, right: Expression | int) -> Expression:
    """The quotient of integers, towards zero."""
    return exp.Paren(this=binary(exp.Div, left, _operand(right)))


def rest(left: Expression, right: Expression | int) -> Expression:
    """The remainder of integers, with the sign of the left."""
    return exp.Paren(this=binary(exp.Mod, left, _operand(right)))


def _operand(value: Expression | int) -> Expression:
    return number(value) if isinstance(value, int) else value


def null() -> Expression:
    return exp.Null()


def is_null(node: Expression) -> Expression:
    return exp.Is(this=paren(node.copy()), expression=exp.Null())


def within(node: Expression, low: int, high: int) -> Expression:
    return exp.Between(this=paren(node.copy()), low=number(low), high=number(high))


def case(branches: Sequence[tuple[Expression, Expression]], otherwise: Expression | None = None) -> Expression:
    return exp.Case(ifs=[exp.If(this=when, true=then) for when, then in branches], default=otherwise)


def cast(node: Expression, kind: str) -> Expression:
    return exp.Cast(this=node, to=exp.DataType.build(kind))
