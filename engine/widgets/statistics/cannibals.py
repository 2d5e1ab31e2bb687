"""What a launch takes from the products beside it: their weeks before it and after it, held against what all else sold.

Without the launch the others would have gone on as all other goods went on: their mean week before it, times how the mean week of all
other goods has changed, is what they should have sold. What is missing of that is taken from them; over what the new product sells a
week it is the rate of cannibalisation (lost sales of the old over sales of the new). The interval is that of a difference of two means
of weeks (Welch), normal at 95 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance

LEAST_WEEKS = 4
"""Whole weeks it takes on either side of a launch."""
NORMAL = 1.96

Weeks = Sequence[float]


@dataclass(frozen=True, slots=True)
class Taken:
    """Items a week that the others sell less, with its interval; of what the new one sells a week; and who loses most."""

    lost: float
    low: float
    high: float
    sold: float
    worst: object
    worst_lost: float

    @property
    def rate(self) -> float:
        """Lost of the others over sold of the new one."""
        return self.lost / self.sold

    @property
    def proven(self) -> bool:
        """Whether the whole interval is a loss."""
        return self.low > 0


def taken(own: Weeks, others: Mapping[object, tuple[Weeks, Weeks]], beside: tuple[Weeks, Weeks]) -> Taken | None:
    """`others` and `beside` hold the weeks before and after the launch; None where there are too few, or nothing was sold."""
    before, after = beside
    if min(len(before), len(after), len(own)) < LEAST_WEEKS or fmean(own) <= 0 or fmean(before) <= 0:
        return None
    known = {name: both for name, both in others.items() if sum(both[0]) > 0}
    if not known:
        return None
    went_on = fmean(after) / fmean(before)
    losses = {name: fmean(was) * went_on - fmean(now) for name, (was, now) in known.items()}
    was, now = (tuple(map(sum, zip(*(both[side] for both in known.values()), strict=True))) for side in (0, 1))
    lost = sum(losses.values())
    width = NORMAL * sqrt(went_on**2 * variance(was) / len(was) + variance(now) / len(now))
    worst = max(losses, key=lambda name: losses[name])
    return Taken(lost, lost - width, lost + width, fmean(own), worst, losses[worst])
