"""The axes of a pivot: the dimensions of its lines and columns, as the page declares them or its reader chooses."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.metrics import Metric, bases_of
from engine.model.pages import Item
from engine.widgets.contract import Scene
from engine.widgets.dimension_words import BUCKETS
from engine.widgets.properties import text, texts

BUCKET_WORDS = {
    "day": ("日", "Day"),
    "week": ("周", "Week"),
    "month": ("月", "Month"),
    "quarter": ("季度", "Quarter"),
    "year": ("年", "Year"),
}
NONE = "~"
"""How an address says that there is no second dimension, or none along the top."""


@dataclass(frozen=True, slots=True)
class Axes:
    """One or two dimensions of the lines; `column` is a dimension, a bucket of time, or empty."""

    rows: tuple[str, ...]
    column: str = ""


@dataclass(frozen=True, slots=True)
class Choosable:
    """A dimension or bucket by which the reader may split all metrics."""

    name: str
    label: str


def metrics_shown(item: Item, scene: Scene) -> tuple[Metric, ...]:
    return tuple(scene.model.metrics[name] for name in texts(item, "metrics") if name in scene.model.metrics)


def choosable(metrics: tuple[Metric, ...], scene: Scene) -> list[Choosable]:
    """The dimensions that every metric has and the reader may name, then the spans of time where every metric has a time."""
    if not metrics:
        return []
    bases = [base for metric in metrics for base in bases_of(scene.model.metrics, metric.name)]
    dimensions = [
        Choosable(one.name, scene.words(one.label) or one.name)
        for one in metrics[0].dimensions
        if all(_tells(scene, base, one.name) for base in bases)
    ]
    if not all(base.time for base in bases):
        return dimensions
    at = 0 if scene.language == "zh" else 1
    return dimensions + [Choosable(name, words[at]) for name, words in BUCKET_WORDS.items()]


def axes_of(item: Item, scene: Scene, offered: list[Choosable]) -> Axes:
    """The axes that the address asks for where they are offered, else the declared ones."""
    dimensions = {one.name for one in offered if one.name not in BUCKETS}
    declared = texts(item, "rows")
    asked = [scene.parameters.get(f"{item.id}.row{at}", "") for at in (1, 2)]
    first = asked[0] if asked[0] in dimensions else next(iter(declared), "")
    second = asked[1] if asked[1] in dimensions | {NONE} else next(iter(declared[1:]), NONE)
    column = scene.parameters.get(f"{item.id}.column", "")
    column = column if column in {NONE, *(one.name for one in offered)} else text(item, "columns", NONE)
    rows = (first,) if second in {NONE, first} else (first, second)
    return Axes(rows, "" if column in {NONE, *rows} else column)


def _tells(scene: Scene, base: Metric, name: str) -> bool:
    dimension = base.dimension(name)
    return dimension is not None and scene.readable_field(base.entity or "", dimension.path) is not None
