"""The forecast of a figure: its past, what comes next with an interval, and how well that was foretold before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from engine.model.metrics import Aggregation, Metric
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AggregateRow
from engine.widgets.charts.area import line_chart
from engine.widgets.charts.spec import ChartSpec, Series
from engine.widgets.contract import Aggregates, Need, Scene
from engine.widgets.drill_links import drill_into
from engine.widgets.figures import as_decimal, figure_text
from engine.widgets.formats import format_percent
from engine.widgets.properties import number, text
from engine.widgets.statistics.forecasting import Forecast, Trial, forecast
from engine.widgets.unanswered import unanswered

HISTORY = {"day": 400, "week": 730}
"""Days that are looked back."""
SEASON = {"day": 7, "week": 1}
STEP = {"day": 1, "week": 7}
SHOWN = {"day": 42, "week": 26}
"""Days or weeks of the past that are drawn."""
LEAST = 56
AHEAD = 14
SUMMED = frozenset({Aggregation.SUM, Aggregation.COUNT})


@dataclass(frozen=True, slots=True)
class Ahead:
    """One day or week to come, in words."""

    when: str
    value: str
    low: str
    high: str


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    metric = scene.model.metrics.get(text(item, "metric"))
    return {"rows": Aggregates(_request(item, scene, metric))} if metric is not None and _fits(metric) else {}


def _fits(metric: Metric) -> bool:
    """A day without rows is a zero, which only sums and counts have."""
    return metric.time is not None and metric.measure is not None and metric.measure.aggregation in SUMMED


def _bucket(item: Item) -> str:
    return text(item, "bucket", "day")


def _request(item: Item, scene: Scene, metric: Metric) -> AggregateRequest:
    bucket = _bucket(item)
    until = _first_open(scene.today, bucket) - timedelta(days=1)
    since = _first_open(until - timedelta(days=HISTORY[bucket]), bucket)
    return AggregateRequest((metric.name,), bucket=bucket, since=since, until=until)


def _first_open(today: date, bucket: str) -> date:
    """The first day of what is not over yet."""
    return today if bucket == "day" else today - timedelta(days=today.weekday())


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    metric, rows = scene.model.metrics.get(text(item, "metric")), found.get("rows")
    label = scene.words(item.label) or (scene.words(metric.label) if metric else "")
    if metric is None or not isinstance(rows, tuple):
        return unanswered(label, rows)
    series = _Past.of(item, scene, metric, [row for row in rows if isinstance(row, AggregateRow)])
    least = number(item, "least", LEAST)
    if len(series.values) < least:
        return {"state": "few", "label": label, "count": len(series.values), "least": least, "weekly": series.weekly}
    ahead = number(item, "ahead", AHEAD)
    told = _forecast(series.values, SEASON[_bucket(item)], ahead)
    return {
        "state": "rows",
        "label": label,
        "weekly": series.weekly,
        "svg": _drawn(series, told, label),
        "ahead": _table(series, told),
        "total": figure_text(metric, _exact(metric, sum(told.values)), scene.language),
        "better": told.better,
        "origins": told.origins,
        "horizon": ahead,
        "theta": _judged(told.theta, scene.language),
        "naive": _judged(told.naive, scene.language),
        "count": len(series.values),
    }


@lru_cache(maxsize=256)
def _forecast(values: tuple[float, ...], season: int, ahead: int) -> Forecast:
    """It depends on nothing but the figures: equal ones are foretold once."""
    return forecast(values, season, ahead)


@dataclass(frozen=True, slots=True)
class _Past:
    """The figures from the first with rows on, those without as zero, and the rows behind each."""

    item: Item
    scene: Scene
    metric: Metric
    days: tuple[date, ...]
    values: tuple[float, ...]
    rows: Mapping[date, AggregateRow]

    @staticmethod
    def of(item: Item, scene: Scene, metric: Metric, rows: Sequence[AggregateRow]) -> _Past:
        by_day = {row.keys[0]: row for row in rows if isinstance(row.keys[0], date)}
        first, step = min(by_day, default=None), STEP[_bucket(item)]
        end = _first_open(scene.today, _bucket(item))
        count = (end - first).days // step if first else 0
        days = tuple(first + timedelta(days=step * at) for at in range(count)) if first else ()
        amounts = [as_decimal(by_day[day].values.get(metric.name)) if day in by_day else None for day in days]
        return _Past(item, scene, metric, days, tuple(float(one or 0) for one in amounts), by_day)

    @property
    def weekly(self) -> bool:
        return _bucket(self.item) == "week"

    def coming(self, count: int) -> list[date]:
        return [self.days[-1] + timedelta(days=STEP[_bucket(self.item)] * (at + 1)) for at in range(count)]

    def name(self, day: date) -> str:
        return f"{day.month}/{day.day}"

    def links(self, days: Sequence[date]) -> tuple[str, ...]:
        drill = drill_into(self.scene, self.metric, _request(self.item, self.scene, self.metric))
        return tuple(drill.group(self.rows[day]) if day in self.rows else "" for day in days)


def _drawn(past: _Past, told: Forecast, label: str) -> object:
    shown = SHOWN[_bucket(past.item)]
    days, ahead = past.days[-shown:], past.coming(len(told.values))
    seen = [_exact(past.metric, one) for one in past.values[-shown:]]
    gap = [None] * len(days)
    joined: list[Decimal | None] = [*gap[:-1], seen[-1], *(_exact(past.metric, one) for one in told.values)]
    low, high = ((*gap[:-1], seen[-1], *(_exact(past.metric, one) for one in edge)) for edge in (told.low, told.high))
    names = ("实际", "预测") if past.scene.language == "zh" else ("Actual", "Forecast")
    spec = ChartSpec(
        title=label,
        categories=tuple(past.name(day) for day in (*days, *ahead)),
        series=(
            Series(names[0], tuple(seen), past.links(days)),
            Series(names[1], tuple(joined), (), dashed=True),
        ),
        language=past.scene.language,
        unit=past.scene.words(past.metric.unit_label),
        display="money" if past.metric.display == "money" else "number",
        currency=past.metric.currency or "CNY",
        scale=past.metric.scale,
    )
    return line_chart(spec, (low, high))


def _table(past: _Past, told: Forecast) -> list[Ahead]:
    weekdays = "一二三四五六日" if past.scene.language == "zh" else ""

    def words(one: float) -> str:
        return figure_text(past.metric, _exact(past.metric, one), past.scene.language)

    found = []
    for at, day in enumerate(past.coming(len(told.values))):
        name = f"{past.name(day)} 周{weekdays[day.weekday()]}" if weekdays else f"{past.name(day)} {day:%a}"
        when = past.name(day) if past.weekly else name
        found.append(Ahead(when, words(told.values[at]), words(told.low[at]), words(told.high[at])))
    return found


def _judged(trial: Trial, language: str) -> Mapping[str, str]:
    """How a method did, in words; a dash where nothing could be judged."""
    shares = {"wape": trial.wape, "total": trial.total_error}
    told = {
        name: "—" if one is None else format_percent(Decimal(str(round(one, 4))), language)
        for name, one in shares.items()
    }
    return {**told, "mase": "—" if trial.mase is None else f"{trial.mase:.2f}"}


def _exact(metric: Metric, value: float) -> Decimal:
    return Decimal(str(round(value, metric.scale)))
