"""Intervals: how sure a probability is of itself (Venn-Abers), and how far a number may lie off (split conformal)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy
from sklearn.isotonic import isotonic_regression

from packs.strategy.training.calibration import Curve
from packs.strategy.training.matrix import Floats

POINTS = 65
GROUPS = 500
FEWEST_OF_A_GROUP = 100


def chance_interval(scores: Floats, outcomes: Floats, curve: Curve) -> dict[str, object]:
    """At points of the score, the two chances that isotonic regression gives when the new row is counted as not happened
    and as happened; the answer itself always lies between. It is the doubt of the calibration, not of one outcome."""
    points = numpy.unique(numpy.percentile(scores, numpy.linspace(0, 100, POINTS)))
    middles, means, counts = _grouped(scores, outcomes)
    lower = [_at(middles, means, counts, float(point), 0.0) for point in points]
    upper = [_at(middles, means, counts, float(point), 1.0) for point in points]
    said = curve.apply(points)
    return {
        "kind": "venn_abers",
        "scores": points.tolist(),
        "lower": numpy.maximum.accumulate(numpy.minimum(lower, said)).tolist(),
        "upper": numpy.maximum.accumulate(numpy.maximum(upper, said)).tolist(),
    }


def _grouped(scores: Floats, outcomes: Floats) -> tuple[Floats, Floats, Floats]:
    """Rows of neighbouring scores as one: their middle, mean outcome and number."""
    order = numpy.argsort(scores, kind="stable")
    starts = numpy.unique(numpy.linspace(0, len(order), min(GROUPS, len(order)) + 1)[:-1].astype(numpy.int64))
    counts = numpy.diff(numpy.append(starts, len(order))).astype(numpy.float64)
    middles = numpy.add.reduceat(scores[order], starts) / counts
    return middles, numpy.add.reduceat(outcomes[order], starts) / counts, counts


def _at(middles: Floats, means: Floats, counts: Floats, point: float, outcome: float) -> float:
    at = int(numpy.searchsorted(middles, point))
    seen, weights = numpy.insert(means, at, outcome), numpy.insert(counts, at, 1.0)
    return float(isotonic_regression(seen, sample_weight=weights)[at])


def number_interval(errors: Floats, groups: Sequence[object] | None, level: float) -> dict[str, object]:
    """The half-width under which errors of unseen rows stay at the level, in all and of each group that has rows enough."""
    sizes = numpy.abs(errors)
    found: dict[str, object] = {"kind": "split_conformal", "level": level, "half": _quantile(sizes, level)}
    if groups is None:
        return found
    named = numpy.array(["" if one is None else str(one) for one in groups])
    halves = {
        str(name): _quantile(sizes[named == name], level)
        for name in sorted(set(named.tolist()))
        if name and int((named == name).sum()) >= FEWEST_OF_A_GROUP
    }
    return found | {"halves": halves}


def _quantile(sizes: Floats, level: float) -> float:
    """The quantile with the correction for finitely many rows."""
    rank = int(numpy.ceil((len(sizes) + 1) * level))
    return float(numpy.sort(sizes)[min(rank, len(sizes)) - 1])


def chance_coverage(
    interval: Mapping[str, object], scores: Floats, answers: Floats, outcomes: Floats
) -> dict[str, object]:
    """Of ten bins of rows, the share whose observed rate lies within their mean interval, widened by chance (95 %)."""
    lower, upper = chance_bounds(interval, scores)
    order = numpy.argsort(answers, kind="stable")
    held = []
    for rows in numpy.array_split(order, min(10, len(order))):
        rate, low, high = float(outcomes[rows].mean()), float(lower[rows].mean()), float(upper[rows].mean())
        doubt = 1.96 * numpy.sqrt(max(rate * (1 - rate), 1 / len(rows) / 4) / len(rows))
        held.append(low - doubt <= rate <= high + doubt)
    width = upper - lower
    return {
        "bins_held": float(numpy.mean(held)),
        "mean_width_pp": float(width.mean()) * 100,
        "p95_width_pp": float(numpy.percentile(width, 95)) * 100,
    }


def chance_bounds(interval: Mapping[str, object], scores: Floats) -> tuple[Floats, Floats]:
    """The interval of each score."""
    points, lower, upper = (numpy.asarray(interval[name], dtype=numpy.float64) for name in ("scores", "lower", "upper"))
    return numpy.interp(scores, points, lower), numpy.interp(scores, points, upper)


def number_coverage(
    interval: Mapping[str, object], errors: Floats, groups: Sequence[object] | None
) -> dict[str, object]:
    """The share of held-out rows whose number lies within its interval, in all and by group."""
    halves = interval.get("halves") or {}
    assert isinstance(halves, Mapping)
    overall = float(str(interval["half"]))
    half = numpy.array([halves.get("" if one is None else str(one), overall) for one in groups or [None] * len(errors)])
    inside = numpy.abs(errors) <= half
    found: dict[str, object] = {"coverage": float(inside.mean()), "mean_half": float(half.mean())}
    if groups is not None:
        named = numpy.array(["" if one is None else str(one) for one in groups])
        found["by_group"] = {name: float(inside[named == name].mean()) for name in halves if (named == name).any()}
    return found
