"""What a principal may ever name or do: for routes, buttons, columns offered and API descriptions."""

from __future__ import annotations

from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.entities import FieldKind
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import NEVER, Allow


def readable_fields(model: AppModel, context: Context, entity: str) -> frozenset[str]:
    """Declared and built-in fields that are names for the reader (read or masked, somewhere); empty without a grant."""
    decision = decide(model, context, entity, Action.READ)
    return decision.names if isinstance(decision, Allow) else frozenset()


def allowed_actions(model: AppModel, context: Context, entity: str) -> frozenset[Action]:
    """Actions that are allowed on some row of the entity."""
    return frozenset(action for action in Action if isinstance(decide(model, context, entity, action), Allow))


def writable_fields(model: AppModel, context: Context, entity: str) -> frozenset[str]:
    """Declared fields that may be written by hand on some row, in a new record or an old one."""
    decisions = [decide(model, context, entity, action) for action in (Action.CREATE, Action.UPDATE)]
    allowed = [decision for decision in decisions if isinstance(decision, Allow)]
    declared = model.entities[entity].fields.values() if allowed else ()
    by_hand = [one for one in declared if not (one.computed or one.read_only or one.kind is FieldKind.STATE)]
    return frozenset(one.name for one in by_hand if any(a.field(one.name).writable != NEVER for a in allowed))
