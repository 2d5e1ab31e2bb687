"""A KPI tile: one figure, its change, its target, its trend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.model.metrics import target_of
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AggregateRow
from engine.widgets.charts.spark import spark
from engine.widgets.contract import Aggregates, Failed, Need, Scene
from engine.widgets.drill_links import drill_into
from engine.widgets.figures import as_decimal, exact_text, figure_parts, figure_text, movement
from engine.widgets.periods import Period, add_months
from engine.widgets.properties import text

TREND_MONTHS = 12


def needs(item: Item, scene: Scene) -> Mapping[str, Need]:
    name = text(item, "metric")
    metric, period = scene.model.metrics.get(name), scene.filters.get("period")
    if metric is None or not isinstance(period, Period):
        return {}
    request = _request(item, period)
    asked: dict[str, Need] = {"now": Aggregates(request)}
    if (target := target_of(item.properties, metric)) in scene.model.metrics:
        asked["target"] = Aggregates(replace(request, metrics=(target,)))
    if period.since is not None and text(item, "compare") != "none":
        asked["before"] = Aggregates(request, previous=True)
    if metric.time and "spark" in item.properties:
        first = add_months(scene.today.replace(day=1), 1 - TREND_MONTHS)
        asked["trend"] = Aggregates(AggregateRequest(metrics=(name,), bucket="month", since=first, until=scene.today))
    return asked


def _request(item: Item, period: Period) -> AggregateRequest:
    return AggregateRequest(metrics=(text(item, "metric"),), since=period.since, until=period.until)


def view(item: Item, scene: Scene, found: Mapping[str, object]) -> Mapping[str, object]:
    metric = scene.model.metrics.get(text(item, "metric"))
    now = found.get("now")
    if metric is None or isinstance(now, Failed) or now is None:
        return {
            "state": "error",
            "failed": now if isinstance(now, Failed) else Failed("empty", ""),
            "label": scene.words(item.label),
        }
    value = _value(now, metric.name)
    period = scene.filters.get("period")
    figure, unit = figure_parts(metric, value, scene.language)
    target = _value(found.get("target"), target_of(item.properties, metric))
    return {
        "state": "rows",
        "label": scene.words(item.label) or scene.words(metric.label),
        "url": drill_into(scene, metric, _request(item, period)).address if isinstance(period, Period) else "",
        "value": figure,
        "unit": unit,
        "exact": exact_text(metric, value, scene.language),
        "help": scene.words(metric.description),
        "movement": movement(metric, value, _value(found.get("before"), metric.name), scene.language),
        "period": scene.words(period.label) if isinstance(period, Period) and metric.time else "",
        "target": figure_text(metric, target, scene.language) if target is not None else "",
        "spark": spark([as_decimal(row.values.get(metric.name)) for row in _rows(found.get("trend"))])
        if "trend" in found
        else "",
    }


def _rows(found: object) -> tuple[AggregateRow, ...]:
    return tuple(one for one in found if isinstance(one, AggregateRow)) if isinstance(found, tuple) else ()


def _value(found: object, name: str) -> object:
    rows = _rows(found)
    return rows[0].values.get(name) if rows and name else None
