"""Wilson's interval: what a share that was counted leaves open, at 95 %."""

from __future__ import annotations

from math import sqrt

Z = 1.959964


def wilson(count: int, of: int) -> tuple[float, float]:
    """The lower and the upper end of the share `count / of`."""
    share, turned = count / of, Z * Z / of
    middle = share + turned / 2
    half = Z * sqrt(share * (1 - share) / of + turned / (4 * of))
    return (middle - half) / (1 + turned), (middle + half) / (1 + turned)
