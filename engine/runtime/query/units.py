"""Units in queries: the tree below a unit."""

from __future__ import annotations

from sqlglot import exp

from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.storage.built_in import UNIT_TABLE


def subtree(compilation: Compilation, cell: exp.Expression, parameter: str) -> exp.Expression:
    """True where `cell` is the unit of `parameter` or one below it, in today's tree."""
    tree, parent, child = compilation.alias(), compilation.alias(), compilation.alias()
    start = exp.Select(expressions=[nodes.column(parent, "id")])
    start.set("from_", exp.From(this=nodes.table(UNIT_TABLE, parent)))
    start.set("where", exp.Where(this=nodes.compare(exp.EQ, nodes.column(parent, "id"), nodes.parameter(parameter))))
    below = exp.Select(expressions=[nodes.column(child, "id")])
    below.set("from_", exp.From(this=nodes.table(UNIT_TABLE, child)))
    joined = exp.Join(
        this=exp.Table(this=exp.to_identifier(tree, quoted=True)),
        on=nodes.compare(exp.EQ, nodes.column(child, "parent"), nodes.column(tree, "id")),
    )
    below.set("joins", [joined])
    name = exp.TableAlias(this=exp.to_identifier(tree, quoted=True), columns=[exp.to_identifier("id", quoted=True)])
    union = exp.Union(this=start, expression=below, distinct=True)
    picked = exp.Select(expressions=[nodes.column(tree, "id")])
    picked.set("from_", exp.From(this=exp.Table(this=exp.to_identifier(tree, quoted=True))))
    picked.set("with_", exp.With(expressions=[exp.CTE(this=union, alias=name)], recursive=True))
    return exp.In(this=nodes.parens(cell.copy()), query=exp.Subquery(this=picked))
