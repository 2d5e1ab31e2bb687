"""Drawing a chart item: from aggregate rows to the chart's figures and its SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from markupsafe import Markup

from engine.model.entities import Field
from engine.model.metrics import Metric
from engine.model.pages import Item
from engine.model.requests import AggregateRow
from engine.widgets.cells import show
from engine.widgets.charts.area import area_chart, line_chart
from engine.widgets.charts.bar import bar_chart, horizontal_bar_chart
from engine.widgets.charts.funnel import funnel_chart
from engine.widgets.charts.gauge import GaugeSpec, gauge
from engine.widgets.charts.heat import heat_chart
from engine.widgets.charts.pie import pie_chart
from engine.widgets.charts.radar import radar_chart
from engine.widgets.charts.spec import ChartSpec, Series
from engine.widgets.contract import Scene
from engine.widgets.figures import as_decimal
from engine.widgets.periods import Period
from engine.widgets.properties import number, text

MOST = 24
BUCKETS = frozenset({"day", "week", "month", "quarter", "year"})


def draw(item: Item, scene: Scene, metrics: Sequence[Metric], rows: Sequence[AggregateRow], title: str) -> Markup:
    """The SVG of a chart item."""
    kind = text(item, "chart", "bar")
    if kind == "gauge":
        return _gauge(item, scene, metrics, rows, title)
    spec = _spec(item, scene, metrics, rows, title)
    match kind:
        case "line" | "spark":
            return line_chart(spec)
        case "area":
            return area_chart(spec)
        case "pie":
            return pie_chart(spec)
        case "radar":
            return radar_chart(spec)
        case "heat":
            return heat_chart(spec)
        case "funnel":
            return funnel_chart(spec)
        case "horizontal_bar":
            return horizontal_bar_chart(spec)
    return bar_chart(spec, stacked=kind == "stacked_bar")


def _spec(item: Item, scene: Scene, metrics: Sequence[Metric], rows: Sequence[AggregateRow], title: str) -> ChartSpec:
    metric = metrics[0]
    two = bool(text(item, "by2"))
    categories, series = _matrix(item, scene, metric, rows) if two else _columns(item, scene, metrics, rows)
    period = scene.filters.get("period")
    return ChartSpec(
        title=title,
        categories=categories,
        series=series,
        language=scene.language,
        unit=scene.words(metric.unit_label),
        period=scene.words(period.label) if isinstance(period, Period) and metric.time else "",
        display=metric.display if metric.display in {"money", "percent"} else "number",
        currency=metric.currency or "CNY",
        scale=metric.scale,
    )


def _columns(
    item: Item, scene: Scene, metrics: Sequence[Metric], rows: Sequence[AggregateRow]
) -> tuple[tuple[str, ...], tuple[Series, ...]]:
    """One series a metric over one dimension; many categories keep the largest. Without a dimension metrics are the categories."""
    if not text(item, "by"):
        values = tuple(as_decimal(rows[0].values.get(one.name)) for one in metrics) if rows else ()
        return tuple(scene.words(one.label) for one in metrics), (Series(title_of(item, scene, metrics), values),)
    kept = list(rows)
    if text(item, "by") not in BUCKETS:
        kept = _ordered(item, scene, metrics[0], kept)[
            : number(item, "limit", 12 if text(item, "chart") != "bar" else MOST)
        ]
    names = tuple(_key(item, scene, row, 0, metrics[0], "by") for row in kept)
    series = tuple(
        Series(scene.words(one.label), tuple(as_decimal(row.values.get(one.name)) for row in kept)) for one in metrics
    )
    return names or ("",), series


def title_of(item: Item, scene: Scene, metrics: Sequence[Metric]) -> str:
    return scene.words(item.label) or scene.words(metrics[0].label)


def _ordered(item: Item, scene: Scene, metric: Metric, rows: list[AggregateRow]) -> list[AggregateRow]:
    """Choices and states in their declared order, numbers and days in theirs, others by value."""
    field = dimension_field(scene, metric, text(item, "by"))
    if field is not None and field.choices and text(item, "sort") != "value":
        order = {choice.name: index for index, choice in enumerate(field.choices)}
        return sorted(rows, key=lambda row: order.get(str(row.keys[0]), len(order)))
    if text(item, "sort") != "value" and all(
        isinstance(row.keys[0], int | Decimal | date) and row.titles[0] is None for row in rows
    ):
        return sorted(rows, key=lambda row: row.keys[0])  # type: ignore[arg-type, return-value]
    return sorted(rows, key=lambda row: as_decimal(row.values.get(metric.name)) or Decimal(0), reverse=True)


def _matrix(
    item: Item, scene: Scene, metric: Metric, rows: Sequence[AggregateRow]
) -> tuple[tuple[str, ...], tuple[Series, ...]]:
    """Rows of the first dimension as series, the second as categories."""
    first: dict[object, str] = {}
    second: dict[object, str] = {}
    values: dict[tuple[object, object], Decimal | None] = {}
    for row in sorted(rows, key=lambda one: tuple(_sortable(key) for key in one.keys)):
        first.setdefault(row.keys[0], _key(item, scene, row, 0, metric, "by"))
        second.setdefault(row.keys[1], _key(item, scene, row, 1, metric, "by2"))
        values[row.keys[0], row.keys[1]] = as_decimal(row.values.get(metric.name))
    columns = sorted(second, key=_sortable)[:MOST]
    series = tuple(
        Series(first[one], tuple(values.get((one, other)) for other in columns))
        for one in sorted(first, key=_sortable)[:MOST]
    )
    return tuple(second[one] for one in columns), series


def _sortable(key: object) -> tuple[int, str]:
    if key is None:
        return 2, ""
    if isinstance(key, int | Decimal) and not isinstance(key, bool):
        return 0, f"{Decimal(key) + 10**15:030.6f}"
    return 1, str(key)


def _key(item: Item, scene: Scene, row: AggregateRow, at: int, metric: Metric, name: str) -> str:
    key, title = row.keys[at], row.titles[at]
    if title is not None:
        return title
    if key is None:
        return "未填" if scene.language == "zh" else "None"
    by = text(item, name)
    if by in BUCKETS:
        return bucket_text(key, by, scene.language)
    field = dimension_field(scene, metric, by)
    return show(key, field, scene).text if field is not None else str(key)


def dimension_field(scene: Scene, metric: Metric, name: str) -> Field | None:
    """The field that a dimension of a metric splits by."""
    for one in (metric, *(scene.model.metrics[other] for other in metric.inputs if other in scene.model.metrics)):
        dimension = one.dimension(name)
        if dimension is not None and one.entity is not None:
            return scene.readable_field(one.entity, dimension.path)
    return None


def bucket_text(key: object, bucket: str, language: str) -> str:
    """A day, week, month, quarter or year as an axis names it."""
    if not isinstance(key, date | datetime):
        return str(key)
    if bucket == "year":
        return f"{key.year}"
    if bucket == "quarter":
        return f"{key.year % 100:02d}Q{(key.month + 2) // 3}"
    if bucket == "month":
        return (
            f"{key.month}月"
            if language == "zh" and key.month != 1
            else f"{key.year}-{key.month:02d}"
            if language == "zh"
            else key.strftime("%b %y")
        )
    return f"{key.month}/{key.day}"


def _gauge(item: Item, scene: Scene, metrics: Sequence[Metric], rows: Sequence[AggregateRow], title: str) -> Markup:
    metric = metrics[0]
    value = as_decimal(rows[0].values.get(metric.name)) if rows else None
    target = as_decimal(rows[0].values.get(metrics[1].name)) if rows and len(metrics) > 1 else None
    return gauge(gauge_spec(metric, scene, value, target, title))


def gauge_spec(metric: Metric, scene: Scene, value: Decimal | None, target: Decimal | None, title: str) -> GaugeSpec:
    fields: Mapping[str, object] = {
        "title": title,
        "value": value,
        "target": target if target is not None else (Decimal(1) if metric.display == "percent" else None),
        "language": scene.language,
        "display": metric.display if metric.display in {"money", "percent"} else "number",
    }
    known = {name: one for name, one in fields.items() if name in GaugeSpec.__dataclass_fields__}
    return GaugeSpec(**known)  # type: ignore[arg-type]
