"""Fairness: whether what is said of the rows of one unit is as true as of all others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from packs.strategy.training.matrix import Floats

FEWEST = 50
MOST = 40


def by_unit(units: Sequence[int | None], answers: Floats, outcomes: Floats) -> list[dict[str, object]]:
    """Of each unit with rows enough: what was said and what happened on average; `apart` where chance hardly explains it
    (99 %, over all units together)."""
    named = numpy.array([-1 if unit is None else unit for unit in units])
    rows = {unit: numpy.flatnonzero(named == unit) for unit in sorted(set(named.tolist())) if unit >= 0}
    large = sorted(
        ((unit, at) for unit, at in rows.items() if len(at) >= FEWEST), key=lambda one: (-len(one[1]), one[0])
    )
    bound = _bound(max(len(large), 1))
    found: list[dict[str, object]] = []
    for unit, at in large[:MOST]:
        gap = outcomes[at] - answers[at]
        doubt = float(gap.std(ddof=1)) / float(numpy.sqrt(len(at)))
        found.append(
            {
                "unit": int(unit),
                "rows": len(at),
                "predicted": float(answers[at].mean()),
                "observed": float(outcomes[at].mean()),
                "apart": abs(float(gap.mean())) > bound * max(doubt, 1e-12),
            }
        )
    return found


def _bound(units: int) -> float:
    """Standard errors that one of so many units passes by chance once in a hundred times (a bound, not the quantile)."""
    return float(numpy.sqrt(2 * numpy.log(units / 0.005)))
