"""Levels: how confidential what a report says is: the highest level of all that its figures and rows are made of."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.app import AppModel
from engine.model.documents import DocumentTemplate
from engine.model.metrics import Metric, bases_of
from engine.model.pages import Page
from engine.widgets.chosen_dimensions import metrics_of
from engine.widgets.properties import texts

UNKNOWN = "G1"
LOWEST = "G0"


def level_of_page(model: AppModel, page: Page) -> str:
    """The level of a dashboard's figures, rows and headline."""
    found = [LOWEST]
    for item in page.walk():
        for name in metrics_of(item, model.metrics):
            found += [level for base in bases_of(model.metrics, name) for level in _of_metric(model, base)]
        entity = item.properties.get("entity")
        if isinstance(entity, str):
            found += [_of(model, entity, path) for path in texts(item, "columns")]
    return max(found)


def level_of_document(model: AppModel, template: DocumentTemplate) -> str:
    """The level of all that a document may say."""
    found, entity = [LOWEST], model.entities[template.entity]
    for part in template.parts:
        found += [_of(model, entity.name, ".".join(one.path)) for one in part.values if one.path]
        formulas = (*(one.formula for one in part.values), *(one.formula for one in part.parties))
        found += [_of(model, entity.name, path) for one in formulas if one is not None for path in one.references]
        if part.collection:
            child = entity.collections[part.collection].entity
            found += [_of(model, child, ".".join(one.path)) for one in part.columns]
        for name in part.metrics:
            found += [level for base in bases_of(model.metrics, name) for level in _of_metric(model, base)]
    return max(found)


def _of_metric(model: AppModel, metric: Metric) -> Iterator[str]:
    if metric.entity is None:
        return
    measured = metric.measure.argument if metric.measure is not None else None
    for formula in (measured, metric.where):
        yield from (_of(model, metric.entity, path) for path in (formula.references if formula is not None else ()))
    yield from (_of(model, metric.entity, ".".join(one.path)) for one in metric.dimensions)


def _of(model: AppModel, entity: str, path: str) -> str:
    """The level of a field, also of the rows of a collection; UNKNOWN of what is none."""
    steps = tuple(path.split("."))
    collection = model.entities[entity].collections.get(steps[0])
    if collection is not None:
        return _of(model, collection.entity, ".".join(steps[1:])) if len(steps) > 1 else UNKNOWN
    found = model.field(entity, steps)
    return found.level if found is not None else UNKNOWN
