"""Learning: which learner is best on rows that come after those it learnt from, and its scores of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy

from engine.model.trained import Learner, TrainingSettings
from packs.strategy.training.calibration import sigmoid
from packs.strategy.training.checks import Lesson
from packs.strategy.training.forest import Forest, Growth, Options, grow, growths
from packs.strategy.training.line import Line, draw_line
from packs.strategy.training.matrix import Flags, Floats
from packs.strategy.training.measures import squared_error

BEGINNING, BLOCKS = 0.4, 3
"""The first rows that are only learnt from, and the blocks after them, each scored by what was learnt before it."""
Tell = Callable[[float], None]
Rows = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Learnt:
    """The learner of all rows, and of the later of them the scores that learners of earlier rows gave (`unseen`)."""

    learner: Forest | Line
    words: str
    unseen: Floats
    scored: Flags
    tried: dict[str, float]
    line: Line


def learn(lesson: Lesson, matrix: Floats, settings: TrainingSettings, tell: Tell) -> Learnt:
    """Try the learners that are wished for, take the best on rows it had not seen, and let it learn from all rows."""
    learnt = ~lesson.held_out
    rows, target = matrix[learnt], lesson.target[learnt]
    options = Options(settings.task == "event", settings.reweigh, settings.seed)
    trials: dict[str, Callable[[Floats, Floats], Forest | Line]] = {}
    if settings.learner is not Learner.TREES:
        trials["line"] = lambda one, other: draw_line(one, other, lesson.encoding, options)
    if settings.learner is not Learner.LOGISTIC:
        for growth in growths(len(rows), settings.trees):
            trials[growth.as_words()] = _grower(lesson, growth, options)
    blocks, done, scores = _blocks(len(rows)), 0, {}
    for name, trial in trials.items():
        parts = []
        for earlier, (start, end) in blocks:
            parts.append(trial(rows[:earlier], target[:earlier]).raw(rows[start:end]))
            done += 1
            tell(done / (len(trials) * len(blocks) + 2))
        scores[name] = numpy.concatenate(parts)
    first = blocks[0][1][0]
    errors = {name: _error(one, target[first:], options) for name, one in scores.items()}
    best = min(errors, key=lambda name: errors[name])
    learner = trials[best](rows, target)
    tell((done + 1) / (done + 2))
    line = learner if isinstance(learner, Line) else draw_line(rows, target, lesson.encoding, options)
    scored = numpy.zeros(len(lesson.target), dtype=numpy.bool_)
    scored[numpy.flatnonzero(learnt)[first:]] = True
    return Learnt(learner, best, scores[best], scored, errors, line)


def _grower(lesson: Lesson, growth: Growth, options: Options) -> Callable[[Floats, Floats], Forest]:
    return lambda rows, target: grow(rows, target, lesson.encoding, growth, options)


def _blocks(rows: int) -> list[tuple[int, Rows]]:
    """For each block the number of rows before it, and where it begins and ends."""
    edges = numpy.linspace(BEGINNING * rows, rows, BLOCKS + 1).astype(int).tolist()
    return [(start, (start, end)) for start, end in pairwise(edges)]


def _error(scores: Floats, outcomes: Floats, options: Options) -> float:
    """The squared error; of reweighed scores once they are put back to the rate of what happened."""
    if not options.event:
        return squared_error(scores, outcomes)
    if options.reweigh:
        rate = float(outcomes.mean())
        scores = scores + numpy.log(max(rate, 1e-6) / max(1 - rate, 1e-6))
    return squared_error(sigmoid(scores), outcomes)
