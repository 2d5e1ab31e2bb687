"""Drawing a chart item: from aggregate rows to the chart's figures and its SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from markupsafe import Markup

from engine.model.metrics import Metric
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AggregateRow
from engine.widgets.charts.area import area_chart, line_chart
from engine.widgets.charts.bar import bar_chart, horizontal_bar_chart
from engine.widgets.charts.combo import combo_chart
from engine.widgets.charts.funnel import funnel_chart
from engine.widgets.charts.gauge import GaugeSpec, gauge
from engine.widgets.charts.heat import heat_chart
from engine.widgets.charts.pie import pie_chart
from engine.widgets.charts.radar import radar_chart
from engine.widgets.charts.scatter import scatter_chart
from engine.widgets.charts.spec import ChartSpec, Series
from engine.widgets.contract import Scene
from engine.widgets.dimension_words import BUCKETS, dimension_field, in_order, key_words
from engine.widgets.drill_links import Drill, drill_into
from engine.widgets.figures import as_decimal
from engine.widgets.periods import Period
from engine.widgets.properties import number, text

MOST = 24
MOST_OF_KIND = {"bar": MOST, "combo": MOST, "scatter": 80}
"""Categories of a chart by its kind where they are not 12."""


REMEMBERED = 64
"""Charts that are kept as they were drawn, some 40 KB each."""
RADAR_SUBJECTS = 4
"""Subjects that a radar of several metrics compares; more polygons cannot be told apart."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn: the item, the reader's scene, metrics, the rows found and the request that found them."""

    item: Item
    scene: Scene
    metrics: Sequence[Metric]
    rows: Sequence[AggregateRow]
    title: str
    request: AggregateRequest
    period: Period | None = None
    _drills: dict[str, Drill] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def kind(self) -> str:
        return text(self.item, "chart", "bar")

    def link(self, metric: Metric, row: AggregateRow) -> str:
        if metric.name not in self._drills:
            self._drills[metric.name] = drill_into(self.scene, metric, self.request)
        return self._drills[metric.name].group(row)


def draw(drawing: Drawing) -> Markup:
    """The SVG of a chart item."""
    if drawing.kind == "gauge":
        return _gauge(drawing)
    return chart_of(drawing.kind, _spec(drawing), Decimal(100) if _compares(drawing) else None)


@lru_cache(maxsize=REMEMBERED)
def chart_of(kind: str, spec: ChartSpec, rim: Decimal | None) -> Markup:
    """The chart of a kind; what is drawn depends on nothing else, so equal figures, whoever reads them, are drawn once."""
    match kind:
        case "line" | "spark":
            return line_chart(spec)
        case "area":
            return area_chart(spec)
        case "pie":
            return pie_chart(spec)
        case "radar":
            return radar_chart(spec, maximum=rim)
        case "heat":
            return heat_chart(spec)
        case "funnel":
            return funnel_chart(spec)
        case "horizontal_bar":
            return horizontal_bar_chart(spec)
        case "combo":
            return combo_chart(spec)
        case "scatter":
            return scatter_chart(spec)
    return bar_chart(spec, stacked=kind == "stacked_bar")


def _compares(drawing: Drawing) -> bool:
    """Whether a radar sets subjects side by side on several metrics, each against its best."""
    return drawing.kind == "radar" and len(drawing.metrics) > 2 and bool(text(drawing.item, "by"))


def _spec(drawing: Drawing) -> ChartSpec:
    scene, metric = drawing.scene, drawing.metrics[0]
    if _compares(drawing):
        categories, series = _abilities(drawing)
    elif text(drawing.item, "by2"):
        categories, series = _heat(drawing) if drawing.kind == "heat" else _split(drawing)
    else:
        categories, series = _columns(drawing)
    compares = _compares(drawing)
    display = metric.display if metric.display in {"money", "percent"} and not compares else "number"
    return ChartSpec(
        title=drawing.title,
        categories=categories,
        series=series,
        language=scene.language,
        unit=("最好的一个为 100" if scene.language == "zh" else "the best is 100")
        if compares
        else scene.words(metric.unit_label),
        period=scene.words(drawing.period.label) if drawing.period is not None and metric.time else "",
        display=display,
        currency=metric.currency or "CNY",
        scale=0 if compares else metric.scale,
    )


def _abilities(drawing: Drawing) -> tuple[tuple[str, ...], tuple[Series, ...]]:
    """Metrics as spokes, a polygon for each of the first subjects, every value as percent of the best one's."""
    scene, metrics = drawing.scene, drawing.metrics
    best = {
        one.name: max((as_decimal(row.values.get(one.name)) or Decimal(0) for row in drawing.rows), default=Decimal(0))
        for one in metrics
    }
    kept = _ordered(drawing.item, scene, metrics[0], list(drawing.rows))[:RADAR_SUBJECTS]
    series = tuple(
        Series(
            key_words(scene, metrics[0], text(drawing.item, "by"), row, 0),
            tuple(_share(as_decimal(row.values.get(one.name)), best[one.name]) for one in metrics),
            tuple(drawing.link(one, row) for one in metrics),
        )
        for row in kept
    )
    return tuple(scene.words(one.label) for one in metrics), series


def _share(value: Decimal | None, best: Decimal) -> Decimal | None:
    if value is None or best <= 0:
        return None
    return (value / best * 100).quantize(Decimal(1))


def _columns(drawing: Drawing) -> tuple[tuple[str, ...], tuple[Series, ...]]:
    """One series a metric over one dimension; many categories keep the largest. Without a dimension metrics are the categories."""
    item, scene, metrics, rows = drawing.item, drawing.scene, drawing.metrics, drawing.rows
    if not text(item, "by"):
        values = tuple(as_decimal(rows[0].values.get(one.name)) for one in metrics) if rows else ()
        links = tuple(drawing.link(one, rows[0]) for one in metrics) if rows else ()
        return tuple(scene.words(one.label) for one in metrics), (Series(drawing.title, values, links),)
    kept = list(rows)
    if text(item, "by") not in BUCKETS:
        kept = _ordered(item, scene, metrics[0], kept)[
            : number(item, "limit", MOST_OF_KIND.get(text(item, "chart"), 12))
        ]
    names = tuple(key_words(scene, metrics[0], text(item, "by"), row, 0) for row in kept)
    series = tuple(
        Series(
            scene.words(one.label),
            tuple(as_decimal(row.values.get(one.name)) for row in kept),
            tuple(drawing.link(one, row) for row in kept),
            told_as=_told_as(one, scene) if _differs(one, metrics[0]) else None,
        )
        for one in metrics
    )
    return names or ("",), series


def _differs(metric: Metric, first: Metric) -> bool:
    """Whether a metric's figures are told otherwise than those of the first one."""
    return (metric.display, metric.currency, metric.unit_label) != (first.display, first.currency, first.unit_label)


def _told_as(metric: Metric, scene: Scene) -> ChartSpec:
    """How the figures of a metric are told, by a chart of nothing else."""
    return ChartSpec(
        title="",
        categories=(),
        series=(),
        language=scene.language,
        unit=scene.words(metric.unit_label),
        display=metric.display if metric.display in {"money", "percent"} else "number",
        currency=metric.currency or "CNY",
        scale=metric.scale,
    )


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


def _heat(drawing: Drawing) -> tuple[tuple[str, ...], tuple[Series, ...]]:
    """A heat map's rows are the first dimension (as series), its columns the second."""
    return _matrix(drawing, across=1)


def _split(drawing: Drawing) -> tuple[tuple[str, ...], tuple[Series, ...]]:
    """The first dimension runs along the axis, the second splits every mark into series."""
    return _matrix(drawing, across=0)


def _matrix(drawing: Drawing, across: int) -> tuple[tuple[str, ...], tuple[Series, ...]]:
    """Two dimensions: the one numbered `across` gives the categories, the other the series."""
    item, scene, metric = drawing.item, drawing.scene, drawing.metrics[0]
    along = 1 - across
    names: tuple[dict[object, str], dict[object, str]] = ({}, {})
    found: dict[tuple[object, object], AggregateRow] = {}
    for row in drawing.rows:
        for at, name in enumerate(("by", "by2")):
            if row.keys[at] not in names[at]:
                names[at][row.keys[at]] = key_words(scene, metric, text(item, name), row, at)
        found[row.keys[across], row.keys[along]] = row
    columns = _in_order(drawing, names[across], across)

    def series(one: object) -> Series:
        rows = [found.get((other, one)) for other in columns]
        values = tuple(as_decimal(row.values.get(metric.name)) if row else None for row in rows)
        return Series(names[along][one], values, tuple(drawing.link(metric, row) if row else "" for row in rows))

    kept = _in_order(drawing, names[along], along)
    return tuple(names[across][one] for one in columns), tuple(series(one) for one in kept)


def _in_order(drawing: Drawing, found: dict[object, str], at: int) -> list[object]:
    """The keys of a dimension as people expect them: choices and states as declared, numbers and days in theirs."""
    return in_order(drawing.scene, drawing.metrics[0], text(drawing.item, "by2" if at else "by"), found)[:MOST]


def _gauge(drawing: Drawing) -> Markup:
    metric, rows, scene = drawing.metrics[0], drawing.rows, drawing.scene
    declared = text(drawing.item, "target_metric") or (drawing.metrics[1].name if len(drawing.metrics) > 1 else "")
    target = as_decimal(rows[0].values.get(declared)) if rows and declared else None
    if target is None and metric.display == "percent":
        target = Decimal(1)
    spec = GaugeSpec(
        title=drawing.title,
        value=as_decimal(rows[0].values.get(metric.name)) if rows else None,
        target=target,
        language=scene.language,
        display=metric.display if metric.display in {"money", "percent"} else "number",
        link=drawing.link(metric, rows[0]) if rows else "",
    )
    return gauge(spec)
