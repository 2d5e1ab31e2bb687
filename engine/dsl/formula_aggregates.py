"""The rules of aggregates: child rows, or the current rows of a metric, folded into one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lark import Token, Tree

from engine.dsl.formula_calls import WHOLE, decimals
from engine.dsl.formula_check import Branch, Check, end_of, start_of
from engine.dsl.formula_operators import check_numbers
from engine.model.formula import (
    Aggregate,
    Boolean,
    Choices,
    Date,
    Decimal,
    Duration,
    ListOf,
    Money,
    Node,
    Null,
    Type,
)
from engine.model.formula_functions import AGGREGATES, FUNCTIONS

_SPREAD_SCALE = 8
_ALSO_OF_ARGUMENTS = frozenset({"min", "max"})


def is_aggregate(check: Check, name: str, arguments: Sequence[Branch]) -> bool:
    """Whether a call folds rows: `min` and `max` do with one argument, and only where it names a collection."""
    if name not in AGGREGATES or (name in _ALSO_OF_ARGUMENTS and len(arguments) != 1):
        return False
    return name not in _ALSO_OF_ARGUMENTS or _over(check, arguments) is not None


def aggregate(check: Check, tree: Tree[Token], name: str, arguments: Sequence[Branch]) -> Node | None:
    """The node of an aggregate, its arguments checked on the rows that it folds."""
    over = _over(check, arguments)
    if over is None:
        check.refuse("F306", tree, name=name, example=FUNCTIONS[name].example)
        return None
    if check.inside:
        check.refuse("F310", tree, name=name)
        return None
    outer, check.inside = check.inside, over
    parts = check.nodes(arguments)
    check.inside = outer
    return None if parts is None else _folded(check, tree, name, _Folding.of(name, over, parts))


def _over(check: Check, arguments: Sequence[Branch]) -> tuple[str, ...] | None:
    """The collection that the arguments name; the current rows of a metric; None when there are none to fold."""
    for tree in arguments:
        for path in tree.find_data("path") if isinstance(tree, Tree) else ():
            words = tuple(str(one) for one in path.children)
            binding = check.environment.root(words[0])
            if binding is not None and binding.child:
                return words[:1]
    return () if check.environment.rows and check.inside is None else None


@dataclass(frozen=True, slots=True)
class _Folding:
    """The arguments of an aggregate by their part in it."""

    function: str
    over: tuple[str, ...]
    argument: Node | None
    condition: Node | None
    rest: Sequence[Node]

    @classmethod
    def of(cls, name: str, over: tuple[str, ...], parts: Sequence[Node]) -> _Folding:
        function = name.removesuffix("_if")
        if name in {"any", "all"}:
            return cls(function, over, None, parts[0], ())
        argument = parts[0] if parts and not isinstance(parts[0].type, ListOf) else None
        if name.endswith("_if"):
            return cls(function, over, argument, parts[1], parts[2:])
        return cls(function, over, argument, None, parts[1:])


def _folded(check: Check, tree: Tree[Token], name: str, folding: _Folding) -> Node | None:
    condition = folding.condition
    if condition is not None and not isinstance(condition.type, Boolean | Null):
        check.wrong(condition, Boolean())
        return None
    if folding.argument is None and folding.function not in {"any", "all", "count"}:
        check.refuse("F306", tree, name=name, example=FUNCTIONS[name].example)
        return None
    of = _type(check, folding)
    if of is None:
        return None
    order = folding.rest[0] if folding.function in {"first", "last"} else None
    start, end = start_of(tree), end_of(tree)
    return Aggregate(folding.function, folding.over, folding.argument, condition, of, start, end, order)


def _type(check: Check, folding: _Folding) -> Type | None:
    argument = folding.argument
    if folding.function in {"any", "all"}:
        return Boolean()
    if argument is None or folding.function in {"count", "count_distinct"}:
        return WHOLE
    if folding.function in {"first", "last"}:
        return argument.type if _ordered(check, folding.rest[0]) else None
    if folding.function in {"min", "max"}:
        return argument.type if _ordered(check, argument) else None
    if isinstance(argument.type, Duration) and folding.function == "sum":
        return argument.type
    return _number(check, folding, argument) if check_numbers(check, (argument,)) else None


def _ordered(check: Check, node: Node) -> bool:
    if isinstance(node.type, ListOf | Choices | Boolean):
        check.wrong(node, Date())
        return False
    return True


def _number(check: Check, folding: _Folding, argument: Node) -> Type | None:
    of = argument.type if isinstance(argument.type, Decimal | Money) else WHOLE
    if folding.function == "sum":
        return replace(of, precision=18)
    usual = max(4, of.scale) if folding.function == "avg" else _SPREAD_SCALE
    places = decimals(check, folding.rest[0] if folding.rest else None, usual)
    return None if places is None else replace(of, precision=18, scale=places)
