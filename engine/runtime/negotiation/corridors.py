"""Corridors: where the terms of similar deals lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from engine.runtime.negotiation.history_matrix import HistoryMatrix, Integers


@dataclass(frozen=True, slots=True)
class Corridor:
    """The tenth, middle and ninetieth part of a term among `n` rows; None where none is known."""

    low: float | None
    middle: float | None
    high: float | None
    n: int


def corridors(matrix: HistoryMatrix, places: Integers) -> tuple[Corridor, ...]:
    """A corridor for each lever, of the rows at these places."""
    return tuple(_corridor(matrix, places, lever) for lever in range(matrix.terms.shape[1]))


def _corridor(matrix: HistoryMatrix, places: Integers, lever: int) -> Corridor:
    values = matrix.terms[places, lever]
    known = values[~numpy.isnan(values)]
    if not len(known):
        return Corridor(None, None, None, 0)
    low, middle, high = (float(one) for one in numpy.quantile(known, (0.1, 0.5, 0.9)))
    return Corridor(low, middle, high, len(known))
