"""Baselines: what a series would have been, from the same weekdays before and from how a control moved meanwhile.

The estimate is a difference in differences by ratio: a window's expected sum is the sum of the baseline's weekday means,
times how much the control sold in the window against its own weekday means. The error follows by the delta method from
the spread of the days of the baseline around their weekday means, of the series and of the control.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import sqrt
from statistics import NormalDist

from engine.model.effects import Estimate

Days = Sequence[date]
Daily = Mapping[date, float]
LEAST_SAME_WEEKDAYS = 2
"""Days of a weekday without which there is no mean, and no spread around it."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A series by weekday before an event: means, how many days stand behind each, and the variance around them."""

    means: Mapping[int, float]
    counts: Mapping[int, int]
    variance: float
    freedom: int


def baseline_of(daily: Daily, days: Days) -> Baseline:
    """The baseline of a series over some days; a day without a figure counts as nothing sold."""
    by_weekday = {
        weekday: [daily.get(day, 0.0) for day in found]
        for weekday, found in groupby(sorted(days, key=date.weekday), key=date.weekday)
    }
    means = {weekday: sum(values) / len(values) for weekday, values in by_weekday.items()}
    squares = sum((value - means[weekday]) ** 2 for weekday, values in by_weekday.items() for value in values)
    freedom = len(days) - len(means)
    variance = squares / freedom if freedom > 0 else 0.0
    return Baseline(means, {weekday: len(values) for weekday, values in by_weekday.items()}, variance, freedom)


def enough(days: Days, window: Days) -> bool:
    """Whether every weekday of a window stood often enough in the baseline."""
    counted = [day.weekday() for day in days]
    return all(counted.count(day.weekday()) >= LEAST_SAME_WEEKDAYS for day in window)


@dataclass(frozen=True, slots=True)
class _Window:
    """A window seen by a baseline: how many days of each weekday, the sum of their means, and the control's ratio."""

    counts: Mapping[int, int]
    actual: float
    base: float
    control_base: float = 0.0
    ratio: float = 1.0


def estimate(daily: Daily, control: Daily | None, days: Days, windows: Sequence[Days]) -> Estimate:
    """What a series was over windows together, against what it would have been; each window has its own control ratio."""
    own = baseline_of(daily, days)
    beside = baseline_of(control, days) if control is not None else None
    seen = [_seen(daily, control, own, beside, window) for window in windows]
    variance = _own_variance(own, seen) + (_control_variance(beside, seen) if beside is not None else 0.0)
    return Estimate(
        actual=sum(one.actual for one in seen),
        expected=sum(one.base * one.ratio for one in seen),
        error=sqrt(variance),
        freedom=own.freedom,
    )


def expected_on(daily: Daily, control: Daily | None, days: Days, window: Days) -> Mapping[date, float]:
    """What a series would have been on each day of a window."""
    own = baseline_of(daily, days)
    beside = baseline_of(control, days) if control is not None else None
    ratio = _seen(daily, control, own, beside, window).ratio
    return {day: own.means[day.weekday()] * ratio for day in window}


def _seen(daily: Daily, control: Daily | None, own: Baseline, beside: Baseline | None, window: Days) -> _Window:
    counts = {weekday: sum(day.weekday() == weekday for day in window) for weekday in own.means}
    actual = sum(daily.get(day, 0.0) for day in window)
    base = sum(own.means[weekday] * count for weekday, count in counts.items())
    if control is None or beside is None:
        return _Window(counts, actual, base)
    control_base = sum(beside.means[weekday] * count for weekday, count in counts.items())
    ratio = sum(control.get(day, 0.0) for day in window) / control_base if control_base > 0 else 1.0
    return _Window(counts, actual, base, control_base, ratio)


def _own_variance(own: Baseline, seen: Sequence[_Window]) -> float:
    """The noise of the windows' own days, and of the means that they are held against."""
    held = sum(
        sum(one.ratio * one.counts[weekday] for one in seen) ** 2 / count for weekday, count in own.counts.items()
    )
    return own.variance * (sum(sum(one.counts.values()) for one in seen) + held)


def _control_variance(beside: Baseline, seen: Sequence[_Window]) -> float:
    """What the control's own noise adds: in the windows, and in its means."""
    told = [one for one in seen if one.control_base > 0]
    moved = sum((one.base / one.control_base) ** 2 * sum(one.counts.values()) for one in told)
    held = sum(
        sum(one.base * one.ratio / one.control_base * one.counts[weekday] for one in told) ** 2 / count
        for weekday, count in beside.counts.items()
    )
    return beside.variance * (moved + held)


def quantile_of(freedom: int, share: float = 0.95) -> float:
    """Student's t for a two-sided interval, by the expansion of Cornish and Fisher (exact to 0.001 from 7 degrees on)."""
    z = NormalDist().inv_cdf(0.5 + share / 2)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
