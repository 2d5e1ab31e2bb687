"""Judging: which days of a watched figure are far from the same weekday of the weeks before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from engine.model.alerts import Alert
from engine.model.metrics import Aggregation, Metric, bases_of
from engine.model.requests import AggregateRequest
from engine.runtime.metrics.aggregate import MOST_GROUPS, aggregate
from engine.runtime.work import Work
from engine.widgets.statistics.robust import Standing, standing

WEEK = timedelta(days=7)
SUMMED = frozenset({Aggregation.SUM, Aggregation.COUNT})

Past = Mapping[date, float]


@dataclass(frozen=True, slots=True)
class Finding:
    """A day of one part that is far from usual: what it was, what is usual, and over how many weeks that is known."""

    part: object
    title: str
    day: date
    value: float
    standing: Standing
    weeks: int


def judged(work: Work, alert: Alert, days: Sequence[date]) -> Iterator[Finding]:
    """What is odd on these days, read with the rights of the work. Parts without rows in all that time are silent."""
    if not days:
        return
    since = min(days) - WEEK * alert.weeks
    request = AggregateRequest(
        (alert.metric,), (alert.by,), since=since, until=max(days), bucket="day", limit=MOST_GROUPS
    )
    pasts: dict[object, dict[date, float]] = {}
    titles: dict[object, str] = {}
    for row in aggregate(work, request):
        day, part, value = row.keys[0], row.keys[1], row.values[alert.metric]
        if isinstance(day, date) and isinstance(value, int | Decimal) and part is not None:
            pasts.setdefault(part, {})[day] = float(value)
            titles[part] = row.titles[1] or str(part)
    fills = all(one.measure and one.measure.aggregation in SUMMED for one in _bases(work, alert))
    for part, past in pasts.items():
        for day in days:
            found = _found(alert, past, day, fills)
            if found is not None:
                yield Finding(part, titles[part], day, *found)


def _bases(work: Work, alert: Alert) -> Iterator[Metric]:
    metric = work.model.metrics[alert.metric]
    return bases_of(work.model.metrics, metric.name) if metric.formula is None else iter((metric,))


def _found(alert: Alert, past: Past, day: date, fills: bool) -> tuple[float, Standing, int] | None:
    """The day's value, where it stands and over how many weeks, when it is beyond the threshold in a direction that is told.

    Before the first row there is nothing to compare with; after it a day without rows is a zero where rows are summed.
    """
    first = min(past)
    before = [day - WEEK * back for back in range(1, alert.weeks + 1)]
    empty = 0.0 if fills else None
    others = [past.get(one, empty) for one in before if one >= first]
    known = [one for one in others if one is not None]
    value = past.get(day, empty if day >= first else None)
    if value is None or len(known) < alert.least:
        return None
    found = standing(value, known)
    if found is None or abs(found.score) < alert.threshold:
        return None
    told = alert.direction == "both" or (found.score > 0) == (alert.direction == "up")
    return (value, found, len(known)) if told else None
