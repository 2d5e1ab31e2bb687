"""What a launch took from the products of its category: the weeks around it, told in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from engine.model.metrics import Metric
from engine.model.requests import AggregateRow
from engine.widgets.contract import Scene
from engine.widgets.figures import as_decimal
from engine.widgets.formats import format_number, format_percent
from engine.widgets.statistics.cannibals import LEAST_WEEKS, Taken, taken

MOST_WEEKS = 8
"""Whole weeks looked at on either side of a launch."""
SETTLED = timedelta(weeks=20)
"""How long before it the others must have been launched: newer ones slow down by themselves."""

Days = Mapping[date, float]


def cannibalised(
    scene: Scene,
    metric: Metric,
    launches: Mapping[int, object],
    rows: Sequence[AggregateRow],
    total: Sequence[AggregateRow],
) -> Mapping[str, object]:
    """Of the days of each product of the category (`rows`) and of all goods (`total`): the figures as words, and who loses most.

    `launches` tells when each product of the category was launched. Those launched shortly before or after, and those
    without a sale in the weeks before, are none that could lose.
    """
    own, titles = scene.record.id if scene.record is not None else 0, dict[object, str]()
    launched = launches.get(own)
    if not isinstance(launched, date):
        return {"known": False, "least": LEAST_WEEKS}
    sold: dict[object, dict[date, float]] = {}
    within: dict[date, float] = {}
    for row in rows:
        day, product = row.keys[0], row.keys[1]
        if isinstance(day, date):
            value = sold.setdefault(product, {})[day] = _value(row, metric)
            within[day] = within.get(day, 0.0) + value
            titles[product] = row.titles[1] or ""
    everything = {row.keys[0]: _value(row, metric) for row in total if isinstance(row.keys[0], date)}
    first = min(everything, default=launched)
    spans = _Spans(launched, first, scene.today)
    new = {name for name, day in launches.items() if isinstance(day, date) and day > launched - SETTLED}
    others = {name: spans.both(days) for name, days in sold.items() if name != own and name not in new}
    beside = {day: of_all - within.get(day, 0.0) for day, of_all in everything.items()}
    found = taken(spans.both(sold.get(own, {}))[1], others, spans.both(beside))
    if found is None:
        return {"known": False, "least": LEAST_WEEKS}
    return {"known": True, **_words(scene, found, titles.get(found.worst, ""))}


def _value(row: AggregateRow, metric: Metric) -> float:
    return float(as_decimal(row.values.get(metric.name)) or 0)


class _Spans:
    """The whole weeks before and after a launch that can be looked at."""

    def __init__(self, launched: date, first: date, today: date) -> None:
        self._launched = launched
        self._before = max(min((launched - first).days // 7, MOST_WEEKS), 0)
        self._after = max(min((today - launched).days // 7, MOST_WEEKS), 0)

    def both(self, days: Days) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """What was sold in each of these weeks."""
        weeks: dict[int, float] = {}
        for day, value in days.items():
            at = (day - self._launched).days // 7
            weeks[at] = weeks.get(at, 0.0) + value
        return (
            tuple(weeks.get(at, 0.0) for at in range(-self._before, 0)),
            tuple(weeks.get(at, 0.0) for at in range(self._after)),
        )


def _words(scene: Scene, found: Taken, worst: str) -> Mapping[str, object]:
    def items(value: float) -> str:
        return format_number(Decimal(str(round(value, 1))), scene.language, 1)

    return {
        "proven": found.proven,
        "lost": items(found.lost),
        "low": items(found.low),
        "high": items(found.high),
        "sold": items(found.sold),
        "rate": format_percent(Decimal(str(round(found.rate, 4))), scene.language, 0),
        "worst": worst,
        "worst_lost": items(found.worst_lost),
    }
