"""Calibration: from scores to probabilities, on scores of rows that the scorer had not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy
from sklearn.isotonic import IsotonicRegression

from engine.model.trained import Calibration
from packs.strategy.training.matrix import Floats
from packs.strategy.training.measures import squared_error

STEPS_FROM = 10_000
"""Rows from which steps may be chosen: below, a curve of two numbers is truer."""
MOST_KNOTS = 64
NARROWEST = 1e-3
"""The least distance of two knots: a steeper ramp would lose digits."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Log-odds as they are."""

    name = Calibration.NONE

    def apply(self, scores: Floats) -> Floats:
        return sigmoid(scores)

    def as_data(self) -> dict[str, object]:
        return {"method": str(self.name)}


@dataclass(frozen=True, slots=True)
class Platt:
    """Log-odds, stretched and moved."""

    slope: float
    move: float
    name = Calibration.PLATT

    def apply(self, scores: Floats) -> Floats:
        return sigmoid(scores * self.slope + self.move)

    def as_data(self) -> dict[str, object]:
        return {"method": str(self.name), "slope": self.slope, "move": self.move}


@dataclass(frozen=True, slots=True)
class Ramps:
    """A rising line through knots: isotonic regression, its steps joined at their middles."""

    scores: Floats
    chances: Floats
    name = Calibration.ISOTONIC

    def apply(self, scores: Floats) -> Floats:
        found: Floats = numpy.interp(scores, self.scores, self.chances)
        return found

    def as_data(self) -> dict[str, object]:
        return {"method": str(self.name), "knots": len(self.scores)}


Curve = Plain | Platt | Ramps


def sigmoid(scores: Floats) -> Floats:
    found: Floats = 0.5 * (1 + numpy.tanh(scores / 2))
    return found


def calibrate(scores: Floats, outcomes: Floats, wish: Calibration, reweighed: bool) -> tuple[Curve, dict[str, float]]:
    """The curve, and the Brier score by method, each on the half of the rows that it was not fitted to."""
    methods = _methods(len(scores), wish, reweighed)
    if len(methods) == 1:
        return methods[0](scores, outcomes), {}
    half = len(scores) // 2
    found: dict[str, float] = {}
    for fit in methods:
        later = fit(scores[:half], outcomes[:half]).apply(scores[half:])
        earlier = fit(scores[half:], outcomes[half:]).apply(scores[:half])
        found[str(fit(scores, outcomes).name)] = squared_error(numpy.append(earlier, later), outcomes)
    best = min(range(len(methods)), key=lambda at: (round(list(found.values())[at], 7), at))
    return methods[best](scores, outcomes), found


def _methods(rows: int, wish: Calibration, reweighed: bool) -> tuple[Callable[[Floats, Floats], Curve], ...]:
    chosen: dict[Calibration, tuple[Callable[[Floats, Floats], Curve], ...]] = {
        Calibration.NONE: (_plain,),
        Calibration.PLATT: (fit_platt,),
        Calibration.ISOTONIC: (fit_ramps,),
    }
    if wish is not Calibration.AUTO:
        return chosen[wish]
    steps = (fit_ramps,) if rows >= STEPS_FROM else ()
    return (fit_platt, *steps) if reweighed else (fit_platt, _plain, *steps)


def _plain(scores: Floats, outcomes: Floats) -> Plain:
    return Plain()


def fit_platt(scores: Floats, outcomes: Floats) -> Platt:
    """Slope and move by Newton's method, towards the smoothed outcomes that Platt proposed."""
    events = float(outcomes.sum())
    likely = (events + 1) / (events + 2)
    unlikely = 1 / (len(outcomes) - events + 2)
    goal = numpy.where(outcomes > 0.5, likely, unlikely)
    design, found = numpy.column_stack([scores, numpy.ones(len(scores))]), numpy.array([1.0, 0.0])
    for _ in range(50):
        chances = sigmoid(design @ found)
        weights = numpy.maximum(chances * (1 - chances), 1e-9)
        bend = design.T @ (design * weights[:, None]) + 1e-9 * numpy.eye(2)
        step = numpy.linalg.solve(bend, design.T @ (goal - chances))
        found = found + step
        if float(numpy.abs(step).max()) < 1e-10:
            break
    return Platt(max(float(found[0]), 1e-3), float(found[1]))


def fit_ramps(scores: Floats, outcomes: Floats) -> Curve:
    """Isotonic steps of at least one row in two hundred, joined at their middles."""
    order = numpy.argsort(scores, kind="stable")
    ordered, seen = scores[order], outcomes[order]
    steps = IsotonicRegression(out_of_bounds="clip").fit(ordered, seen).predict(ordered)
    fewest = max(len(ordered) / 200, len(ordered) / MOST_KNOTS)
    starts, begun = [0], 0
    for at in numpy.flatnonzero(numpy.diff(steps) > 0) + 1:
        far = float(ordered[at] - ordered[begun])
        if at - begun >= fewest and far >= 2 * NARROWEST and len(ordered) - at >= fewest:
            starts.append(int(at))
            begun = int(at)
    counts = numpy.diff([*starts, len(ordered)]).astype(numpy.float64)
    middles = numpy.add.reduceat(ordered, starts) / counts
    events = numpy.add.reduceat(seen, starts)
    chances = numpy.maximum.accumulate(numpy.clip(events / counts, 0.5 / (len(seen) + 1), 1 - 0.5 / (len(seen) + 1)))
    return Ramps(middles, chances) if len(starts) > 1 else fit_platt(scores, outcomes)
