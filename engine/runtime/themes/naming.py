"""Naming: which relations somebody may add a row to that is proposed from then on."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.entities import Entity, Field
from engine.runtime.access.rights import allowed_actions
from engine.runtime.themes.learning import proposed_fields


def nameable(model: AppModel, context: Context) -> Iterator[tuple[Entity, Field, Entity]]:
    """Entity, relation and target: the entity may be read, a row of the target be added."""
    for entity, field in proposed_fields(model):
        target = model.entities[field.relation.entity] if field.relation is not None else entity
        if Action.READ in allowed_actions(model, context, entity.name) and Action.CREATE in allowed_actions(
            model, context, target.name
        ):
            yield entity, field, target
