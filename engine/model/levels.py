"""Levels: how confidential what is made of fields is: the highest level of them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.model.app import AppModel
from engine.model.entities import Field
from engine.model.metrics import Metric, bases_of

UNKNOWN = "G1"
"""The level of what no field is known of."""
LOWEST = "G0"
KNOWN = frozenset({"G0", "G1", "G2", "G3", "G4"})


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
    return settled(found) if found is not None else UNKNOWN


def settled(field: Field) -> str:
    """The level of a field; of one that is worked out, no lower than its floor."""
    return field.level if field.level in KNOWN else max(UNKNOWN, field.floor or UNKNOWN)


def level_of_entity(model: AppModel, entity: str) -> str:
    """The highest level that something of an entity may be of: of a file beside its rows, say."""
    return max((UNKNOWN, *(settled(one) for one in model.entities[entity].fields.values())))


def tags_of_entity(model: AppModel, entity: str) -> frozenset[str]:
    """The tags of all fields of an entity."""
    return frozenset().union(*(one.tags for one in model.entities[entity].fields.values()))


def tags_of_paths(model: AppModel, entity: str, paths: Iterable[str]) -> frozenset[str]:
    """The tags of the fields that something is made of, such as `decision_chain`; what no field is known of has none."""
    return frozenset().union(*(tags_of_path(model, entity, path) for path in paths))


def tags_of_path(model: AppModel, entity: str, path: str) -> frozenset[str]:
    """The tags of a field, also of the rows of a collection, and of a formula's those of what it is worked out from."""
    steps = tuple(path.split("."))
    collection = model.entities[entity].collections.get(steps[0])
    if collection is not None:
        return tags_of_path(model, collection.entity, ".".join(steps[1:])) if len(steps) > 1 else frozenset()
    found = model.field(entity, steps)
    if found is None:
        return frozenset()
    formula = found.formula
    if formula is None or len(steps) > 1:
        return found.tags
    return found.tags.union(*(tags_of_path(model, entity, one) for one in formula.references if one != path))


def _levels(model: AppModel, metric: Metric) -> Iterator[str]:
    if metric.entity is None:
        return
    measured = metric.measure.argument if metric.measure is not None else None
    for formula in (measured, metric.where):
        references = formula.references if formula is not None else ()
        yield from (level_of_path(model, metric.entity, path) for path in references)
    yield from (level_of_path(model, metric.entity, ".".join(one.path)) for one in metric.dimensions)
