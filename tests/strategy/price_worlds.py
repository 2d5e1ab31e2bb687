"""Price worlds: quotes whose true effect of a discount is known, with managers who discount deals that are hard to win.

The causes that they go by are recorded, or one of them, a competitor at the table, is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy

REGIONS = {"north": 0.6, "east": 1.3, "south": 2.3}
"""Points of chance to win that one more point of discount truly brings."""
SEGMENTS = ("trial", "tail", "strategic")
BASE = 0.09
HEADER = (
    "id",
    "quoted_on",
    "customer",
    "region",
    "segment",
    "size",
    "need",
    "urgency",
    "age",
    "reason",
    "discount",
    "won",
)
ROLES = ("--at", "quoted_on", "--target", "won", "--key", "id", "--treatment", "discount", "--cluster", "customer")
CELLS = ("--by", "region", "--by", "segment", "--recorded", "reason")


@dataclass(frozen=True, slots=True)
class PriceWorld:
    """Rows by HEADER, and the true effect over all rows and by region, in points a point."""

    rows: list[list[object]]
    truth: float
    by_region: Mapping[str, float]


def price_world(rows: int, seed: int, hidden: bool = False, effects: Mapping[str, float] | None = None) -> PriceWorld:
    """Quotes of customers who come back, drawn by a seed. `hidden`: nobody wrote down that a competitor was there."""
    draw, known = numpy.random.RandomState(seed), effects or REGIONS
    names, customers = list(known), draw.randint(0, max(rows // 6, 40), rows)
    region = draw.randint(0, len(names), customers.max() + 1)[customers]
    segment = draw.randint(0, len(SEGMENTS), customers.max() + 1)[customers]
    size, need, urgency, age = draw.standard_normal((4, rows))
    rival = draw.rand(rows) < 0.4
    hard = 0.8 * size + 0.5 * need * (urgency > 0) + 1.3 * rival
    discount = numpy.clip(BASE + 0.025 * hard + 0.022 * draw.standard_normal(rows), 0, 0.3)
    slope = numpy.array([known[name] for name in names])[region]
    chance = 0.52 - 0.07 * size - 0.04 * need * (urgency > 0) - 0.32 * rival + slope * (discount - BASE)
    inside = (chance > 0.01) & (chance < 0.99)
    won = draw.rand(rows) < numpy.clip(chance, 0.01, 0.99)
    reason = numpy.where(rival, "competitor", numpy.where(size > 0, "strategic", "volume"))
    said = numpy.where(discount > 0, "" if hidden else reason, "")
    first = date(2022, 1, 3)
    made: list[list[object]] = [
        [
            at + 1,
            (first + timedelta(days=at * 900 // rows)).isoformat(),
            f"C{customers[at]}",
            names[region[at]],
            SEGMENTS[segment[at]],
            *(round(float(one[at]), 3) for one in (size, need, urgency, age)),
            str(said[at]),
            round(float(discount[at]), 4),
            int(won[at]),
        ]
        for at in range(rows)
    ]
    true = {name: float((slope * inside)[region == at].mean()) for at, name in enumerate(names)}
    return PriceWorld(made, float((slope * inside).mean()), true)
