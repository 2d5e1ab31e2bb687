"""Keys of dimensions as people read them and in the order that they expect."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from engine.model.entities import Field
from engine.model.metrics import Metric
from engine.model.requests import AggregateRow
from engine.widgets.cells import show
from engine.widgets.contract import Scene

BUCKETS = frozenset({"day", "week", "month", "quarter", "year"})
"""Spans of time that a chart or table may run along, in the place of a dimension."""


def dimension_field(scene: Scene, metric: Metric, name: str) -> Field | None:
    """The field that a dimension of a metric splits by."""
    for one in (metric, *(scene.model.metrics[other] for other in metric.inputs if other in scene.model.metrics)):
        dimension = one.dimension(name)
        if dimension is not None and one.entity is not None:
            return scene.readable_field(one.entity, dimension.path)
    return None


def key_words(scene: Scene, metric: Metric, name: str, row: AggregateRow, at: int) -> str:
    """The key number `at` of a row, a group of the dimension `name`."""
    key, title = row.keys[at], row.titles[at]
    if title is not None:
        return title
    if key is None:
        return "未填" if scene.language == "zh" else "None"
    if name in BUCKETS:
        return bucket_text(key, name, scene.language)
    field = dimension_field(scene, metric, name)
    return show(key, field, scene).text if field is not None else str(key)


def in_order(scene: Scene, metric: Metric, name: str, keys: Iterable[object]) -> list[object]:
    """Choices and states as declared, numbers and days in their order, others by their words' code points; none last."""
    field = dimension_field(scene, metric, name)
    declared = {choice.name: index for index, choice in enumerate(field.choices)} if field is not None else {}
    return sorted(keys, key=lambda key: (declared.get(str(key), len(declared)), _sortable(key)))


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


def _sortable(key: object) -> tuple[int, str]:
    if key is None:
        return 2, ""
    if isinstance(key, int | Decimal) and not isinstance(key, bool):
        return 0, f"{Decimal(key) + 10**15:030.6f}"
    return 1, str(key)
