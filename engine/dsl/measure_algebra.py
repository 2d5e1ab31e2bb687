"""The unit of a formula's value, from the units of what it reads; sums and comparisons of unlike units are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from engine.model.formula import Call, Literal, Money, Node, Reference
from engine.model.measure_units import PLAIN, MeasureUnit

UnitOf = Callable[[Reference], MeasureUnit | None]
"""The unit of what a formula names; None where it is not known, which fits every unit."""

_SAME = frozenset({"add", "subtract", "least", "greatest", "coalesce", "mod"})
_KEPT = frozenset({"round", "round_up", "round_down", "rescale", "align", "floor", "ceil", "negate", "abs"})
_COMPARED = frozenset({"eq", "ne", "lt", "le", "gt", "ge"})


@dataclass(frozen=True, slots=True)
class UnlikeUnits:
    """Two units that meet in a sum or comparison which starts at `start` of the formula's text."""

    start: int
    first: MeasureUnit
    second: MeasureUnit


@dataclass(slots=True)
class MeasureAlgebra:
    """Works out units of nodes; `clashes` collects what does not fit."""

    unit_of: UnitOf
    clashes: list[UnlikeUnits] = field(default_factory=list)

    def unit(self, node: Node | None) -> MeasureUnit | None:
        """The unit of a node's value, None where it is not known. A number that is written down takes any unit."""
        match node:
            case Reference():
                return self.unit_of(node)
            case Call():
                return self._call(node)
        return None

    def _call(self, node: Call) -> MeasureUnit | None:
        name, parts = node.function, node.arguments
        if name in _KEPT:
            return self.unit(parts[0])
        if name in _SAME:
            return self._alike(node, parts)
        if name == "multiply":
            return self._product(parts[0], parts[1])
        if name.startswith("divide_"):
            return self._quotient(parts[0], parts[1])
        if name in _COMPARED:
            self._alike(node, parts)
            return PLAIN
        if name in {"if", "case"}:
            return self._chosen(node)
        for one in parts:
            self.unit(one)
        return None

    def _chosen(self, node: Call) -> MeasureUnit | None:
        """The unit that all outcomes share; conditions are looked at for their own sake."""
        outcomes = list(_outcomes(node))
        for one in node.arguments:
            if one not in outcomes:
                self.unit(one)
        return self._alike(node, outcomes)

    def _alike(self, node: Call, parts: Sequence[Node]) -> MeasureUnit | None:
        known = [unit for one in parts if (unit := self.unit(one)) is not None]
        for other in known[1:]:
            if other != known[0]:
                self.clashes.append(UnlikeUnits(node.start, known[0], other))
                return None
        return known[0] if known else None

    def _product(self, one: Node, other: Node) -> MeasureUnit | None:
        first, second = self._factor(one), self._factor(other)
        return first * second if first is not None and second is not None else None

    def _quotient(self, one: Node, other: Node) -> MeasureUnit | None:
        first, second = self._factor(one), self._factor(other)
        return first / second if first is not None and second is not None else None

    def _factor(self, node: Node) -> MeasureUnit | None:
        """As a factor a number that is written down is a plain one."""
        if isinstance(node, Literal):
            return MeasureUnit.of(node.type.currency) if isinstance(node.type, Money) else PLAIN
        return self.unit(node)


def _outcomes(node: Call) -> Iterator[Node]:
    """The values among which `if` (condition, value, …, otherwise) and `case` (what, when, value, …, otherwise) choose."""
    *pairs, otherwise = node.arguments[1:] if node.function == "case" else node.arguments
    yield from pairs[1::2]
    yield otherwise
