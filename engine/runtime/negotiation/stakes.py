"""Stakes: all that packages are worked out from, read once; kept with a decision, it gives the same packages for ever."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.runtime.modeling.scoring import Cell, number_words
from engine.runtime.negotiation.deals import Sums
from engine.runtime.negotiation.packages import RowEvidence
from engine.runtime.negotiation.similar import JudgedRow

NOT_KNOWN = Message("—", "—")


@dataclass(frozen=True, slots=True)
class LeverStake:
    """A lever of a deal: where it stands, how far it may go, what history has seen, and which features it is."""

    key: str
    label: Message
    unit: Message
    kind: str
    part: str
    generous: int
    now: float
    limit: float
    locked: bool
    low: float
    high: float
    steps: tuple[float, ...]
    most: int
    scale: float
    places: int
    usual: float | None
    win: str
    late: str

    def gives(self, value: float) -> float:
        """How much more than now a value gives the customer; negative where it asks for more."""
        return (value - self.now) * self.generous

    def allows(self, value: float) -> bool:
        return (value - self.limit) * self.generous <= 1e-9


@dataclass(frozen=True, slots=True)
class CellWords:
    """What people call a value of a category."""

    column: str
    cell: str
    label: Message


@dataclass(frozen=True, slots=True)
class ModelStake:
    """A version that answers, by hash, and the line of features of the deal as it stands; `amount` is the feature that is
    the sum to be paid, `row` the row whose features they are, `words` what its categories and usual ones are called,
    `shares` the features that are said as percentages."""

    model: str
    version: int
    sha256: str
    line: tuple[Cell, ...]
    amount: str
    row: RowEvidence
    words: tuple[CellWords, ...] = ()
    shares: tuple[str, ...] = ()

    def said(self, column: str, cell: Cell) -> Message:
        """A value of a feature as people say it: a choice by its label, a share as a percentage."""
        if isinstance(cell, str) and cell:
            return next(
                (one.label for one in self.words if (one.column, one.cell) == (column, cell)), Message(cell, cell)
            )
        if not isinstance(cell, int | float) or math.isnan(cell):
            return NOT_KNOWN
        plain = f"{number_words(round(cell * 100, 2))}%" if column in self.shares else number_words(cell)
        return Message(plain, plain)


@dataclass(frozen=True, slots=True)
class EffectStake:
    """What a point of discount does to the probability, in percentage points, from `low` to `high`; None: not known."""

    state: str
    per_point: float | None
    low: float | None
    high: float | None
    n: int
    words: Message
    overlap: Message

    @property
    def known(self) -> bool:
        return self.state == "known" and self.per_point is not None


@dataclass(frozen=True, slots=True)
class SupportStake:
    """Terms that history has, standardised, and how far from them one may be."""

    terms: tuple[tuple[float, ...], ...]
    scales: tuple[float, ...]
    reach: float


@dataclass(frozen=True, slots=True)
class Stakes:
    """The whole: see the parts."""

    levers: tuple[LeverStake, ...]
    sums: Sums
    late_days: int
    win: ModelStake | None
    late: ModelStake | None
    effect: EffectStake
    support: SupportStake
    similar: tuple[JudgedRow, ...]
    asks: tuple[Message, ...]

    @property
    def now(self) -> tuple[float, ...]:
        return tuple(one.now for one in self.levers)

    def place(self, part: str) -> int | None:
        """The place of the lever that is a part of the money; None where none is."""
        return next((at for at, one in enumerate(self.levers) if one.part == part), None)
