"""Filters of a page: its period, and dimensions that its figures share; chosen in the address, offered above the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.diagnostics import DougongError, Message
from engine.model.entities import Field, FieldKind
from engine.model.metrics import Metric
from engine.model.pages import Item, Page, PageFilter
from engine.model.requests import AggregateRequest
from engine.runtime.metrics.aggregate import aggregate
from engine.runtime.query.picker import MOST_PICKED, pick_record
from engine.runtime.work import Work
from engine.web.chosen_filters import PERIOD, metrics_with
from engine.web.conditions import is_visible
from engine.widgets.cells import show
from engine.widgets.chosen_dimensions import ChosenDimension, chosen_for, metrics_of
from engine.widgets.contract import Scene
from engine.widgets.drill_links import written_key
from engine.widgets.periods import PERIOD_LABELS, Period
from engine.widgets.spans import Span, span_of

MOST_VALUES = 200
MOST_ASKED = 4
"""Metrics of a page that are asked which values of a dimension they have."""


@dataclass(frozen=True, slots=True)
class OfferedFilter:
    """A filter as the page shows it: values as (in the address, in words), and which is chosen; '' is all of them."""

    id: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str
    span: Span | None = None
    """The days of a period, which may be entered themselves."""


def offered_filters(work: Work, page: Page, scene: Scene) -> Iterator[OfferedFilter]:
    """What may be chosen: of a dimension the values that the reader's own figures have, where there are two or more."""
    for one in page.filters:
        if one.dimension == PERIOD:
            yield _period(one, scene)
            continue
        chosen = scene.filters.get(one.dimension)
        values = _values(work, page, scene, one)
        if len(values) > 1 or chosen is not None:
            everything = Message(f"全部{one.label.text('zh')}", f"{one.label.text('en')}: all").text(scene.language)
            written = chosen.text if isinstance(chosen, ChosenDimension) else ""
            yield OfferedFilter(one.id, scene.words(one.label), (("", everything), *values), written)


def _period(one: PageFilter, scene: Scene) -> OfferedFilter:
    period = scene.filters[PERIOD]
    named = tuple((name, scene.words(label)) for name, label in PERIOD_LABELS.items())
    if not isinstance(period, Period):
        return OfferedFilter(one.id, scene.words(one.label), named, "")
    between = ((period.name, scene.words(period.label)),) if period.name not in PERIOD_LABELS else ()
    others = tuple((name, text) for name, text in scene.parameters.items() if name != one.id)
    return OfferedFilter(
        one.id, scene.words(one.label), (*between, *named), period.name, span_of(one.id, period, others)
    )


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
    bases = metrics_with(work, page, one.dimension)
    field = next((found for base in bases if (found := _field(scene, base, one.dimension))), None)
    if field is None:
        return ()
    if field.kind in {FieldKind.CHOICE, FieldKind.STATE}:
        return tuple((choice.name, scene.words(choice.label)) for choice in field.choices)
    if field.relation is not None:
        picked = pick_record(work, field.relation.entity, "", MOST_PICKED)
        return tuple((written_key(row.id, row.label), row.label) for row in picked)
    named = dict(pair for base in _apart(bases) for pair in _groups(work, scene, base, one.dimension, field))
    return tuple(sorted(named.items(), key=lambda pair: pair[1]))


def _field(scene: Scene, base: Metric, name: str) -> Field | None:
    dimension = base.dimension(name)
    return scene.readable_field(base.entity or "", dimension.path) if dimension else None


def _apart(bases: Sequence[Metric]) -> tuple[Metric, ...]:
    """Metrics that count different rows, as many as are asked for their groups."""
    found: dict[tuple[str | None, str], Metric] = {}
    for base in bases:
        found.setdefault((base.entity, base.where.source if base.where else ""), base)
    return tuple(found.values())[:MOST_ASKED]


def _groups(work: Work, scene: Scene, base: Metric, name: str, field: Field) -> Iterator[tuple[str, str]]:
    """The groups that a metric has for the reader: as an address writes them, and in words."""
    try:
        rows = aggregate(work, AggregateRequest((base.name,), (name,), limit=MOST_VALUES))
    except DougongError:  # figures that are not the reader's to see
        return
    for row in rows:
        key, title = row.keys[0], row.titles[0] if row.titles else None
        if key is not None:
            yield written_key(key, title), title if title is not None else show(key, field, scene).text


def _metrics(item: Item, scene: Scene) -> tuple[str, ...]:
    return tuple(name for name in metrics_of(item, scene.model.metrics) if name in scene.model.metrics)


def _shown(items: Sequence[Item], scene: Scene) -> Iterator[Item]:
    for item in items:
        if (item.roles is None or item.roles & scene.roles) and is_visible(scene, item):
            yield item
            yield from _shown(item.items, scene)
