"""A new product among those launched before it: what its first weeks will come to, by how theirs went on.

The ratio of its whole to its first weeks, which analogous products had, carries its own first weeks on: the median of their ratios, with the
10th and the 90th percentile. Beside it stand going on at the pace so far, and the mean of what the others came to. Each is tried on
every analogue with the help of the others alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from engine.widgets.statistics.forecasting import quantile

LEAST_ANALOGUES = 3

Curve = Sequence[float]
"""What was sold up to the end of each week since the launch."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What the weeks to come will make of it, each with its interval, by the better of ratio and pace; errors are WAPE."""

    ahead: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    better: bool
    ratio_error: float
    pace_error: float
    mean_error: float
    analogues: int


def launch(own: Curve, others: Sequence[Curve], weeks: int) -> Launch | None:
    """From the weeks that are over to the last of `weeks`; None with too few analogues or nothing sold."""
    done = len(own)
    known = [one for one in others if len(one) >= weeks and one[done - 1] > 0] if 0 < done < weeks else []
    if len(known) < LEAST_ANALOGUES or own[-1] <= 0:
        return None
    errors = {name: _tried(known, done, weeks, method) for name, method in METHODS.items()}
    better = errors["ratio"] < errors["pace"]
    ratios = [[one[at] / one[done - 1] for one in known] for at in range(done, weeks)]
    steps = [median(one) for one in ratios] if better else [(at + 1) / done for at in range(done, weeks)]
    middle = [own[-1] * one for one in steps]
    low, high = ([own[-1] * quantile(one, share) for one in ratios] for share in (0.1, 0.9))
    return Launch(
        tuple(middle),
        tuple(min(edge, one) for edge, one in zip(low, middle, strict=True)),
        tuple(max(edge, one) for edge, one in zip(high, middle, strict=True)),
        better,
        errors["ratio"],
        errors["pace"],
        errors["mean"],
        len(known),
    )


Guess = Callable[[Curve, Sequence[Curve], int, int], float]


def _by_ratio(own: Curve, others: Sequence[Curve], done: int, weeks: int) -> float:
    return own[done - 1] * median(one[weeks - 1] / one[done - 1] for one in others)


def _by_pace(own: Curve, others: Sequence[Curve], done: int, weeks: int) -> float:
    return own[done - 1] / done * weeks


def _by_mean(own: Curve, others: Sequence[Curve], done: int, weeks: int) -> float:
    return fmean(one[weeks - 1] for one in others)


METHODS: dict[str, Guess] = {"ratio": _by_ratio, "pace": _by_pace, "mean": _by_mean}


def _tried(known: Sequence[Curve], done: int, weeks: int, method: Guess) -> float:
    """The error of the wholes of the analogues, each guessed from the others, over their sum."""
    missed = 0.0
    for at, one in enumerate(known):
        others = [*known[:at], *known[at + 1 :]]
        missed += abs(method(one, others, done, weeks) - one[weeks - 1])
    return missed / sum(one[weeks - 1] for one in known)
