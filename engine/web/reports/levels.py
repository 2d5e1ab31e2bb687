"""Levels: how confidential what a report says is: the highest level of all that its figures and rows are made of."""

from __future__ import annotations

from engine.model.app import AppModel
from engine.model.documents import DocumentTemplate
from engine.model.levels import LOWEST, level_of_metric, level_of_paths
from engine.model.pages import Page
from engine.widgets.chosen_dimensions import metrics_of
from engine.widgets.properties import texts


def level_of_page(model: AppModel, page: Page) -> str:
    """The level of a dashboard's figures, rows and headline."""
    found = [LOWEST]
    for item in page.walk():
        found += [level_of_metric(model, name) for name in metrics_of(item, model.metrics)]
        entity = item.properties.get("entity")
        if isinstance(entity, str):
            found.append(level_of_paths(model, entity, texts(item, "columns")))
    return max(found)


def level_of_document(model: AppModel, template: DocumentTemplate) -> str:
    """The level of all that a document may say."""
    found, entity = [LOWEST], model.entities[template.entity]
    for part in template.parts:
        formulas = (*(one.formula for one in part.values), *(one.formula for one in part.parties))
        said = [".".join(one.path) for one in part.values if one.path]
        said += [path for one in formulas if one is not None for path in one.references]
        found.append(level_of_paths(model, entity.name, said))
        if part.collection:
            child = entity.collections[part.collection].entity
            found.append(level_of_paths(model, child, (".".join(one.path) for one in part.columns)))
        found += [level_of_metric(model, name) for name in part.metrics]
    return max(found)
