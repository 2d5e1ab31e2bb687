"""The effect of a treatment on an event: residual on residual, doubted by clusters, told by cells, and hidden where it is absurd."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version

import numpy
from threadpoolctl import threadpool_limits

from engine.model.trained import EffectQuestion, TrainingOrder, TrainingStage
from packs.strategy.training.effect_table import EffectTable, Numbers, effect_table
from packs.strategy.training.matrix import Floats, in_time_order
from packs.strategy.training.partial import Slope, drawn_together, slope_of
from packs.strategy.training.refusals import refuse
from packs.strategy.training.refuters import Grade, Trial, graded, trials
from packs.strategy.training.residuals import Residuals, residuals
from packs.strategy.training.trainer import data_hash

FORMAT = 1
FEWEST_CLUSTERS = 8
"""Clusters under which a cell's doubt is itself not known."""
LEAST_SPREAD = 0.3
"""Steps of treatment that must be left after the covariates, or there is nothing comparable to compare."""
MOST_EXPLAINED = 0.95
MOST_MISSING = 0.2
"""Share of treated rows that may lack a recorded reason before the answer asks for care."""
LIBRARIES = ("scikit-learn", "numpy")
Tell = Callable[[TrainingStage, float], None]


@dataclass(frozen=True, slots=True)
class Cell:
    """Rows that are answered for by themselves, and their slope; None where they are too few."""

    where: tuple[tuple[str, str], ...]
    lines: Numbers
    slope: Slope | None


class StrategyEffects:
    """Satisfies engine.extensions.EffectEstimator: cross-fitted partialling-out for an outcome of yes or no."""

    name = "strategy"

    def estimate(self, order: TrainingOrder, tell: Tell) -> dict[str, object]:
        with threadpool_limits(1, "openmp"), threadpool_limits(1, "blas"):
            return self._estimate(order, tell)

    def _estimate(self, order: TrainingOrder, tell: Tell) -> dict[str, object]:
        question, seed = order.settings.effect, order.settings.seed
        if question is None or question.step <= 0:
            raise refuse(
                "no_question", "没有说明要估计哪一列的作用", "It is not said which column's effect is asked for"
            )
        tell(TrainingStage.CHECKING, 0.0)
        table = effect_table(in_time_order(order.table), question)
        tell(TrainingStage.LEARNING, 0.05)
        found = residuals(table, seed)
        tell(TrainingStage.CALIBRATING, 0.45)
        whole = slope_of(found.treatment, found.outcome, table.clusters)
        cells = [cell for names in _levels(question) for cell in _cells(table, found, names)]
        tell(TrainingStage.COMPARING, 0.5)
        made = trials(table, found, whole, seed)
        tell(TrainingStage.JUDGING, 0.95)
        return _card(order, table, found, Judged(whole, cells, made))


@dataclass(frozen=True, slots=True)
class Judged:
    """An effect over all rows, its cells, and what refuters say."""

    whole: Slope
    cells: Sequence[Cell]
    trials: Sequence[Trial]


def _levels(question: EffectQuestion) -> list[tuple[str, ...]]:
    """What is answered for by itself: values of the first category, and of all together."""
    return [question.by[:count] for count in sorted({1, len(question.by)})] if question.by else []


def _cells(table: EffectTable, found: Residuals, names: tuple[str, ...]) -> list[Cell]:
    """The cells of a level, those with enough rows drawn together."""
    columns = [table.column(name) for name in names]
    lines: dict[tuple[str, ...], list[int]] = {}
    for at, values in enumerate(zip(*columns, strict=True)):
        if all(isinstance(value, str) and value for value in values):
            lines.setdefault(tuple(map(str, values)), []).append(at)
    made = []
    for values, rows in sorted(lines.items()):
        chosen = numpy.array(rows)
        slope = slope_of(found.treatment[chosen], found.outcome[chosen], table.clusters[chosen])
        enough = len(rows) >= table.question.fewest and slope.clusters >= FEWEST_CLUSTERS and slope.error > 0
        wide = slope.spread / table.question.step >= LEAST_SPREAD
        made.append(Cell(tuple(zip(names, values, strict=True)), chosen, slope if enough and wide else None))
    drawn = iter(drawn_together([one.slope for one in made if one.slope is not None]))
    return [Cell(one.where, one.lines, next(drawn) if one.slope is not None else None) for one in made]


def _card(order: TrainingOrder, table: EffectTable, found: Residuals, judged: Judged) -> dict[str, object]:
    """What may be said of an effect. Where it may not be, no number of it is on the card."""
    question, settings = table.question, order.settings
    overlap, reasons = _overlap(table, found), _reasons(table)
    alarm = judged.whole.value < 0
    grade = _grade(judged, overlap, reasons)
    told = not alarm and grade != "unusable"
    times = table.table.at
    return {
        "format": FORMAT,
        "name": order.name,
        "task": "effect",
        "question": asdict(question) | {"by": list(question.by)},
        "interval": settings.interval,
        "learner": {"treatment": found.of_treatment.learner, "outcome": found.of_outcome.learner},
        "rows": {
            "learnt": len(times),
            "clusters": judged.whole.clusters,
            "learnt_from": times[0].isoformat(),
            "learnt_to": times[-1].isoformat(),
            "outcome_share": float(table.outcome.mean()),
            "treatment_mean": float(table.treatment.mean()),
        },
        "state": "sign_alarm" if alarm else "known" if told else "unusable",
        "grade": grade,
        **_said(judged.whole, question, settings.interval, told),
        "overlap": overlap,
        "reasons": reasons,
        "trials": [one.as_data(told) for one in judged.trials],
        "cells": [_cell(one, table, settings.interval, told) for one in judged.cells],
        "covariates": [column.name for column in table.encoding.columns],
        "data_sha256": data_hash(table.table),
        "versions": {name: version(name) for name in LIBRARIES},
    }


def _grade(judged: Judged, overlap: dict[str, object], reasons: dict[str, object]) -> Grade:
    """Sound, careful, or unusable: of refuters, overlap, recorded reasons, and whether nothing at all is in the interval."""
    if judged.whole.value < 0 or overlap["thin"]:
        return "unusable"
    worst = graded(judged.trials)
    missing = reasons["missing_share"]
    unrecorded = missing is None or float(str(missing)) > MOST_MISSING
    unsure = judged.whole.interval(0.9)[0] <= 0
    return "careful" if worst == "sound" and (unrecorded or unsure) else worst


def _said(slope: Slope, question: EffectQuestion, level: float, told: bool) -> dict[str, object]:
    """Value and interval of one step more, None where they are not to be told."""
    if not told:
        return {"value": None, "low": None, "high": None}
    low, high = slope.interval(level)
    return {"value": slope.value * question.step, "low": low * question.step, "high": high * question.step}


def _cell(cell: Cell, table: EffectTable, level: float, told: bool) -> dict[str, object]:
    where, chosen = dict(cell.where), cell.lines
    counted = {
        "where": where,
        "n": len(chosen),
        "clusters": len(numpy.unique(table.clusters[chosen])),
        "spread": None if cell.slope is None else cell.slope.spread / table.question.step,
    }
    if cell.slope is None:
        return {**counted, "state": "too_few", "value": None, "low": None, "high": None}
    if told and cell.slope.value < 0:
        return {**counted, "state": "sign_alarm", "value": None, "low": None, "high": None}
    said = _said(cell.slope, table.question, level, told)
    return {**counted, "state": "known" if told else "unusable", **said}


def _overlap(table: EffectTable, found: Residuals) -> dict[str, object]:
    """How much treatments differ among rows that are alike: in steps, and as the share that the covariates explain."""
    spread = float(found.treatment.std()) / table.question.step
    whole: Floats = table.treatment - table.treatment.mean()
    explained = max(0.0, 1 - float(found.treatment @ found.treatment) / float(whole @ whole))
    thin = spread < LEAST_SPREAD or explained > MOST_EXPLAINED
    return {"spread": spread, "explained": explained, "thin": thin}


def _reasons(table: EffectTable) -> dict[str, object]:
    """How many treated rows lack a recorded reason; None where no reasons are recorded at all."""
    name = table.question.reason
    treated = table.treatment > 0
    if not name or not treated.any():
        return {"column": name, "treated": int(treated.sum()), "missing_share": None}
    empty = numpy.array([cell in (None, "") for cell in table.column(name)])
    return {"column": name, "treated": int(treated.sum()), "missing_share": float(empty[treated].mean())}
