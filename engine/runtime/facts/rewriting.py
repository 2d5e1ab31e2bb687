"""Rewriting: a plan as PostgreSQL would take it, into what an engine takes. What an engine has no exact word for is refused.

The plan is built once, with rights, scopes and filters inside; nothing is added to it here and nothing left out, so a
statement of an engine can never see more rows or cells than that of the database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from sqlglot import exp

from engine.runtime.facts.declared import FactTable
from engine.runtime.facts.engines import Inexpressible
from engine.runtime.metrics.time_buckets import offset_changes
from engine.runtime.query import nodes

Rule = Callable[[exp.Expr], exp.Expr]
MOST_NODES = 6_000
"""Nodes of a plan whose named values are written in place; a longer one is left to the database."""
EPOCH_DAY, TRUNCATED = "epoch_day", "truncated"
"""Names of our own in a tree between: the date so many days after 1970-01-01; the first day of a bucket."""
_DAY = 86_400
_PLAIN: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Order, exp.Ordered, exp.Limit, exp.Having, exp.Subquery,
        exp.Table, exp.TableAlias, exp.Identifier, exp.Column, exp.Alias, exp.Paren, exp.Literal, exp.Placeholder, exp.Null,
        exp.Boolean, exp.And, exp.Or, exp.Not, exp.Is, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ,
        exp.In, exp.Exists, exp.Case, exp.If, exp.Coalesce, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.DPipe,
        exp.Between, exp.Cast, exp.DataType, exp.Count, exp.Sum, exp.Min, exp.Max, exp.Avg, exp.Distinct, exp.Star, exp.Any,
        exp.Collate, exp.Anonymous, exp.Extract, exp.Var, exp.Tuple,
    }
)  # fmt: skip


def plain(tree: exp.Expr, tables: Mapping[str, FactTable]) -> exp.Expr:
    """A copy of the plan in which values stand in place, zones are numbers, and nothing but known nodes, tables and columns is.

    Raises Inexpressible.
    """
    own = _in_place(tree.copy())
    own = _zones(own)
    for node in own.walk():
        if type(node) not in _PLAIN:
            raise Inexpressible(type(node).__name__)
    _check_names(own, tables)
    return own


def each(node: exp.Expr, rule: Rule) -> exp.Expr:
    """The tree with a rule applied to every node, leaves first."""
    for child in list(node.iter_expressions()):
        changed = each(child, rule)
        if changed is not child:
            child.replace(changed)
    return rule(node)


def _in_place(tree: exp.Expr) -> exp.Expr:
    """Names of values within a scalar (engine.runtime.formula.scope), each written where it is used."""
    while True:
        found = next((one for one in tree.find_all(exp.Subquery) if one.this.args.get("with_") is not None), None)
        if found is None:
            return tree
        select = found.this
        if select.args["with_"].args.get("recursive"):
            raise Inexpressible("recursive")
        values: dict[str, exp.Expr] = {}
        for table in select.args["with_"].expressions:
            values[table.alias] = _with_values(table.this.expressions[0].this, values)
        value = exp.Paren(this=_with_values(select.expressions[0], values))
        if sum(1 for _ in tree.walk()) + sum(1 for _ in value.walk()) > MOST_NODES:
            raise Inexpressible("long")
        found.replace(value)


def _with_values(node: exp.Expr, values: Mapping[str, exp.Expr]) -> exp.Expr:
    def rule(one: exp.Expr) -> exp.Expr:
        named = values.get(one.table) if isinstance(one, exp.Column) and one.name == "x" else None
        return one if named is None else exp.Paren(this=named.copy())

    return each(node.copy(), rule)


def _zones(tree: exp.Expr) -> exp.Expr:
    """Days of instants, and first days of buckets, as functions of our own: each engine has its words for them."""

    def rule(node: exp.Expr) -> exp.Expr:
        if not (isinstance(node, exp.Cast) and node.to.is_type("date") and isinstance(node.this, exp.Anonymous)):
            return node
        inner = node.this
        if inner.name == "timezone":
            zone, moment = inner.expressions
            return nodes.call(EPOCH_DAY, _local_day(moment.expressions[0], zone.name))
        if inner.name == "date_trunc":
            return nodes.call(TRUNCATED, inner.expressions[0], inner.expressions[1].this)
        return node

    return each(tree, rule)


def _local_day(seconds: exp.Expr, zone: str) -> exp.Expression:
    """Days since 1970 of whole seconds, by the clocks of a zone."""
    changes = offset_changes(zone)
    offset: exp.Expression = nodes.number(changes[0][1])
    if len(changes) > 1:
        branches = [
            (nodes.compare(exp.LT, _own(seconds), nodes.number(int(until.timestamp()))), nodes.number(before))
            for (_, before), (until, _) in pairwise(changes)
        ]
        offset = nodes.case(branches, nodes.number(changes[-1][1]))
    local = nodes.parens(exp.Add(this=nodes.parens(_own(seconds)), expression=nodes.parens(offset)))
    day = nodes.number(_DAY)
    rest = exp.Mod(this=local.copy(), expression=day.copy())
    above = exp.Paren(this=exp.Add(this=exp.Paren(this=rest), expression=day.copy()))
    whole = exp.Sub(this=local.copy(), expression=exp.Paren(this=exp.Mod(this=above, expression=day.copy())))
    return exp.Div(this=exp.Paren(this=whole), expression=day.copy(), typed=True, safe=False)


def _own(node: exp.Expr) -> exp.Expression:
    return exp.Paren(this=node.copy())


def _check_names(tree: exp.Expr, tables: Mapping[str, FactTable]) -> None:
    """Every table is one of the copy, every column one that it has there."""
    held: dict[str, frozenset[str] | None] = {}
    for one in tree.find_all(exp.Table):
        if one.name not in tables:
            raise Inexpressible(one.name)
        held[one.alias_or_name] = frozenset(tables[one.name].names)
    held |= {one.alias: None for one in tree.find_all(exp.Subquery) if one.alias}
    for column in tree.find_all(exp.Column):
        names = held.get(column.table, frozenset())
        if names is not None and column.name not in names:
            raise Inexpressible(f"{column.table}.{column.name}")
