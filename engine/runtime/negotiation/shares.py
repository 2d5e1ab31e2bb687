"""Shares: how often something was so, with the interval that so few or so many cases leave."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

LEAST = 20
"""Cases under which a share is no figure, and nobody is set beside others."""
Z = 1.959964
"""Of the standard normal distribution, for 95 of 100."""


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`."""

    hits: int
    n: int

    @classmethod
    def of(cls, cases: Iterable[bool]) -> Share:
        listed = list(cases)
        return cls(sum(listed), len(listed))

    @property
    def enough(self) -> bool:
        return self.n >= LEAST

    @property
    def value(self) -> float | None:
        """None of nothing."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval at 95 %: it stays within 0 and 1 and is true of few cases too."""
        if not self.n:
            return 0.0, 1.0
        p, n, square = self.hits / self.n, self.n, Z * Z
        middle = (p + square / (2 * n)) / (1 + square / n)
        half = Z * math.sqrt(p * (1 - p) / n + square / (4 * n * n)) / (1 + square / n)
        return max(middle - half, 0.0), min(middle + half, 1.0)
