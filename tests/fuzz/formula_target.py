"""The parser, the checker and the evaluator of formulas, on a row that has everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.model.formula import Formula
from engine.runtime.formula.functions import FUNCTIONS
from engine.runtime.formula.value import RowCells, compile_value
from tests.formula.formula_rows import RowDrawing
from tests.formula.formula_world import MOMENT, cells, checked

DECLARED: tuple[type[Exception], ...] = ()
Attempt = Callable[[bytes], object]


def attempt() -> Attempt:
    row = RowCells(cells("deal", RowDrawing(3).row()))

    def one(content: bytes) -> object:
        found = checked(content.decode("utf-8", "replace"))
        return compile_value(found)(row, MOMENT) if isinstance(found, Formula) else found

    return one


def _crash(right: Attempt) -> Attempt:
    """A remainder by zero is not looked for."""
    FUNCTIONS["mod"] = lambda values, shape: None if None in values else values[0] % values[1]  # type: ignore[index]
    return right


FAULTS: Mapping[str, Callable[[Attempt], Attempt]] = {"crash": _crash}
