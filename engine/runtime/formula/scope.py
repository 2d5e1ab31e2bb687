"""A scope of lowering: values that a statement needs more than once are worked out once, under a name.

The names are materialised common table expressions of one scalar sub-select: SQL stays flat and as long as the formula,
however deeply that nests (written in place, three uses a level made statements grow as powers of three).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from sqlglot import exp

from engine.model.formula import Text, Type
from engine.runtime.formula.nodes import Expression, call, null, number

_ATOMS = exp.Column | exp.Literal | exp.Placeholder | exp.Parameter | exp.Null | exp.Boolean


class Scope:
    """The dialect, and the named values of the expression at hand."""

    def __init__(self, dialect: str, names: count[int]) -> None:
        self.dialect = dialect
        self.names = names
        self._named: dict[str, Expression] = {}

    @property
    def postgres(self) -> bool:
        return self.dialect == "postgres"

    def bind(self, node: Expression) -> Expression:
        """The value as something that may be written many times: itself when simple, else a name."""
        inner = node
        while isinstance(inner, exp.Paren | exp.Neg | exp.Cast):
            inner = inner.this
        if isinstance(inner, _ATOMS):
            return node
        name = f"f{next(self.names)}"
        self._named[name] = node
        return exp.column("x", table=name, quoted=True)

    def bound(self, nodes: Sequence[Expression]) -> list[Expression]:
        return [self.bind(one) for one in nodes]

    def closed(self, node: Expression) -> Expression:
        """The expression with all names it needs, as one scalar."""
        if not self._named:
            return node
        tables = [
            exp.CTE(
                this=self._selected(exp.alias_(value, "x", quoted=True)),
                alias=exp.TableAlias(this=exp.to_identifier(name, quoted=True)),
                materialized=True,
            )
            for name, value in self._named.items()
        ]
        select = self._selected(node)
        select.set("with_", exp.With(expressions=tables))
        return exp.Subquery(this=select)

    def _selected(self, node: exp.Expr) -> exp.Select:
        used = {column.table for column in node.find_all(exp.Column)}
        tables = [exp.Table(this=exp.to_identifier(name, quoted=True)) for name in self._named if name in used]
        select = exp.Select(expressions=[node])
        if tables:
            select.set("from_", exp.From(this=tables[0]))
            select.set("joins", [exp.Join(this=table, kind="CROSS") for table in tables[1:]])
        return select

    def ordered(self, node: Expression, of: Type) -> Expression:
        """A value as it is ordered: texts by code point."""
        if self.postgres and isinstance(of, Text):
            return exp.Collate(this=exp.Paren(this=node), expression=exp.to_identifier("C", quoted=True))
        return node

    def integer(self, node: Expression) -> Expression:
        """A number as PostgreSQL's functions of texts and dates take it."""
        return exp.Cast(this=node, to=exp.DataType.build("INT")) if self.postgres else node

    def real(self, node: Expression) -> Expression:
        kind = (
            exp.DataType.build("DOUBLE PRECISION", dialect="postgres") if self.postgres else exp.DataType.build("REAL")
        )
        return exp.Cast(this=node, to=kind)

    def clamped(self, node: Expression, low: int, high: int) -> Expression:
        """The nearest number in a range; `node` stands three times and must be bound."""
        below = exp.If(this=exp.LT(this=node.copy(), expression=number(low)), true=number(low))
        above = exp.If(this=exp.GT(this=node.copy(), expression=number(high)), true=number(high))
        empty = exp.If(this=exp.Is(this=node.copy(), expression=exp.Null()), true=null())
        return self.integer(exp.Case(ifs=[empty, below, above], default=node.copy()))


def concatenated(parts: Sequence[Expression]) -> Expression:
    """Texts one after another."""
    joined = parts[0]
    for one in parts[1:]:
        joined = exp.DPipe(this=joined, expression=one)
    return exp.Paren(this=joined)


def replaced(node: Expression, steps: Sequence[tuple[str, str]]) -> Expression:
    """A text after replacements, in order."""
    for written, wanted in steps:
        node = call("replace", node, exp.Literal.string(written), exp.Literal.string(wanted))
    return node
