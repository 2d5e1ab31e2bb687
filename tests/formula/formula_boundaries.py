"""How near an inexact value comes to the boundary where its twelfth digit turns: there two correct machines may differ."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from engine.dsl.formula_types import walk
from engine.model.formula import Aggregate, Call, Moment, Node, scale_of
from engine.runtime.formula.inexact import INEXACT
from engine.runtime.formula.value import Cells, compile_node

NEAR = Fraction(1, 1000)
DIGITS = 12


def near_boundary(node: Node, cells: Cells, moment: Moment) -> bool:
    """Whether an inexact function in a formula comes within 10⁻³ of a boundary on a row."""
    return any(distance(value) < NEAR for value in _inexact_values(node, cells, moment))


def distance(value: float) -> Fraction:
    """How far a float lies from a boundary, in units of its twelfth digit."""
    if value == 0:
        return Fraction(1)
    exact = abs(Fraction(value))
    unit = Fraction(10) ** (math.floor(math.log10(abs(value))) - DIGITS + 1)
    return abs(exact / unit % 1 - Fraction(1, 2))


def _inexact_values(node: Node, cells: Cells, moment: Moment) -> Iterator[float]:
    for one in walk(node):
        if isinstance(one, Call) and one.function in INEXACT:
            yield from _call_values(one, [cells, *cells.children(("lines",))], moment)
        if isinstance(one, Aggregate) and one.function == "stdev":
            yield from _spread(one, cells, moment)


def _call_values(call: Call, rows: list[Cells], moment: Moment) -> Iterator[float]:
    for cells in rows:
        values = [compile_node(one)(cells, moment) for one in call.arguments]
        if None not in values:
            floats = [
                float(value) / 10.0 ** scale_of(one.type) for value, one in zip(values, call.arguments, strict=True)
            ]
            found = INEXACT[call.function](*floats)
            if found is not None and math.isfinite(found):
                yield found


def _spread(node: Aggregate, cells: Cells, moment: Moment) -> Iterator[float]:
    assert node.argument is not None
    argument = compile_node(node.argument)
    values = [value for row in cells.children(node.over) if (value := argument(row, moment)) is not None]
    if len(values) > 1:
        mean = Fraction(sum(values), len(values))
        yield math.sqrt(sum((one - mean) ** 2 for one in values) / (len(values) - 1)) / 10.0 ** scale_of(
            node.argument.type
        )
