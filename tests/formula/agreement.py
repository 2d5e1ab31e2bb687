"""One value everywhere: random formulas on random rows in all back ends, batch by batch, and what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from engine.model.formula import Formula, Moment
from engine.runtime.formula.value import RowCells, compile_value
from tests.formula.formula_boundaries import near_boundary
from tests.formula.formula_browser import RUNTIME, javascript_values
from tests.formula.formula_databases import Rows, postgres_values, sqlite_values
from tests.formula.formula_drawing import Drawing, functions_of
from tests.formula.formula_rows import RowDrawing
from tests.formula.formula_world import cells, checked, shown

BATCH, ROWS = 96, 10
"""Formulas and rows of a batch, which share a moment."""


@dataclass(frozen=True)
class Difference:
    """A value that one back end has and Python has not."""

    where: str
    formula: str
    row: Mapping[str, object]
    moment: Moment
    value: object
    wanted: object

    def __str__(self) -> str:
        return f"{self.formula} is {self.value!r} in {self.where}, not {self.wanted!r}, on {self.row} in {self.moment.zone} at {self.moment.now}"


@dataclass
class Agreement:
    """What was compared. `near` are differences within 10⁻³ of a rounding boundary, which are counted apart."""

    pairs: int = 0
    differences: list[Difference] = field(default_factory=list)
    near: list[Difference] = field(default_factory=list)
    valued: set[str] = field(default_factory=set)
    """Functions that stood in a formula that was not empty."""
    refused: list[str] = field(default_factory=list)
    """Drawn formulas that the checker refuses: the grammar draws none."""


@dataclass(frozen=True)
class Backends:
    """Where formulas are worked out besides Python: the address of a server, a folder for JavaScript and its text."""

    sqlite: bool = True
    postgres: str | None = None
    folder: Path | None = None
    runtime: str = RUNTIME


@dataclass(frozen=True)
class Batch:
    """Formulas, rows and the moment they are worked out at."""

    formulas: Sequence[Formula]
    rows: Sequence[Mapping[str, object]]
    moment: Moment
    refused: Sequence[str] = ()

    def wanted(self) -> list[list[object]]:
        """The values in Python, by formula and row."""
        held = [RowCells(cells("deal", row)) for row in self.rows]
        return [[self._value(one, row) for row in held] for one in self.formulas]

    def _value(self, one: Formula, row: RowCells) -> object:
        try:
            return shown(compile_value(one)(row, self.moment), one.type)
        except (ArithmeticError, ValueError, TypeError, AttributeError) as error:
            return f"{type(error).__name__}: {error}"

    def found(self, backends: Backends) -> dict[str, list[list[object]]]:
        """The values in every other back end."""
        made = Rows()
        ids = [made.add("deal", cells("deal", row)) for row in self.rows]
        tables = {"sqlite": sqlite_values(made, self.formulas, self.moment)} if backends.sqlite else {}
        if backends.postgres is not None:
            tables["postgres"] = postgres_values(backends.postgres, made, self.formulas, self.moment)
        found = {name: [[one[record] for record in ids] for one in values] for name, values in tables.items()}
        if backends.folder is not None:
            asked = [(one, row) for one in self.formulas for row in self.rows]
            values = javascript_values(asked, backends.folder, self.moment, backends.runtime)
            width = len(self.rows)
            found["javascript"] = [values[at : at + width] for at in range(0, len(values), width)]
        return found


def batches(seed: int, rows: int = ROWS) -> Iterator[Batch]:
    """Batches without end."""
    drawn, row_drawing = Drawing(seed).formulas(), RowDrawing(seed)
    while True:
        found = {text: checked(text) for text in islice(drawn, BATCH)}
        formulas = [one for one in found.values() if isinstance(one, Formula)]
        refused = [text for text, one in found.items() if not isinstance(one, Formula)]
        yield Batch(formulas, [row_drawing.row() for _ in range(rows)], row_drawing.moment(), refused)


def compared(
    seed: int, pairs: int, backends: Backends, rows: int = ROWS, told: Callable[[Agreement], None] | None = None
) -> Agreement:
    """At least so many pairs of a formula and a row, compared in all back ends; `told` after every batch."""
    agreement, drawn = Agreement(), batches(seed, rows)
    while agreement.pairs < pairs:
        compare(next(drawn), backends, agreement)
        if told is not None:
            told(agreement)
    return agreement


def found_after(seed: int, most: int, backends: Backends) -> int | None:
    """How many pairs it takes to find a difference; None when so many show none."""
    agreement, drawn = Agreement(), batches(seed)
    while agreement.pairs < most and not agreement.differences:
        compare(next(drawn), backends, agreement)
    return agreement.pairs if agreement.differences else None


def compare(batch: Batch, backends: Backends, agreement: Agreement) -> None:
    """Adds what a batch shows to what is known."""
    wanted = batch.wanted()
    agreement.refused += batch.refused
    agreement.pairs += len(batch.formulas) * len(batch.rows)
    for one, values in zip(batch.formulas, wanted, strict=True):
        if any(value is not None for value in values):
            agreement.valued |= functions_of(one.source)
    for where, found in batch.found(backends).items():
        for at, (mine, theirs) in enumerate(zip(wanted, found, strict=True)):
            for row, (want, value) in enumerate(zip(mine, theirs, strict=True)):
                if want != value:
                    _note(agreement, batch, (at, row), (where, value, want))


def _note(agreement: Agreement, batch: Batch, at: tuple[int, int], seen: tuple[str, object, object]) -> None:
    one, row = batch.formulas[at[0]], batch.rows[at[1]]
    where, value, wanted = seen
    near = near_boundary(one.node, RowCells(cells("deal", row)), batch.moment)
    (agreement.near if near else agreement.differences).append(
        Difference(where, one.source, row, batch.moment, value, wanted)
    )
