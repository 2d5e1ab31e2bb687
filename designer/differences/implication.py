"""Implication: whether a right holds on no row on which another does not, as far as it can be known from their formulas.

What is found is true; what is not found may be true all the same, and is then told as a change.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from itertools import product

from engine.model.formula import Call, Formula, Items, Literal, Node, Reference, Variable
from engine.runtime.access.decisions import ALWAYS, NEVER, Always, Never, Right, Whole

Atom = Node
Conjunction = tuple[Atom, ...]
MOST = 128
"""Alternatives of a condition beyond which only equal ones are compared."""
WIDER = {"user.units": "user.subtree"}
"""Sets of the reader that stand inside of others: one's own units, and these with all below them."""
_BELOW, _ABOVE = frozenset({"lt", "le"}), frozenset({"gt", "ge"})


def implies(narrow: Right | Whole, wide: Right | Whole) -> bool:
    """Whether every row on which `narrow` holds is one on which `wide` does."""
    if isinstance(narrow, Whole) or isinstance(wide, Whole):
        return _whole_implies(narrow, wide)
    if narrow == NEVER or wide == ALWAYS:
        return True
    if isinstance(narrow, Always | Never) or isinstance(wide, Always | Never):
        return False
    alternatives = [one for formula in wide.formulas for one in _alternatives(formula)]
    return all(
        any(_covers(one, other) for other in alternatives)
        for formula in narrow.formulas
        for one in _alternatives(formula)
    )


def _whole_implies(narrow: Right | Whole, wide: Right | Whole) -> bool:
    if narrow == NEVER or wide == ALWAYS:
        return True
    if not isinstance(narrow, Whole) or not isinstance(wide, Whole):
        return False
    return narrow.relation == wide.relation and implies(narrow.access.rows, wide.access.rows)


@lru_cache(maxsize=4_000)
def _of_source(source: str, node: Node) -> tuple[Conjunction, ...]:
    found = _disjuncts(node, True)
    return found if len(found) <= MOST else ((node,),)


def _alternatives(formula: Formula) -> tuple[Conjunction, ...]:
    return _of_source(formula.source, formula.node)


def _disjuncts(node: Node, holds: bool) -> tuple[Conjunction, ...]:
    """The node, or where it does not hold its negation, as alternatives of which each is a conjunction."""
    if isinstance(node, Call) and node.function == "not":
        return _disjuncts(node.arguments[0], not holds)
    if isinstance(node, Call) and node.function in {"and", "or"}:
        parts = [_disjuncts(one, holds) for one in node.arguments]
        if (node.function == "or") is holds:
            return tuple(one for part in parts for one in part)
        size = 1
        for part in parts:
            size *= len(part)
        if size <= MOST:
            return tuple(tuple(atom for one in chosen for atom in one) for chosen in product(*parts))
    if isinstance(node, Literal) and isinstance(node.value, bool):
        return ((),) if node.value is holds else ()
    return ((node if holds else Call("not", (node,), node.type),),)


def _covers(narrow: Conjunction, wide: Conjunction) -> bool:
    return all(any(_atom_implies(one, other) for one in narrow) for other in wide)


def _atom_implies(one: Node, other: Node) -> bool:
    if alike(one, other):
        return True
    if not (isinstance(one, Call) and isinstance(other, Call)):
        return False
    if one.function == other.function == "not":
        return _atom_implies(other.arguments[0], one.arguments[0])
    if other.function == "not" or one.function == "not":
        return _excludes(one, other)
    if len(one.arguments) != 2 or len(other.arguments) != 2 or not alike(one.arguments[0], other.arguments[0]):
        return False
    left, right = one.arguments[1], other.arguments[1]
    if other.function == "in":
        return _within(one.function, left, right)
    return _bounded((one.function, left), (other.function, right))


def _excludes(one: Call, other: Call) -> bool:
    """`x = a` excludes `x in [b, c]`, and `x = b`."""
    if one.function == "not" or other.function != "not":
        return False
    refused = other.arguments[0]
    if not isinstance(refused, Call) or refused.function not in {"in", "eq"} or one.function not in {"in", "eq"}:
        return False
    mine, theirs = _values(one.arguments[1]), _values(refused.arguments[1])
    same_field = alike(one.arguments[0], refused.arguments[0])
    return same_field and mine is not None and theirs is not None and not mine & theirs


def _within(function: str, left: Node, right: Node) -> bool:
    if function not in {"in", "eq"}:
        return False
    if isinstance(left, Variable) and isinstance(right, Variable):
        return WIDER.get(left.name) == right.name
    mine, theirs = _values(left), _values(right)
    return mine is not None and theirs is not None and mine <= theirs


def _values(node: Node) -> frozenset[object] | None:
    """The constants that a node stands for; None where it is none."""
    if isinstance(node, Literal):
        return frozenset({node.value})
    if isinstance(node, Items) and all(isinstance(one, Literal) for one in node.items):
        return frozenset(one.value for one in node.items if isinstance(one, Literal))
    return None


def _bounded(one: tuple[str, Node], other: tuple[str, Node]) -> bool:
    """`x < 5` implies `x <= 7`; numbers are compared where they are written to one scale."""
    (mine, left), (theirs, right) = one, other
    if not (isinstance(left, Literal) and isinstance(right, Literal) and left.type == right.type):
        return False
    small, large = left.value, right.value
    if mine == "eq" and theirs in _BELOW | _ABOVE:
        strict = theirs in {"lt", "gt"}
        return _ordered(small, large, strict) if theirs in _BELOW else _ordered(large, small, strict)
    if mine in _BELOW and theirs in _BELOW:
        return _ordered(small, large, mine == "le" and theirs == "lt")
    if mine in _ABOVE and theirs in _ABOVE:
        return _ordered(large, small, mine == "ge" and theirs == "gt")
    return False


def _ordered(small: object, large: object, strict: bool) -> bool:
    if isinstance(small, int) and isinstance(large, int):
        return small < large if strict else small <= large
    if isinstance(small, date) and isinstance(large, date):
        return small < large if strict else small <= large
    return False


def alike(one: Node, other: Node) -> bool:
    """Whether two nodes say the same, wherever they stand in their texts."""
    match one, other:
        case Literal(), Literal():
            return type(one.value) is type(other.value) and one.value == other.value
        case Reference(), Reference():
            return one.path == other.path
        case Variable(), Variable():
            return one.name == other.name
        case Items(), Items():
            return _values(one) == _values(other) if _values(one) is not None else _all_alike(one.items, other.items)
        case Call(), Call():
            return one.function == other.function and _all_alike(one.arguments, other.arguments)
        case _:
            return one == other


def _all_alike(one: Iterable[Node], other: Iterable[Node]) -> bool:
    mine, theirs = tuple(one), tuple(other)
    return len(mine) == len(theirs) and all(map(alike, mine, theirs))
