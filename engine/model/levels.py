"""Levels: how confidential what is made of fields is: the highest level of them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.model.app import AppModel
from engine.model.metrics import Metric, bases_of

UNKNOWN = "G1"
"""The level of what no field is known of."""
LOWEST = "G0"


def level_of_metric(model: AppModel, name: str) -> str:
    """The level of a metric's figures, split by whatever dimension it has."""
    return max((LOWEST, *(level for base in bases_of(model.metrics, name) for level in _levels(model, base))))


def level_of_paths(model: AppModel, entity: str, paths: Iterable[str]) -> str:
    """The level of what is made of these paths of an entity."""
    return max((LOWEST, *(level_of_path(model, entity, path) for path in paths)))


def level_of_path(model: AppModel, entity: str, path: str) -> str:
    """The level of a field, also of the rows of a collection; UNKNOWN of what is none."""
    steps = tuple(path.split("."))
    collection = model.entities[entity].collections.get(steps[0])
    if collection is not None:
        return level_of_path(model, collection.entity, ".".join(steps[1:])) if len(steps) > 1 else UNKNOWN
    found = model.field(entity, steps)
    return found.level if found is not None else UNKNOWN


def _levels(model: AppModel, metric: Metric) -> Iterator[str]:
    if metric.entity is None:
        return
    measured = metric.measure.argument if metric.measure is not None else None
    for formula in (measured, metric.where):
        references = formula.references if formula is not None else ()
        yield from (level_of_path(model, metric.entity, path) for path in references)
    yield from (level_of_path(model, metric.entity, ".".join(one.path)) for one in metric.dimensions)
