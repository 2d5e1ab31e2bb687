"""What a principal may ever name or do: for routes, buttons, columns offered and API descriptions."""

from __future__ import annotations

from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.context import Context
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Allow


def readable_fields(model: AppModel, context: Context, entity: str) -> frozenset[str]:
    """Declared and built-in fields that are names for the reader (read or masked, somewhere); empty without a grant."""
    decision = decide(model, context, entity, Action.READ)
    if not isinstance(decision, Allow):
        return frozenset()
    return frozenset(name for name, field in decision.fields.items() if not field.hidden)


def allowed_actions(model: AppModel, context: Context, entity: str) -> frozenset[Action]:
    """Actions that are allowed on some row of the entity."""
    return frozenset(action for action in Action if isinstance(decide(model, context, entity, action), Allow))
