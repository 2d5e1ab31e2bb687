"""Charts of a report: drawn as on the dashboard for paper, and their numbers as a table for letters and for who counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from markupsafe import Markup

from engine.diagnostics import Message
from engine.model.metrics import Metric
from engine.model.pages import Item
from engine.model.requests import AggregateRow
from engine.web.papers.paper import Column, PaperPart, Row
from engine.widgets.contract import Scene
from engine.widgets.dimension_words import BUCKETS, in_order, key_words
from engine.widgets.figures import as_decimal, exact_text
from engine.widgets.forecast.query import Ahead
from engine.widgets.properties import text, texts

MOST = 40
"""Rows of a table at most."""
NOTHING = "—"
IN_FIGURES = frozenset({"horizontal_bar", "pie", "funnel", "gauge", "heat"})
"""Charts whose marks have their figures beside them."""
LABELLED = 8
"""Upright bars that have room for their figures above."""


def chart_parts(scene: Scene, item: Item, view: Mapping[str, object], found: object) -> Iterator[PaperPart]:
    """The part of a chart: `view` is what its widget shows, `found` the rows behind it. None where nothing is to be told."""
    drawn = view.get("svg")
    picture = drawn if isinstance(drawn, Markup) else None
    metrics = _metrics(scene, item)
    if not isinstance(found, tuple) or not metrics:
        return
    kept = [one for one in found if isinstance(one, AggregateRow)]
    label = scene.words(item.label) or scene.words(metrics[0].label)
    numbers = _split if text(item, "by") else _side_by_side
    kind = text(item, "chart")
    told = kind in IN_FIGURES or (kind == "bar" and len(metrics) == 1 and len(kept) <= LABELLED)
    yield numbers(scene, item, metrics, kept, PaperPart(item.id, "table", label, picture=picture, told=told))


def forecast_parts(scene: Scene, item: Item, view: Mapping[str, object]) -> Iterator[PaperPart]:
    """The part of a forecast: its past with what comes, and what comes in numbers."""
    drawn, ahead = view.get("svg"), view.get("ahead")
    if not isinstance(drawn, Markup) or not isinstance(ahead, list):
        return
    heads = (
        Column(_say(scene, "日期", "Date")),
        Column(_say(scene, "预测", "Forecast"), True),
        Column(_say(scene, "80 % 区间", "80 % interval"), True),
    )
    rows = tuple(Row((one.when, one.value, f"{one.low} – {one.high}")) for one in ahead if isinstance(one, Ahead))
    yield PaperPart(item.id, "table", str(view["label"]), columns=heads, rows=rows[:MOST], picture=drawn)


def _metrics(scene: Scene, item: Item) -> list[Metric]:
    names = texts(item, "metrics") or tuple(filter(None, (text(item, "metric"),)))
    target = text(item, "target_metric")
    return [scene.model.metrics[name] for name in (*names, target) if name in scene.model.metrics]


def _side_by_side(
    scene: Scene, item: Item, metrics: Sequence[Metric], rows: Sequence[AggregateRow], part: PaperPart
) -> PaperPart:
    """Figures that are not split: a row for each."""
    heads = (Column(_say(scene, "指标", "Figure"), wide=True), Column(_say(scene, "数值", "Value"), True))
    lines = tuple(Row((scene.words(one.label), _text(scene, one, rows[0]))) for one in metrics) if rows else ()
    return replace(part, columns=heads, rows=lines)


def _split(
    scene: Scene, item: Item, metrics: Sequence[Metric], rows: Sequence[AggregateRow], part: PaperPart
) -> PaperPart:
    """A row for each group with a bar, longest first; along time in its order."""
    first, by = metrics[0], text(item, "by")
    sizes = {one.keys: as_decimal(one.values.get(first.name)) or Decimal(0) for one in rows}
    most = max((abs(size) for size in sizes.values()), default=Decimal(0))
    if by in BUCKETS:
        places = {key: at for at, key in enumerate(in_order(scene, first, by, {one.keys[0] for one in rows}))}
        ordered = sorted(rows, key=lambda one: places[one.keys[0]])
    else:
        ordered = sorted(rows, key=lambda one: -sizes[one.keys])
    lines = []
    for one in ordered[:MOST]:
        names = filter(None, (by, text(item, "by2")))
        words = [key_words(scene, first, name, one, at) for at, name in enumerate(names)]
        cells = [_text(scene, metric, one) for metric in metrics]
        share = int(max(sizes[one.keys], Decimal(0)) / most * 100) if most else 0
        lines.append(Row((" · ".join(words), *cells), share))
    more = len(ordered) - len(lines)
    return replace(
        part,
        columns=(Column(""), *(Column(scene.words(metric.label), True) for metric in metrics)),
        rows=tuple(lines),
        bars=True,
        more=_say(scene, f"另有 {more} 行未列出", f"{more} more rows are not listed") if more > 0 else "",
    )


def _text(scene: Scene, metric: Metric, row: AggregateRow) -> str:
    return exact_text(metric, row.values.get(metric.name), scene.language) or NOTHING


def _say(scene: Scene, zh: str, en: str) -> str:
    return Message(zh, en).text(scene.language)
