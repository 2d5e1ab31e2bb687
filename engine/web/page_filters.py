"""Filters of a page: its period, and dimensions that its figures share; chosen in the address, offered above the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.diagnostics import DougongError
from engine.model.entities import FieldKind
from engine.model.pages import Item, Page, PageFilter
from engine.model.requests import AggregateRequest
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.work import Work
from engine.web.chosen_filters import PERIOD, metrics_with
from engine.web.conditions import is_visible
from engine.widgets.cells import show
from engine.widgets.chosen_dimensions import ChosenDimension, chosen_for, metrics_of
from engine.widgets.contract import Scene
from engine.widgets.drill_links import written_key
from engine.widgets.periods import PERIOD_LABELS, Period

MOST_VALUES = 200


@dataclass(frozen=True, slots=True)
class OfferedFilter:
    """A filter as the page shows it: values as (in the address, in words), and which is chosen; '' is all of them."""

    id: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str


def offered_filters(work: Work, page: Page, scene: Scene) -> Iterator[OfferedFilter]:
    """What may be chosen: of a dimension the values that the reader's own figures have, where there are two or more."""
    for one in page.filters:
        if one.dimension == PERIOD:
            period = scene.filters[PERIOD]
            named = tuple((name, scene.words(label)) for name, label in PERIOD_LABELS.items())
            yield OfferedFilter(
                one.id, scene.words(one.label), named, period.name if isinstance(period, Period) else ""
            )
            continue
        chosen = scene.filters.get(one.dimension)
        values = _values(work, page, scene, one)
        if len(values) > 1 or chosen is not None:
            everything = "全部" + one.label.text("zh") if scene.language == "zh" else "All"
            written = chosen.text if isinstance(chosen, ChosenDimension) else ""
            yield OfferedFilter(one.id, scene.words(one.label), (("", everything), *values), written)


def disobeying(page: Page, scene: Scene) -> tuple[str, ...]:
    """The figures, by their labels, that show everything although the page is narrowed by a dimension."""
    chosen = {name for name, one in scene.filters.items() if isinstance(one, ChosenDimension)}
    if not chosen:
        return ()
    items = [(item, names) for item in _shown(page.items, scene) if (names := _metrics(item, scene))]
    deaf = [item for item, names in items if chosen - chosen_for(scene, names).keys()]
    labels = [
        scene.words(item.label) or scene.words(scene.model.metrics[_metrics(item, scene)[0]].label) for item in deaf
    ]
    return tuple(dict.fromkeys(labels))


def _values(work: Work, page: Page, scene: Scene, one: PageFilter) -> tuple[tuple[str, str], ...]:
    base = next(iter(metrics_with(work, page, one.dimension)), None)
    dimension = base.dimension(one.dimension) if base else None
    field = scene.readable_field(base.entity or "", dimension.path) if base and dimension else None
    if base is None or field is None:
        return ()
    if field.kind in {FieldKind.CHOICE, FieldKind.STATE}:
        return tuple((choice.name, scene.words(choice.label)) for choice in field.choices)
    try:
        rows = aggregate(work, AggregateRequest((base.name,), (one.dimension,), limit=MOST_VALUES))
    except DougongError:  # figures that are not the reader's to see
        return ()
    found = [(row.keys[0], row.titles[0] if row.titles else None) for row in rows]
    named = [
        (written_key(key, title), title if title is not None else show(key, field, scene).text)
        for key, title in found
        if key is not None
    ]
    return tuple(sorted(named, key=lambda pair: pair[1]))


def _metrics(item: Item, scene: Scene) -> tuple[str, ...]:
    return tuple(name for name in metrics_of(item) if name in scene.model.metrics)


def _shown(items: Sequence[Item], scene: Scene) -> Iterator[Item]:
    for item in items:
        if (item.roles is None or item.roles & scene.roles) and is_visible(scene, item):
            yield item
            yield from _shown(item.items, scene)
