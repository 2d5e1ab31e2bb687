"""A chart: metrics split by one or two dimensions, drawn on the server, every mark opening its rows."""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.metrics import Metric
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AggregateRow
from engine.widgets.chart.drawing import Drawing, draw
from engine.widgets.contract import Aggregates, Need, Scene
from engine.widgets.dimension_words import BUCKETS
from engine.widgets.periods import Period, resolve_period
from engine.widgets.properties import number, text, texts
from engine.widgets.unanswered import unanswered

BUCKET_PERIOD = {"day": "last_30_days", "week": "last_90_days", "month": "last_12_months"}
LEAST_DAYS = {"day": 7, "week": 28, "month": 89}
"""Shorter periods than these would leave a chart over time with a mark or two."""


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    metrics = _metrics(item, scene)
    if not metrics:
        return {}
    return {"rows": Aggregates(_request(item, scene, metrics))}


def _request(item: Item, scene: Scene, metrics: tuple[Metric, ...]) -> AggregateRequest:
    by, period = text(item, "by"), period_of(item, scene)
    target = text(item, "target_metric")
    names = (*(metric.name for metric in metrics), *((target,) if target in scene.model.metrics else ()))
    return AggregateRequest(
        metrics=tuple(dict.fromkeys(names)),
        dimensions=tuple(name for name in (by, text(item, "by2")) if name and name not in BUCKETS),
        bucket=by if by in BUCKETS else None,
        since=period.since if period else None,
        until=period.until if period else None,
        limit=number(item, "limit", 200),
    )


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    metrics, rows = _metrics(item, scene), found.get("rows")
    label = scene.words(item.label) or (scene.words(metrics[0].label) if metrics else "")
    if not isinstance(rows, tuple):
        return unanswered(label, rows)
    period = period_of(item, scene)
    kept = tuple(row for row in rows if isinstance(row, AggregateRow))
    return {
        "state": "rows" if kept else "empty",
        "label": label,
        "period": scene.words(period.label) if period else "",
        "svg": draw(Drawing(item, scene, metrics, kept, label, _request(item, scene, metrics), period)) if kept else "",
    }


def _metrics(item: Item, scene: Scene) -> tuple[Metric, ...]:
    names = texts(item, "metrics") or ((text(item, "metric"),) if text(item, "metric") else ())
    return tuple(scene.model.metrics[name] for name in names if name in scene.model.metrics)


def period_of(item: Item, scene: Scene) -> Period | None:
    """Charts over time show a span that fits their bucket; others obey the page's period."""
    period = scene.filters.get("period")
    if not isinstance(period, Period):
        return None
    by = text(item, "by")
    short = (
        period.since is not None
        and period.until is not None
        and (period.until - period.since).days < LEAST_DAYS.get(by, 0)
    )
    return resolve_period(BUCKET_PERIOD[by], scene.today) if short and by in BUCKET_PERIOD else period
