"""Figures of a paper: of its span and of the span before, or split by a dimension with bars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from engine.diagnostics import Message
from engine.model.documents import DocumentPart, DocumentPeriod
from engine.model.errors import BadRequest, NotFound
from engine.model.metrics import Metric
from engine.model.requests import AggregateRequest, AggregateRow, Condition
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.work import Work
from engine.web.papers.paper import Column, PaperPart, Row
from engine.web.papers.spans import before
from engine.widgets.contract import Scene
from engine.widgets.dimension_words import BUCKETS, dimension_field, in_order, key_words
from engine.widgets.figures import as_decimal, exact_text, movement
from engine.widgets.periods import Period

NOTHING = "—"
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which record and span the figures are."""

    record: int
    kind: DocumentPeriod
    span: Period | None

    def request(self, part: DocumentPart, metric: str, span: Period | None) -> AggregateRequest:
        return AggregateRequest(
            metrics=(metric,),
            dimensions=(part.by,) if part.by and part.by not in BUCKETS else (),
            bucket=part.by if part.by in BUCKETS else None,
            since=span.since if span else None,
            until=span.until if span else None,
            where=(Condition((part.of,), "eq", self.record),) if part.of else (),
        )


def figures_part(work: Work, scene: Scene, part: DocumentPart, asked: Asked) -> PaperPart:
    """A table of figures; a metric that the reader may not see is not there."""
    metrics = [one for name in part.metrics if (one := scene.model.metrics.get(name)) is not None]
    if part.by:
        return _split(work, scene, part, asked, metrics)
    earlier = before(asked.kind, asked.span) if asked.span else None
    rows = []
    for metric in metrics:
        now = _found(work, asked.request(part, metric.name, asked.span))
        if now is None:
            continue
        cells = [scene.words(metric.label), _text(metric, _value(now, metric), scene)]
        if earlier is not None:
            then = _value(_found(work, asked.request(part, metric.name, earlier)) or (), metric)
            cells += [_text(metric, then, scene), _change(metric, _value(now, metric), then, scene)]
        rows.append(Row(tuple(cells)))
    columns = [Column(_say(scene, "指标", "Figure"), wide=True), Column(_say(scene, "本期", "Now"), True)]
    if earlier is not None:
        columns += [Column(_say(scene, "上期", "Before"), True), Column(_say(scene, "变化", "Change"), True)]
    return PaperPart(
        part.id, "table", scene.words(part.label), columns=tuple(columns) if rows else (), rows=tuple(rows)
    )


def _split(work: Work, scene: Scene, part: DocumentPart, asked: Asked, metrics: list[Metric]) -> PaperPart:
    """A row for each value of the dimension, longest first by the first metric."""
    shown, values, names = [], dict[Key, dict[str, object]](), dict[Key, str]()
    for metric in metrics:
        found = _found(work, asked.request(part, metric.name, asked.span))
        if found is None:
            continue
        shown.append(metric)
        for row in found:
            values.setdefault(row.keys, {})[metric.name] = row.values.get(metric.name)
            names.setdefault(row.keys, key_words(scene, metric, part.by, row, 0))
    if not shown:
        return PaperPart(part.id, "table", "")
    sizes = {key: as_decimal(one.get(shown[0].name)) or Decimal(0) for key, one in values.items()}
    most = max((abs(size) for size in sizes.values()), default=Decimal(0))
    field = dimension_field(scene, shown[0], part.by)
    if part.by_key:
        order: list[Key] = [(key,) for key in in_order(scene, shown[0], part.by, [one[0] for one in values])]
    else:
        order = sorted(values, key=lambda key: (-sizes[key], names[key]))
    rows = [
        Row(
            (names[key], *(_text(metric, values[key].get(metric.name), scene) for metric in shown)),
            int(max(sizes[key], Decimal(0)) / most * 100) if most else 0,
        )
        for key in order[: part.limit]
    ]
    left = len(order) - len(rows)
    head = scene.words(field.label) if field is not None else _say(scene, "日期", "Date")
    return PaperPart(
        part.id,
        "table",
        scene.words(part.label),
        columns=(Column(head), *(Column(scene.words(one.label), True) for one in shown)),
        rows=tuple(rows),
        bars=True,
        more=_say(scene, f"另有 {left} 行未列出", f"{left} more rows are not listed") if left > 0 else "",
    )


def _found(work: Work, request: AggregateRequest) -> tuple[AggregateRow, ...] | None:
    """The figures; None where the metric, or what it is split or filtered by, does not exist for the reader."""
    try:
        return aggregate(work, request)
    except (BadRequest, NotFound):
        return None


def _value(rows: tuple[AggregateRow, ...], metric: Metric) -> object:
    return rows[0].values.get(metric.name) if rows else None


def _text(metric: Metric, value: object, scene: Scene) -> str:
    unit = scene.words(metric.unit_label) if metric.display not in {"money", "percent"} else ""
    text = exact_text(metric, value, scene.language)
    return (f"{text} {unit}" if unit else text) if text else NOTHING


def _change(metric: Metric, now: object, then: object, scene: Scene) -> str:
    found = movement(metric, now, then, scene.language)
    signs: Mapping[str, str] = {"up": "▲ +", "down": "▼ −"}
    return signs.get(found.direction, "") + found.text if found is not None else NOTHING


def _say(scene: Scene, zh: str, en: str) -> str:
    return Message(zh, en).text(scene.language)
