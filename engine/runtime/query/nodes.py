"""SQL nodes as the choke point builds them: every name quoted, every value a parameter, no text ever parsed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp


def column(alias: str, name: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True))


def table(name: str, alias: str) -> exp.Table:
    return exp.Table(
        this=exp.to_identifier(name, quoted=True), alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
    )


def bare_table(name: str) -> exp.Table:
    return exp.Table(this=exp.to_identifier(name, quoted=True))


def parameter(name: str) -> exp.Placeholder:
    return exp.Placeholder(this=name)


def number(value: int) -> exp.Expression:
    return exp.Literal.number(str(value)) if value >= 0 else exp.Neg(this=exp.Literal.number(str(-value)))


def text(value: str) -> exp.Literal:
    return exp.Literal.string(value)


def null() -> exp.Null:
    return exp.Null()


def call(name: str, *arguments: exp.Expression) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def is_null(expression: exp.Expression) -> exp.Expression:
    return exp.Is(this=expression.copy(), expression=exp.Null())


def is_not_null(expression: exp.Expression) -> exp.Expression:
    return exp.Not(this=is_null(expression))


def parens(expression: exp.Expression) -> exp.Expression:
    simple = exp.Column | exp.Literal | exp.Placeholder | exp.Paren | exp.Anonymous | exp.Case | exp.Boolean | exp.Null
    return expression if isinstance(expression, simple) else exp.Paren(this=expression)


def all_of(conditions: Sequence[exp.Expression]) -> exp.Expression:
    """The conjunction; true when there is none."""
    return _joined(exp.And, conditions) if conditions else exp.true()


def any_of(conditions: Sequence[exp.Expression]) -> exp.Expression:
    """The disjunction; false when there is none."""
    return _joined(exp.Or, conditions) if conditions else exp.false()


def _joined(kind: type[exp.And] | type[exp.Or], conditions: Sequence[exp.Expression]) -> exp.Expression:
    joined = parens(conditions[0])
    for condition in conditions[1:]:
        joined = kind(this=joined, expression=parens(condition))
    return joined


def case(
    branches: Sequence[tuple[exp.Expression, exp.Expression]], otherwise: exp.Expression | None = None
) -> exp.Case:
    return exp.Case(ifs=[exp.If(this=when, true=then) for when, then in branches], default=otherwise)


def compare(kind: type[exp.Expression], left: exp.Expression, right: exp.Expression) -> exp.Expression:
    return kind(this=parens(left.copy()), expression=parens(right.copy()))


def concatenated(*parts: exp.Expression) -> exp.Expression:
    joined: exp.Expression = parts[0]
    for part in parts[1:]:
        joined = exp.DPipe(this=joined, expression=part)
    return exp.Paren(this=joined)


def exists(select: exp.Select) -> exp.Expression:
    return exp.Exists(this=select)


def scalar(select: exp.Select) -> exp.Expression:
    return exp.Subquery(this=select)
