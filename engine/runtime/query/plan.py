"""Plan: how a list finds the rows of a reader's scope. The choice never changes what is found, only the way there."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

from sqlglot import exp

from engine.model.formula import Aggregate, Call, Formula, Items, Node, Variable
from engine.runtime.access.decisions import Allow, When, Whole
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Dialect, Statement, compile_statement
from engine.runtime.query import nodes
from engine.runtime.storage.built_in import UNIT_TABLE
from engine.runtime.work import Work

FEW_UNITS = 8
LARGE_SHARE = 0.2
SCOPES = frozenset({"user.units", "user.subtree"})


class ScopePlan(StrEnum):
    """SEEK: by the index of the scope's units, then order. WALK: along the order's index, leaving out what is not in scope.

    SEEK costs as much as the scope has rows, WALK as much as a page has rows divided by the scope's share.
    """

    SEEK = "seek"
    WALK = "walk"


def choose_plan(work: Work, access: Allow) -> ScopePlan:
    """WALK where the reader's units are a large share of all units; PostgreSQL decides by its own statistics."""
    if work.session.dialect != "sqlite":
        return ScopePlan.SEEK
    largest = max((len(work.context.scopes.get(name, ())) for name in _scopes_of(access)), default=0)
    if largest < FEW_UNITS:
        return ScopePlan.SEEK
    units = work.read_once("number of units", _units)
    return ScopePlan.WALK if largest >= units * LARGE_SHARE else ScopePlan.SEEK


def _units(session: Session) -> int:
    row = session.row(_count_of_units(session.dialect))
    return row[0] if row and isinstance(row[0], int) else 0


def as_walk(condition: exp.Expression) -> exp.Expression:
    """The same condition in a form from which no index is picked."""
    return exp.Coalesce(this=nodes.parens(condition), expressions=[exp.false()])


def _scopes_of(access: Allow) -> frozenset[str]:
    match access.rows:
        case When(formulas):
            return frozenset(name for formula in formulas for name in variables_of(formula)) & SCOPES
        case Whole(_, whole):
            return _scopes_of(whole)
        case _:
            return frozenset()


@lru_cache(maxsize=4_000)
def variables_of(formula: Formula) -> frozenset[str]:
    """The request's variables that a formula reads."""
    return frozenset(node.name for node in _walk(formula.node) if isinstance(node, Variable))


def _walk(node: Node | None) -> Iterator[Node]:
    if node is None:
        return
    yield node
    children: tuple[Node | None, ...] = ()
    match node:
        case Call():
            children = node.arguments
        case Items():
            children = node.items
        case Aggregate():
            children = (node.argument, node.condition, node.order)
    for child in children:
        yield from _walk(child)


@lru_cache(maxsize=4)
def _count_of_units(dialect: Dialect) -> Statement:
    tree = exp.Select(expressions=[exp.Count(this=exp.Star())])
    tree.set("from_", exp.From(this=nodes.table(UNIT_TABLE, "u")))
    return compile_statement(tree, dialect)
