"""How far a value stands from others that are like it, told so that a few odd ones among them do not hide it.

The modified z-score of B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers (1993): 0.6745 (x - median) / MAD, and where the
MAD is zero (x - median) / (1.253314 mean absolute deviation). They call what is beyond 3.5 an outlier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

OUTLYING = 3.5
OF_MAD, OF_MEAN = 0.6745, 1.253314


@dataclass(frozen=True, slots=True)
class Standing:
    """What was usual, and how many robust deviations above it (below: negative) a value stands."""

    usual: float
    score: float


def standing(value: float, others: Sequence[float]) -> Standing | None:
    """Where a value stands among others; None where these do not differ, so that nothing can be said."""
    if not others:
        return None
    usual = median(others)
    apart = [abs(one - usual) for one in others]
    spread = median(apart)
    if spread:
        return Standing(usual, OF_MAD * (value - usual) / spread)
    mean = fmean(apart)
    return Standing(usual, (value - usual) / (OF_MEAN * mean)) if mean else None
