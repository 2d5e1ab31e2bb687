"""Chosen dimensions: what a page is narrowed to besides its period, and which of its figures obey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.model.metrics import Metric, bases_of, target_of
from engine.model.pages import Item
from engine.model.requests import AggregateRequest, AllOf, Condition, QueryRequest
from engine.widgets.contract import Scene
from engine.widgets.properties import text, texts


@dataclass(frozen=True, slots=True)
class ChosenDimension:
    """One value of a dimension: `key` as figures are grouped by it, `text` as an address writes it."""

    key: object
    text: str


def chosen_for(scene: Scene, metrics: tuple[str, ...]) -> Mapping[str, ChosenDimension]:
    """The chosen dimensions that figures obey together: those by which all that they stand on can be told apart."""
    chosen = {name: one for name, one in scene.filters.items() if isinstance(one, ChosenDimension)}
    if not chosen:
        return chosen
    bases = tuple(base for name in metrics for base in bases_of(scene.model.metrics, name))
    return {name: one for name, one in chosen.items() if bases and all(_tells(scene, base, name) for base in bases)}


def narrowed(scene: Scene, request: AggregateRequest) -> AggregateRequest:
    """The request over what the page is narrowed to."""
    conditions = tuple(
        Condition(tuple(name.split(".")), "empty" if one.key is None else "eq", one.key)
        for name, one in chosen_for(scene, request.metrics).items()
    )
    return replace(request, where=(*request.where, *conditions)) if conditions else request


def narrowed_rows(scene: Scene, request: QueryRequest) -> QueryRequest:
    """A list on a page of figures, over what the page is narrowed to: as the page's figures of the same rows are."""
    chosen = {name: one for name, one in scene.filters.items() if isinstance(one, ChosenDimension)}
    if not chosen or scene.page is None:
        return request
    found: dict[str, Condition] = {}
    for base in (
        base
        for item in scene.page.walk()
        for name in metrics_of(item, scene.model.metrics)
        for base in bases_of(scene.model.metrics, name)
    ):
        for name, one in chosen.items():
            dimension = base.dimension(name)
            if base.entity == request.entity and dimension is not None and _tells(scene, base, name):
                found.setdefault(name, Condition(dimension.path, "empty" if one.key is None else "eq", one.key))
    return replace(request, where=AllOf((request.where, *found.values()))) if found else request


def metrics_of(item: Item, metrics: Mapping[str, Metric]) -> tuple[str, ...]:
    """The metrics that an item shows, the target of the one it is about included."""
    named = tuple(name for name in (*texts(item, "metrics"), text(item, "metric")) if name)
    compared = metrics.get(text(item, "metric"))
    target = target_of(item.properties, compared) if compared is not None else text(item, "target_metric")
    return (*named, target) if target else named


def _tells(scene: Scene, base: Metric, name: str) -> bool:
    dimension = base.dimension(name)
    return dimension is not None and scene.readable_field(base.entity or "", dimension.path) is not None
