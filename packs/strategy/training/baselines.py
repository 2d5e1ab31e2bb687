"""Baselines: what one would say without the model, judged on the same held-out rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from engine.diagnostics import Message
from engine.model.trained import Heuristic, TrainingSettings
from packs.strategy.training.checks import Lesson
from packs.strategy.training.matrix import Flags, Floats, floats
from packs.strategy.training.measures import Places, event_metrics, number_metrics
from packs.strategy.training.refusals import refuse

SMOOTHING = 20.0
PARTS = 10


@dataclass(frozen=True, slots=True)
class Baseline:
    """A way to answer without the model, and its answers to the held-out rows."""

    name: str
    words: Message
    answers: Floats


def baselines(lesson: Lesson, matrix: Floats, settings: TrainingSettings, line: Floats | None) -> list[Baseline]:
    """The naive answer, the simplest rate of one's own rows, a published rule where one is named, and the plain line."""
    learnt, held = ~lesson.held_out, lesson.held_out
    mean = float(lesson.target[learnt].mean())
    naive = Message("所有行都答平均值", "The average, for every row")
    found = [Baseline("naive", naive, numpy.full(int(held.sum()), mean)), _simple_rate(lesson, matrix)]
    if settings.heuristic is not None:
        found.append(_published(lesson, settings.heuristic, settings.task == "event"))
    if line is not None:
        words = Message("逻辑回归评分卡" if settings.task == "event" else "线性回归", "A plain regression")
        found.append(Baseline("regression", words, line[held]))
    return found


def measured(lesson: Lesson, found: list[Baseline], settings: TrainingSettings) -> list[dict[str, object]]:
    """Their figures."""
    outcomes = lesson.target[lesson.held_out]
    metrics = event_metrics if settings.task == "event" else number_metrics
    return [
        {"name": one.name, "words": {"zh": one.words.zh, "en": one.words.en}, **metrics(one.answers, outcomes)}
        for one in found
    ]


def _simple_rate(lesson: Lesson, matrix: Floats) -> Baseline:
    """The rate of rows alike in the one column that tells most, as a person would work it out in a sheet."""
    learnt = ~lesson.held_out
    target, columns = lesson.target[learnt], lesson.encoding.columns
    parts = [_parts(matrix[:, at], learnt, columns[at].kind == "category") for at in range(len(columns))]
    rates = [_rates(one[learnt], target) for one in parts]
    errors = [float(((rate[one[learnt]] - target) ** 2).mean()) for rate, one in zip(rates, parts, strict=True)]
    best = int(numpy.argmin(errors))
    column = columns[best]
    words = Message(
        f"按“{column.label.text('zh') or column.name}”分段的历史平均",
        f"The past average by {column.label.text('en') or column.name}",
    )
    return Baseline("own_rate", words, rates[best][parts[best][lesson.held_out]])


def _parts(cells: Floats, learnt: Flags, category: bool) -> Places:
    """The part of each cell: its word, or its tenth; missing cells are a part of their own."""
    missing = numpy.isnan(cells)
    if category:
        found = numpy.where(missing, 0, cells + 1)
    else:
        known = cells[learnt & ~missing]
        edges = numpy.unique(numpy.percentile(known, numpy.linspace(0, 100, PARTS + 1)[1:-1])) if len(known) else known
        found = numpy.where(missing, 0, numpy.searchsorted(edges, cells, side="right") + 1)
    numbered: Places = found.astype(numpy.int64)
    return numbered


def _rates(parts: Places, target: Floats) -> Floats:
    """The mean of each part, drawn to that of all where rows are few; a part without rows has that of all."""
    most, mean = int(parts.max()) + 1, float(target.mean())
    sums, counts = numpy.bincount(parts, weights=target, minlength=most), numpy.bincount(parts, minlength=most)
    found: Floats = numpy.append((sums + SMOOTHING * mean) / (counts + SMOOTHING), numpy.full(256, mean))
    return found


def _published(lesson: Lesson, heuristic: Heuristic, event: bool) -> Baseline:
    """A rule of thumb: of an event the past rate on either side of its bound, of a number the column itself."""
    names = [column.name for column in lesson.table.columns]
    if heuristic.column not in names:
        raise refuse(
            "no_heuristic_column",
            f"经验法则所用的列 {heuristic.column} 不在特征里",
            f"The column {heuristic.column} of the rule of thumb is not among the features",
        )
    cells = floats(lesson.table.values[names.index(heuristic.column)])
    learnt, held = ~lesson.held_out, lesson.held_out
    mean = float(lesson.target[learnt].mean())
    if not event:
        words = Message(f"直接采用“{heuristic.column}”", f"{heuristic.column} as it is")
        return Baseline("heuristic", words, numpy.where(numpy.isnan(cells), mean, cells)[held])
    sides = (numpy.where(numpy.isnan(cells), -numpy.inf, cells) > heuristic.above).astype(numpy.int64)
    words = Message(
        f"经验法则:{heuristic.column} 大于 {heuristic.above:g}",
        f"Rule of thumb: {heuristic.column} above {heuristic.above:g}",
    )
    return Baseline("heuristic", words, _rates(sides[learnt], lesson.target[learnt])[sides[held]])
