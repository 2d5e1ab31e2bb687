"""Measures: how well answers order what happened, how true they are, and how sure one can be of either."""

from __future__ import annotations

import numpy
from numpy.typing import NDArray

from packs.strategy.training.matrix import Flags, Floats

BINS = 10
REPEATS = 400
CLAIM = 1.8
"""Percentage points of calibration error under which the words of the badge may stand."""
Places = NDArray[numpy.int64]


def area_under_curve(scores: Floats, outcomes: Floats) -> float:
    """The chance that of two rows with different outcomes the one that happened has the higher score; ties count half."""
    events = outcomes > 0.5
    happened, others = int(events.sum()), int((~events).sum())
    if not happened or not others:
        return 0.5
    _, at, counts = numpy.unique(scores, return_inverse=True, return_counts=True)
    ranks = (numpy.cumsum(counts) - (counts - 1) / 2)[at]
    return float((ranks[events].sum() - happened * (happened + 1) / 2) / (happened * others))


def squared_error(answers: Floats, outcomes: Floats) -> float:
    """The mean of squares: of probabilities the Brier score."""
    return float(((answers - outcomes) ** 2).mean())


def log_loss(answers: Floats, outcomes: Floats) -> float:
    kept = numpy.clip(answers, 1e-9, 1 - 1e-9)
    return float(-(outcomes * numpy.log(kept) + (1 - outcomes) * numpy.log(1 - kept)).mean())


def calibration_error(answers: Floats, outcomes: Floats) -> float:
    """ECE10 in percentage points: over ten bins of equal mass, the mean gap between what was said and what happened."""
    return float(numpy.abs(_gaps(answers, outcomes)[0]).mean()) * 100


def largest_gap(answers: Floats, outcomes: Floats) -> float:
    """The gap of the worst of the ten bins, in percentage points."""
    return float(numpy.abs(_gaps(answers, outcomes)[0]).max()) * 100


def calibration_bins(answers: Floats, outcomes: Floats) -> list[dict[str, float]]:
    """The ten bins: rows, what was said, what happened."""
    _, said, seen, counts = _gaps(answers, outcomes)
    return [
        {"rows": int(rows), "predicted": float(one), "observed": float(other)}
        for rows, one, other in zip(counts, said, seen, strict=True)
    ]


def _starts(rows: int) -> Places:
    """Where bins of equal mass begin."""
    return numpy.linspace(0, rows, min(BINS, rows) + 1)[:-1].astype(numpy.int64)


def _gaps(answers: Floats, outcomes: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    order = numpy.argsort(answers, kind="stable")
    starts = _starts(len(answers))
    counts = numpy.diff(numpy.append(starts, len(answers))).astype(numpy.float64)
    said = numpy.add.reduceat(answers[order], starts) / counts
    seen = numpy.add.reduceat(outcomes[order], starts) / counts
    return seen - said, said, seen, counts


def calibration_interval(answers: Floats, outcomes: Floats, seed: int) -> tuple[float, float]:
    """The 95 % bootstrap interval of the calibration error, in percentage points."""
    random = numpy.random.RandomState(seed)
    repeats = REPEATS if len(answers) <= 20_000 else REPEATS // 4
    drawn = [random.randint(0, len(answers), len(answers)) for _ in range(repeats)]
    found = [calibration_error(answers[rows], outcomes[rows]) for rows in drawn]
    low, high = numpy.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def perfect_error(answers: Floats, seed: int) -> tuple[float, float]:
    """The calibration error that a perfect model would show by chance on so many rows: mean and 95th percentile, in points."""
    random = numpy.random.RandomState(seed)
    ordered, starts = numpy.sort(answers), _starts(len(answers))
    counts = numpy.diff(numpy.append(starts, len(answers))).astype(numpy.float64)
    said = numpy.add.reduceat(ordered, starts) / counts
    found = []
    for _ in range(REPEATS):
        drawn = (random.random_sample(len(ordered)) < ordered).astype(numpy.float64)
        found.append(float(numpy.abs(numpy.add.reduceat(drawn, starts) / counts - said).mean()) * 100)
    return float(numpy.mean(found)), float(numpy.percentile(found, 95))


def badge(answers: Floats, outcomes: Floats, seed: int) -> dict[str, object]:
    """What may be said of the calibration: the error always, the claim only where these very rows can and do prove it."""
    error = calibration_error(answers, outcomes)
    low, high = calibration_interval(answers, outcomes, seed)
    mean, most = perfect_error(answers, seed)
    return {
        "ece_pp": error,
        "ece_interval_pp": [low, high],
        "rows": len(answers),
        "perfect_mean_pp": mean,
        "perfect_p95_pp": most,
        "limit_pp": CLAIM,
        "claim": error <= CLAIM and most <= CLAIM,
        "provable": most <= CLAIM,
    }


def paired_gain(outcomes: Floats, one: Floats, other: Floats, seed: int) -> tuple[float, float, float]:
    """How much smaller the other's squared error is on the same rows: mean, and its 95 % paired bootstrap interval."""
    gains = (one - outcomes) ** 2 - (other - outcomes) ** 2
    random = numpy.random.RandomState(seed)
    found = [float(gains[random.randint(0, len(gains), len(gains))].mean()) for _ in range(REPEATS)]
    low, high = numpy.percentile(found, [2.5, 97.5])
    return float(gains.mean()), float(low), float(high)


def shares(cells: Floats, edges: Floats) -> Floats:
    """The share of lines in each interval between edges, and of missing cells last."""
    missing = numpy.isnan(cells)
    at = numpy.searchsorted(edges, cells[~missing], side="right")
    counts = numpy.append(numpy.bincount(at, minlength=len(edges) + 1), missing.sum())
    found: Floats = counts / max(len(cells), 1)
    return found


def stability_index(before: Floats, after: Floats) -> float:
    """PSI: how far shares have moved; empty ones count as one in a thousand."""
    old, new = numpy.clip(before, 1e-3, None), numpy.clip(after, 1e-3, None)
    return float(((new - old) * numpy.log(new / old)).sum())


def number_metrics(answers: Floats, outcomes: Floats) -> dict[str, float]:
    """Of numbers: the share of the total that is right (1 - WAPE), and mean absolute and squared error."""
    total = float(numpy.abs(outcomes).sum())
    absolute = float(numpy.abs(answers - outcomes).sum())
    return {
        "accuracy": 1 - absolute / total if total else 0.0,
        "mae": absolute / len(outcomes),
        "mse": squared_error(answers, outcomes),
    }


def event_metrics(answers: Floats, outcomes: Floats) -> dict[str, float]:
    """Of events: order, truth, and the largest gap of a bin where there are rows enough to judge it."""
    found = {
        "auc": area_under_curve(answers, outcomes),
        "brier": squared_error(answers, outcomes),
        "log_loss": log_loss(answers, outcomes),
    }
    return found | ({"largest_gap_pp": largest_gap(answers, outcomes)} if len(answers) >= 50_000 else {})


def of_rows(values: Floats, chosen: Flags) -> Floats:
    found: Floats = values[chosen]
    return found
