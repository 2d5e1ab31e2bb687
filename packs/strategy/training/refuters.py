"""Refuters: small trials that a true effect passes. That one passes proves nothing: a cause nobody recorded passes them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy

from packs.strategy.training.effect_table import EffectTable
from packs.strategy.training.forest import Options
from packs.strategy.training.matrix import Floats
from packs.strategy.training.partial import Slope, robustness, slope_of
from packs.strategy.training.residuals import Residuals, folds_of, foretold, residuals, with_column

Grade = Literal["sound", "careful", "unusable"]
LEVEL = 0.99
"""A refuter speaks against an effect where chance alone would do so once in a hundred times."""
FEWEST_LATER = 100
ROBUST = 0.03
"""Below this share of what is left, a small cause that nobody recorded would undo the effect."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a refuter found: `effect` says that this is an effect's own figure, which is never told when effects are not."""

    name: str
    grade: Grade
    figures: dict[str, float]
    effect: bool = False

    def as_data(self, told: bool) -> dict[str, object]:
        figures = self.figures if told or not self.effect else {}
        return {"name": self.name, "grade": self.grade, "figures": figures}


def trials(table: EffectTable, found: Residuals, slope: Slope, seed: int) -> list[Trial]:
    """All refuters of an effect over all rows."""
    made = [placebo(table, found, seed), random_cause(table, slope, seed), halves(table, found, seed)]
    later = lead(table, found, seed)
    return [*made, *([later] if later else []), robust(slope)]


def placebo(table: EffectTable, found: Residuals, seed: int) -> Trial:
    """Treatments dealt out anew by lot: they can have done nothing."""
    order = numpy.random.RandomState(seed + 1).permutation(len(table.treatment))
    drawn = table.treatment[order]
    guessed = foretold(table, drawn, folds_of(table.clusters, seed), Options(False, False, seed))
    slope = slope_of(drawn - guessed.answers, found.outcome, table.clusters)
    low, high = slope.interval(LEVEL)
    grade: Grade = "sound" if low <= 0 <= high else "unusable"
    return Trial("placebo", grade, {"value": slope.value, "error": slope.error})


def random_cause(table: EffectTable, slope: Slope, seed: int) -> Trial:
    """A number drawn by lot beside the covariates: nothing may change by it."""
    noise = numpy.random.RandomState(seed + 2).standard_normal(len(table.treatment))
    again = residuals(with_column(table, noise), seed)
    other = slope_of(again.treatment, again.outcome, table.clusters)
    moved = other.value - slope.value
    grade: Grade = "sound" if abs(moved) <= slope.error else "careful"
    return Trial("random_cause", grade, {"value": other.value, "moved": moved}, effect=True)


def halves(table: EffectTable, found: Residuals, seed: int) -> Trial:
    """Half the clusters, and the other half: both must say about the same."""
    first = folds_of(table.clusters, seed + 3) % 2 == 0
    one, other = (
        slope_of(found.treatment[part], found.outcome[part], table.clusters[part]) for part in (first, ~first)
    )
    apart = abs(one.value - other.value) / float(numpy.hypot(one.error, other.error))
    grade: Grade = "sound" if apart <= 2.6 else "careful"
    return Trial("halves", grade, {"one": one.value, "other": other.value}, effect=True)


def lead(table: EffectTable, found: Residuals, seed: int) -> Trial | None:
    """What the same customer was given the next time, with this time's treatment known: it cannot have worked backwards."""
    later = _later(table)
    known = ~numpy.isnan(later)
    if int(known.sum()) < FEWEST_LATER:
        return None
    part = replace(
        with_column(table, table.treatment),
        treatment=later,
    )
    chosen = _lines(part, known)
    guessed = foretold(chosen, later[known], folds_of(chosen.clusters, seed), Options(False, False, seed))
    options = Options(True, False, seed)
    outcome = foretold(chosen, table.outcome[known], folds_of(chosen.clusters, seed), options)
    left = table.outcome[known] - outcome.answers
    slope = slope_of(later[known] - guessed.answers, left, chosen.clusters)
    low, high = slope.interval(LEVEL)
    grade: Grade = "sound" if low <= 0 <= high else "careful"
    return Trial("lead", grade, {"value": slope.value, "error": slope.error, "rows": float(known.sum())})


def robust(slope: Slope) -> Trial:
    """How strong a cause that nobody recorded would have to be."""
    share = robustness(slope)
    return Trial("robustness", "sound" if share >= ROBUST else "careful", {"share": share}, effect=True)


def graded(made: Sequence[Trial]) -> Grade:
    """The worst of what refuters found."""
    grades = {one.grade for one in made}
    return "unusable" if "unusable" in grades else "careful" if "careful" in grades else "sound"


def _later(table: EffectTable) -> Floats:
    """The treatment of each line's cluster at the next line in time, NaN where there is none."""
    order = sorted(range(len(table.clusters)), key=lambda at: (int(table.clusters[at]), table.table.at[at], at))
    later = numpy.full(len(order), numpy.nan)
    for one, following in pairwise(order):
        if table.clusters[one] == table.clusters[following]:
            later[one] = table.treatment[following]
    return later


def _lines(table: EffectTable, chosen: numpy.ndarray[tuple[int], numpy.dtype[numpy.bool_]]) -> EffectTable:
    return replace(
        table,
        matrix=table.matrix[chosen],
        treatment=table.treatment[chosen],
        outcome=table.outcome[chosen],
        clusters=table.clusters[chosen],
    )
