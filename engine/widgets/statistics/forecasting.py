"""Forecasts of a series with a season: the Theta method beside the seasonal naive one, judged by rolling origins.

Theta: V. Assimakopoulos and K. Nikolopoulos, The theta model, International Journal of Forecasting 16 (2000), in the form
of R. Hyndman and B. Billah (19, 2003): simple exponential smoothing of the series without its season, with half the slope
of its straight line as drift. The season is additive, so that days without sales are no trouble: medians of what is left of a
centred moving mean. MASE: R. Hyndman and A. Koehler, 22 (2006). The interval is made of the residuals of the backtest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

Numbers = Sequence[float]
Method = Callable[[Numbers, int, int], list[float]]
WEIGHTS = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""Weights of the newest value that smoothing may have."""
ORIGINS = 6
LEVEL = 0.8


@dataclass(frozen=True, slots=True)
class Trial:
    """What the backtest of a method found: errors of each step of each origin, and of each origin's total."""

    residuals: tuple[float, ...]
    wape: float | None
    mase: float | None
    total_error: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The values ahead with their interval; `better` says that Theta beat the naive method, which is taken otherwise."""

    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    better: bool
    theta: Trial
    naive: Trial
    origins: int


def forecast(values: Numbers, season: int, ahead: int) -> Forecast:
    """The next `ahead` values by the method that was better at forecasting the last ones."""
    origins = origins_of(len(values), season, ahead)
    theta, naive = (_trial(method, values, season, ahead, origins) for method in (theta_method, seasonal_naive))
    better = theta.mase is not None and naive.mase is not None and theta.mase < naive.mase
    chosen, trial = (theta_method, theta) if better else (seasonal_naive, naive)
    found = chosen(values, season, ahead)
    below, above = quantile(trial.residuals, (1 - LEVEL) / 2), quantile(trial.residuals, (1 + LEVEL) / 2)
    least = 0.0 if min(values) >= 0 else float("-inf")
    low, high = (tuple(max(one + shift, least) for one in found) for shift in (below, above))
    return Forecast(tuple(max(one, least) for one in found), low, high, better, theta, naive, len(origins))


def origins_of(count: int, season: int, ahead: int) -> tuple[int, ...]:
    """How many values stand before each origin: the last ones, a horizon apart, each with four seasons to learn from."""
    found = [count - ahead * back for back in range(1, ORIGINS + 1)]
    return tuple(one for one in found if one >= max(4 * season, 8))


def seasonal_naive(values: Numbers, season: int, ahead: int) -> list[float]:
    """What stood there a season ago."""
    return [values[len(values) - season + step % season] for step in range(ahead)]


def theta_method(values: Numbers, season: int, ahead: int) -> list[float]:
    """Smoothing with drift of the series without its season, and the season again."""
    seasonal = seasonal_parts(values, season)
    plain = [one - seasonal[at % season] for at, one in enumerate(values)]
    count = len(plain)
    weight, level = _smoothed(plain)
    drift = slope(plain) / 2
    start = (1 - (1 - weight) ** count) / weight
    return [level + drift * (step + start) + seasonal[(count + step) % season] for step in range(ahead)]


def seasonal_parts(values: Numbers, season: int) -> list[float]:
    """What each place of the season adds, zero together: medians of what is left of the centred moving mean."""
    if season < 2:
        return [0.0]
    half = season // 2
    left: list[list[float]] = [[] for _ in range(season)]
    for at in range(half, len(values) - half):
        window = values[at - half : at + half + 1]
        mean = fmean(window) if season % 2 else (sum(window) - (window[0] + window[-1]) / 2) / season
        left[at % season].append(values[at] - mean)
    parts = [median(one) if one else 0.0 for one in left]
    centre = fmean(parts)
    return [one - centre for one in parts]


def slope(values: Numbers) -> float:
    """The slope of the straight line of least squares over time."""
    middle, mean = (len(values) - 1) / 2, fmean(values)
    spread = sum((at - middle) ** 2 for at in range(len(values)))
    return sum((at - middle) * (one - mean) for at, one in enumerate(values)) / spread if spread else 0.0


def _smoothed(values: Numbers) -> tuple[float, float]:
    """The weight whose one-step errors are least, and the level that it ends at."""
    _, weight, level = min(_smooth(values, weight) for weight in WEIGHTS)
    return weight, level


def _smooth(values: Numbers, weight: float) -> tuple[float, float, float]:
    """The sum of squares of one-step errors, the weight, and the level at the end."""
    level, errors = values[0], 0.0
    for one in values[1:]:
        error = one - level
        errors += error * error
        level += weight * error
    return errors, weight, level


def _trial(method: Method, values: Numbers, season: int, ahead: int, origins: Sequence[int]) -> Trial:
    residuals: list[float] = []
    totals: list[float] = []
    scales: list[float] = []
    real = 0.0
    for origin in origins:
        found, came = method(values[:origin], season, ahead), values[origin : origin + ahead]
        residuals += [one - guess for one, guess in zip(came, found, strict=True)]
        real += sum(abs(one) for one in came)
        if sum(came):
            totals.append(abs(sum(found) - sum(came)) / abs(sum(came)))
        scales.append(fmean(abs(values[at] - values[at - season]) for at in range(season, origin)))
    size = fmean(abs(one) for one in residuals) if residuals else 0.0
    scale = fmean(scales) if scales else 0.0
    wape = sum(abs(one) for one in residuals) / real if real else None
    return Trial(tuple(residuals), wape, size / scale if scale else None, fmean(totals) if totals else None)


def quantile(values: Numbers, share: float) -> float:
    """The value below which a share of them lies, between the two nearest; 0 of none."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
