"""Partial effects: the slope between two residuals with the doubt of its clusters, and slopes of cells drawn together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy

from packs.strategy.training.effect_table import Numbers
from packs.strategy.training.matrix import Floats

FEWEST_SHRUNK = 4
"""Cells from which how far they truly differ can be estimated at all."""


@dataclass(frozen=True, slots=True)
class Slope:
    """How much outcome one whole unit of treatment brings; `error` its standard error, `spread` of the residual treatment."""

    value: float
    error: float
    rows: int
    clusters: int
    spread: float

    def interval(self, level: float) -> tuple[float, float]:
        reach = students(level, max(self.clusters - 1, 1)) * self.error
        return self.value - reach, self.value + reach


def slope_of(treatment: Floats, outcome: Floats, clusters: Numbers) -> Slope:
    """The slope of the outcome's residual on the treatment's, each about its own mean; errors robust to clusters."""
    moved, found = treatment - treatment.mean(), outcome - outcome.mean()
    square = float(moved @ moved)
    _, place = numpy.unique(clusters, return_inverse=True)
    groups = int(place.max()) + 1
    spread = float(moved.std())
    if square <= 0 or groups < 2:
        return Slope(0.0, float("inf"), len(moved), groups, spread)
    value = float(moved @ found) / square
    scores = numpy.bincount(place, weights=moved * (found - value * moved))
    small = groups / (groups - 1) * (len(moved) - 1) / max(len(moved) - 2, 1)
    error = float(numpy.sqrt(small * (scores @ scores))) / square
    return Slope(value, error, len(moved), groups, spread)


def drawn_together(slopes: Sequence[Slope]) -> list[Slope]:
    """Each slope shrunk to what all cells say together, the more the less it knows by itself (empirical Bayes).

    The doubt that is left holds that of the common value and of how far cells differ (Morris 1983).
    """
    count = len(slopes)
    if count < FEWEST_SHRUNK:
        return list(slopes)
    values = numpy.array([one.value for one in slopes])
    squares = numpy.array([one.error for one in slopes]) ** 2
    between = _between(values, squares)
    weights = 1 / (squares + between)
    middle = float(weights @ values / weights.sum())
    drawn = (count - 3) / (count - 1) * squares / (squares + between)
    centre = (1 - drawn) * values + drawn * middle
    doubt = squares * (1 - drawn * (count - 1) / count) + 2 / (count - 3) * drawn**2 * (values - middle) ** 2
    return [
        Slope(float(value), float(numpy.sqrt(error)), one.rows, one.clusters, one.spread)
        for value, error, one in zip(centre, doubt, slopes, strict=True)
    ]


def _between(values: Floats, squares: Floats) -> float:
    """The variance of true slopes between cells (DerSimonian and Laird)."""
    weights = 1 / squares
    middle = weights @ values / weights.sum()
    excess = weights @ (values - middle) ** 2 - (len(values) - 1)
    found = float(excess / (weights.sum() - weights @ weights / weights.sum()))
    return found if found > 0 else 0.0


def robustness(slope: Slope) -> float:
    """The share of what is left of both that a cause nobody recorded would have to explain to take the slope to nothing
    (Cinelli and Hazlett 2020)."""
    square = (slope.value / slope.error) ** 2 / max(slope.rows - 2, 1)
    return 0.5 * (sqrt(square * square + 4 * square) - square)


def students(level: float, freedom: int) -> float:
    """The quantile of Student's t that holds `level` about its middle (Cornish and Fisher, two terms)."""
    normal = NormalDist().inv_cdf(0.5 + level / 2)
    cube, fifth = normal * normal * normal, normal * normal * normal * normal * normal
    return normal + (cube + normal) / (4 * freedom) + (5 * fifth + 16 * cube + 3 * normal) / (96 * freedom * freedom)
