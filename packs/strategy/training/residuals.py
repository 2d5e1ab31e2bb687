"""Residuals: what is left of treatment and outcome after all that was known, each line judged by what it did not teach."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy

from packs.strategy.training.calibration import sigmoid
from packs.strategy.training.effect_table import EffectTable, Numbers
from packs.strategy.training.forest import Growth, Options, grow
from packs.strategy.training.line import draw_line
from packs.strategy.training.matrix import Encoding, Flags, Floats

FOLDS = 5
SMALL, LARGE = Growth(0.05, 6, 60, 15, 1.0), Growth(0.05, 10, 120, 25, 1.0)
LARGE_FROM = 3_000


@dataclass(frozen=True, slots=True)
class Nuisance:
    """What is foretold of a column by the covariates: the answers to lines not learnt from, and by which learner."""

    answers: Floats
    learner: str


@dataclass(frozen=True, slots=True)
class Residuals:
    """What is left of the treatment and of the outcome, and how each was foretold."""

    treatment: Floats
    outcome: Floats
    of_treatment: Nuisance
    of_outcome: Nuisance


def folds_of(clusters: Numbers, seed: int) -> Numbers:
    """The fold of each line: all lines of a cluster are in one."""
    _, place = numpy.unique(clusters, return_inverse=True)
    order = numpy.random.RandomState(seed).permutation(int(place.max()) + 1)
    folds: Numbers = order[place] % FOLDS
    return folds


def residuals(table: EffectTable, seed: int) -> Residuals:
    """Treatment and outcome less what the covariates foretell of them."""
    folds = folds_of(table.clusters, seed)
    treatment = foretold(table, table.treatment, folds, Options(False, False, seed))
    outcome = foretold(table, table.outcome, folds, Options(True, False, seed))
    return Residuals(table.treatment - treatment.answers, table.outcome - outcome.answers, treatment, outcome)


def foretold(table: EffectTable, target: Floats, folds: Numbers, options: Options) -> Nuisance:
    """The best of boosted trees, a regression, and trees on what a regression leaves, on lines that none learnt from."""
    found: dict[str, Floats] = {name: numpy.empty(len(target)) for name in ("trees", "line", "both")}
    growth = LARGE if len(target) >= LARGE_FROM else SMALL
    for fold in range(FOLDS):
        held = folds == fold
        for name, answers in _answers(table, target, held, growth, options).items():
            found[name][held] = answers
    errors = {name: float(((target - answers) ** 2).mean()) for name, answers in found.items()}
    best = min(errors, key=lambda name: (errors[name], name))
    return Nuisance(found[best], best)


def _answers(table: EffectTable, target: Floats, held: Flags, growth: Growth, options: Options) -> dict[str, Floats]:
    learnt, asked, known = table.matrix[~held], table.matrix[held], target[~held]
    plain = Options(False, False, options.seed)
    line = draw_line(learnt, known, table.encoding, options)
    drawn = [sigmoid(line.raw(one)) if options.event else line.raw(one) for one in (learnt, asked)]
    rest = grow(learnt, known - drawn[0], table.encoding, growth, plain)
    trees = grow(learnt, known, table.encoding, growth, plain)
    return {"line": drawn[1], "both": drawn[1] + rest.raw(asked), "trees": trees.raw(asked)}


def with_column(table: EffectTable, cells: Floats) -> EffectTable:
    """The same table with one more number to compare by."""
    model = table.encoding.numbers[0] if table.encoding.numbers else table.encoding.categories[0].column
    added = replace(model, name="added", kind="number")
    encoding = Encoding(table.encoding.categories, (*table.encoding.numbers, added))
    return replace(table, matrix=numpy.column_stack([table.matrix, cells]), encoding=encoding)
