"""The statistics behind widgets and alerts, against values worked out by hand."""

from __future__ import annotations

import random
from math import exp, log

import pytest

from engine.widgets.statistics.cannibals import taken
from engine.widgets.statistics.elasticity import Week, elasticity
from engine.widgets.statistics.forecasting import (
    forecast,
    quantile,
    seasonal_naive,
    seasonal_parts,
    slope,
    theta_method,
)
from engine.widgets.statistics.launching import launch
from engine.widgets.statistics.robust import standing

WEEKLY = [10.0, 20.0, 30.0]


def test_a_season_without_trend_is_foretold_exactly() -> None:
    # The centred mean of three is 20 everywhere, so the season adds -10, 0, 10; what is left is 20 throughout.
    assert seasonal_parts(WEEKLY * 5, 3) == pytest.approx([-10, 0, 10])
    assert slope([20.0] * 9) == 0
    assert theta_method(WEEKLY * 5, 3, 4) == pytest.approx([10, 20, 30, 10])
    assert seasonal_naive([*WEEKLY, 11.0, 21.0, 31.0], 3, 4) == [11, 21, 31, 11]


def test_the_drift_is_half_the_slope() -> None:
    # 1 to 20 rises by 1: the drift is 0.5. With the weight 0.95 smoothing ends at 20 - 0.05 / 0.95 (all but 1e-26), and
    # the drift of the first step ahead is 0.5 / 0.95: 20 - 0.0526 + 0.5263 = 20.4737; the next is 0.5 more.
    assert theta_method([float(one) for one in range(1, 21)], 1, 2) == pytest.approx([20.4737, 20.9737], abs=1e-4)


def test_the_backtest_takes_what_was_better_and_says_by_how_much() -> None:
    noise = random.Random(7)
    values = [100 + 40 * (at % 7 == 5) + noise.gauss(0, 10) for at in range(280)]
    told = forecast(values, 7, 14)
    assert told.better and told.origins == 6 and len(told.theta.residuals) == 84
    assert told.theta.mase and told.naive.mase and told.theta.mase < told.naive.mase
    # A walk has no season and no memory but its last value: a season of one makes that the naive method.
    walk, at = [], 1000.0
    for _ in range(280):
        at += noise.gauss(0, 5)
        walk.append(at)
    level = forecast(walk, 1, 7)
    assert level.naive.mase and level.theta.mase
    assert level.better is (level.theta.mase < level.naive.mase)
    assert all(low <= value <= high for low, value, high in zip(told.low, told.values, told.high, strict=True))
    assert quantile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.5


def test_how_odd_a_day_is_by_the_median_and_mad() -> None:
    # Median 100; apart 0, 10, 10, 0, 20, 0, 20, 0, so the MAD is (0 + 10) / 2 = 5: 0.6745 x 60 / 5 = 8.094.
    found = standing(160, [100, 110, 90, 100, 120, 100, 80, 100])
    assert found is not None and (found.usual, found.score) == (100, pytest.approx(8.094))
    # MAD 0 and mean deviation 40 / 5 = 8: (140 - 100) / (1.253314 x 8) = 3.989.
    other = standing(140, [100, 100, 100, 100, 140])
    assert other is not None and other.score == pytest.approx(3.9894, abs=1e-4)
    assert standing(5, [7, 7, 7]) is None


def weeks(slope_of: float, noise: random.Random, spread: float = 0.1, count: int = 52) -> list[Week]:
    found = []
    for at in range(count):
        price = 10 * exp(noise.gauss(0, spread))
        season = 0.3 * (at % 13 == 0)
        quantity = exp(4 + season + slope_of * log(price / 10) + noise.gauss(0, 0.15))
        found.append(Week(at, quantity, price, 0.0))
    return found


def test_a_known_elasticity_is_found_again_and_a_price_that_stands_still_says_nothing() -> None:
    hits = 0
    for seed in range(40):
        noise = random.Random(seed)
        products = {name: weeks(-2.0, noise) for name in ("a", "b", "c", "d")}
        found = elasticity(products, "a")
        assert found is not None and found.sensible and found.products == 4
        hits += found.low <= -2.0 <= found.high
    assert hits >= 34, "a 90 % interval holds the truth nine times of ten"
    noise = random.Random(1)
    assert elasticity({"a": weeks(-2.0, noise, spread=0.001), "b": weeks(-2.0, noise)}, "a") is None
    assert elasticity({"a": weeks(-2.0, noise, count=25)}, "a") is None
    unrelated = elasticity({"a": weeks(0.0, noise)}, "a")
    assert unrelated is not None and not unrelated.sensible


def test_an_uncertain_slope_is_drawn_to_its_category() -> None:
    noise = random.Random(3)
    sure = {name: weeks(-2.0, noise, spread=0.15) for name in ("b", "c", "d", "e")}
    vague = weeks(-2.0, noise, spread=0.03, count=27)
    found = elasticity({"a": vague, **sure}, "a")
    assert found is not None
    assert abs(found.value - found.category) < abs(found.own.value - found.category)
    assert found.high - found.low < 2 * 1.645 * found.own.error


def test_a_launch_takes_what_others_should_have_sold() -> None:
    # All else sold 110 a week after 100: 1.1. Of 11 a week 12.1 were due and 7 came, of 5 it was 5.5 and 5: 5.1 + 0.5 lost.
    # Sums of both by week: 15, 17, 15, 17 before and 11, 13, 11, 13 after, variance 4/3 each:
    # 1.96 x sqrt(1.21 x (4/3) / 4 + (4/3) / 4) = 1.6823. Four a week are sold of the new one: 5.6 / 4 = 1.4.
    beside = ((100.0,) * 4, (110.0,) * 4)
    others = {"old": ((10.0, 12, 10, 12), (6.0, 8, 6, 8)), "other": ((5.0,) * 4, (5.0,) * 4)}
    found = taken((4.0,) * 4, {**others, "never sold": ((0.0,) * 4, (9.0,) * 4)}, beside)
    assert found is not None and found.proven and found.worst == "old"
    assert (found.lost, found.worst_lost, found.rate) == pytest.approx((5.6, 5.1, 1.4))
    assert (found.low, found.high) == pytest.approx((3.9177, 7.2823), abs=1e-4)
    steady = taken((4.0,) * 4, {"old": ((10.0, 12, 10, 12), (11.0, 13, 11, 13))}, beside)
    assert steady is not None and not steady.proven
    assert taken((4.0,) * 3, others, beside) is None
    assert taken((4.0,) * 4, {}, beside) is None


def test_a_launch_is_carried_on_as_others_went_on() -> None:
    # Of four weeks two are over. Ratios of whole to two weeks: 40/20 = 2, 40/30 and 20/15 = 1.3333, the median 1.3333:
    # 12 x 1.3333 = 16; of three weeks 1.5, 1.2, 1.2, so 14.4. 90th percentile: 1.3333 + 0.8 x 0.6667 = 1.8667, 22.4.
    # Left out one by one: |26.67 - 40| + |50 - 40| + |25 - 20| = 28.33 of 100; by pace 0 + 20 + 10 = 30; by mean 40.
    others = ([10.0, 20, 30, 40], [20.0, 30, 36, 40], [10.0, 15, 18, 20])
    told = launch([8.0, 12.0], others, 4)
    assert told is not None and told.better and told.analogues == 3
    assert told.ahead == pytest.approx((14.4, 16.0))
    assert (told.low[1], told.high[1]) == pytest.approx((16.0, 22.4), abs=1e-3)
    assert (told.ratio_error, told.pace_error, told.mean_error) == pytest.approx((0.2833, 0.3, 0.4), abs=1e-4)
    assert launch([8.0, 12.0], others[:2], 4) is None
    assert launch([], others, 4) is None
