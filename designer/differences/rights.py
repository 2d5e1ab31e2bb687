"""Rights: who may do more or less than before, found by the decisions themselves and not by the text of the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from designer.differences.implication import implies
from designer.differences.said import Effect
from designer.differences.values import same
from engine.model.access import Action, EntityAccess
from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.model.entities import Entity
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import ALWAYS, NEVER, Allow, EntityDecision, FieldDecision, Right, Whole
from engine.runtime.instants import from_micros

FIELD_WAYS = ("readable", "masked", "writable")
ADMINISTERING = "administers"


@dataclass(frozen=True, slots=True)
class Shift:
    """A right of one role that is not what it was: to rows (`way` an Action) or to a field (`way` one of FIELD_WAYS)."""

    entity: str
    role: str
    way: str
    effect: Effect
    old: Right | Whole
    new: Right | Whole
    field: str = ""
    rules: tuple[str, ...] = ()


def shifts(old: AppModel, new: AppModel) -> tuple[Shift, ...]:
    """Every right that moves, of roles and flows, on entities that both models or the new one have."""
    return tuple(one for entity in _touched(old, new) for one in _of_entity(old, new, entity))


def actors(model: AppModel) -> tuple[str, ...]:
    """The names under which rights are held: roles, and the rights that flows act with."""
    return (*sorted(model.roles), *sorted(one.role for one in model.flows.values()))


def decision_of(model: AppModel, roles: frozenset[str], entity: str, action: Action) -> EntityDecision:
    """What holders of these roles may do to rows of an entity."""
    return decide(model, Context(Principal(0, "", roles), from_micros(0)), entity, action)


def _touched(old: AppModel, new: AppModel) -> list[str]:
    """Entities of which some right may have moved. A part follows its whole, which is listed itself."""
    return [
        name
        for name, entity in new.entities.items()
        if not same(old.access.get(name), new.access.get(name)) or not _same_guarding(old.entities.get(name), entity)
    ]


def _same_guarding(old: Entity | None, new: Entity) -> bool:
    if old is None or old.part_of != new.part_of:
        return False
    masks = {name: field.mask for name, field in old.fields.items()}
    return masks == {name: field.mask for name, field in new.fields.items()}


def _of_entity(old: AppModel, new: AppModel, entity: str) -> Iterator[Shift]:
    for role in dict.fromkeys((*actors(old), *actors(new))):
        roles = frozenset({role})
        reached = False
        for action in Action:
            before, after = decision_of(old, roles, entity, action), decision_of(new, roles, entity, action)
            effect = _moved(_rows(before), _rows(after))
            reached = reached or isinstance(before, Allow) or isinstance(after, Allow)
            if effect is not None:
                rules = _changed_grants(old.access.get(entity), new.access.get(entity), role, action)
                yield Shift(entity, role, str(action), effect, _rows(before), _rows(after), rules=rules)
        if reached and entity in old.entities:
            yield from _of_fields(old, new, entity, role)


def _of_fields(old: AppModel, new: AppModel, entity: str, role: str) -> Iterator[Shift]:
    roles = frozenset({role})
    before, after = (_any_access(one, roles, entity) for one in (old, new))
    if before is None or after is None:
        return
    for name in new.entities[entity].fields:
        if name in old.entities[entity].fields:
            was, now = before.field(name), after.field(name)
            for way in FIELD_WAYS:
                effect = _moved(right_of(was, way), right_of(now, way))
                if effect is not None:
                    rules = _changed_rules(old.access.get(entity), new.access.get(entity), role, name)
                    yield Shift(entity, role, way, effect, right_of(was, way), right_of(now, way), name, rules)


def _any_access(model: AppModel, roles: frozenset[str], entity: str) -> Allow | None:
    """The rights on fields are the same whatever is done to the row."""
    found = (decision_of(model, roles, entity, action) for action in Action)
    return next((one for one in found if isinstance(one, Allow)), None)


def right_of(decision: FieldDecision, way: str) -> Right:
    """One of the rights to a field; a mask that is readable too is no right of its own."""
    if way == "readable":
        return decision.readable
    if way == "writable":
        return decision.writable
    return NEVER if decision.readable == ALWAYS else decision.masked


def _rows(decision: EntityDecision) -> Right | Whole:
    return decision.rows if isinstance(decision, Allow) else NEVER


def _moved(old: Right | Whole, new: Right | Whole) -> Effect | None:
    """In which direction a right moves; None where it holds on the same rows."""
    widens, narrows = not implies(new, old), not implies(old, new)
    if widens and narrows:
        return Effect.CHANGED
    if widens:
        return Effect.WIDENED
    return Effect.NARROWED if narrows else None


def _changed_grants(old: EntityAccess | None, new: EntityAccess | None, role: str, action: Action) -> tuple[str, ...]:
    """The grants that speak of the role and the action and are not what they were."""
    before = {one.id: one for one in (old.grants if old else ())}
    after = {one.id: one for one in (new.grants if new else ())}
    return tuple(
        key
        for key in dict.fromkeys((*after, *before))
        if not same(before.get(key), after.get(key))
        and any(role in one.roles and action in one.actions for one in (before.get(key), after.get(key)) if one)
    )


def _changed_rules(old: EntityAccess | None, new: EntityAccess | None, role: str, field: str) -> tuple[str, ...]:
    """The field rules that speak of the role and the field and are not what they were."""
    before = {one.id: one for one in (old.field_rules if old else ())}
    after = {one.id: one for one in (new.field_rules if new else ())}
    return tuple(
        key
        for key in dict.fromkeys((*after, *before))
        if not same(before.get(key), after.get(key))
        and any(role in one.roles and field in one.fields for one in (before.get(key), after.get(key)) if one)
    )
