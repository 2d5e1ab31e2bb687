"""Decide: from roles and declared rights to a decision on one entity and action. Default deny."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from threading import Lock
from types import MappingProxyType

from engine.model.access import Action, EntityAccess, FieldRight, FieldRule
from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.model.entities import Entity, Field
from engine.model.formula import Formula
from engine.model.names import BUILT_IN_FIELDS
from engine.runtime.access.decisions import (
    ALWAYS,
    NEVER,
    OPEN_FIELD,
    Allow,
    Always,
    Deny,
    EntityDecision,
    FieldDecision,
    Right,
    When,
    Whole,
    union,
)

WHOLE_ACTION = {
    Action.READ: Action.READ,
    Action.EXPORT: Action.EXPORT,
    Action.CREATE: Action.UPDATE,
    Action.UPDATE: Action.UPDATE,
    Action.DELETE: Action.UPDATE,
    Action.TRANSITION: Action.UPDATE,
}
"""What one must be allowed on the whole to do something to a part of it."""
LONGEST_CHAIN_OF_PARTS = 8


class DecisionCache:
    """Decisions by the shape that decides them; dropped whole when it grows too large."""

    def __init__(self, limit: int = 20_000) -> None:
        self._decisions: dict[tuple[object, ...], EntityDecision] = {}
        self._limit = limit
        self._lock = Lock()

    def get(self, key: tuple[object, ...]) -> EntityDecision | None:
        return self._decisions.get(key)

    def forget(self) -> None:
        with self._lock:
            self._decisions.clear()

    def put(self, key: tuple[object, ...], decision: EntityDecision) -> EntityDecision:
        with self._lock:
            if len(self._decisions) >= self._limit:
                self._decisions.clear()
            self._decisions[key] = decision
        return decision


_CACHE = DecisionCache()


def forget_decisions() -> None:
    """Drop every decision that is kept."""
    _CACHE.forget()


def decide(model: AppModel, context: Context, entity: str, action: Action) -> EntityDecision:
    """What the context's principal may do to rows of `entity`; an unknown entity is denied like a forbidden one.

    Rights of all roles add up. An API token's scopes can only take away. Whoever looks at the past reads.
    """
    if context.as_of is not None and action is not Action.READ:
        return Deny(entity)
    principal = context.principal
    key = (model.fingerprint, entity, action, principal.roles, principal.token_scopes)
    found = _CACHE.get(key)
    return found if found is not None else _CACHE.put(key, _decide(model, principal, entity, action))


def released_access(model: AppModel, entity: str) -> Allow | None:
    """Every row and field of an entity, for a figure that its definition releases by name."""
    declared = model.entities.get(entity)
    return Allow(entity, ALWAYS, field_decisions(declared, None, frozenset())) if declared else None


def _decide(model: AppModel, principal: Principal, entity: str, action: Action, depth: int = 0) -> EntityDecision:
    declared = model.entities.get(entity)
    if declared is None or not scope_allows(principal.token_scopes, entity, action) or depth > LONGEST_CHAIN_OF_PARTS:
        return Deny(entity)
    if declared.part_of is not None:
        rows: Always | When | Whole | None = _rows_of_whole(model, principal, declared, action, depth)
    else:
        rows = _rows(model.access.get(entity), principal.roles, action)
    if rows is None:
        return Deny(entity)
    return Allow(entity, rows, field_decisions(declared, model.access.get(entity), principal.roles))


def _rows_of_whole(model: AppModel, principal: Principal, part: Entity, action: Action, depth: int) -> Whole | None:
    link = part.fields.get(part.part_of) if part.part_of else None
    relation = link.relation if link else None
    if relation is None or part.part_of is None:
        return None
    whole = _decide(model, principal, relation.entity, WHOLE_ACTION[action], depth + 1)
    return Whole(part.part_of, whole) if isinstance(whole, Allow) else None


def _rows(access: EntityAccess | None, roles: frozenset[str], action: Action) -> Always | When | None:
    grants = [grant for grant in access.grants if grant.roles & roles and action in grant.actions] if access else []
    right = union([_right(grant.rows) for grant in grants])
    return None if right == NEVER or not isinstance(right, Always | When) else right


def _right(formula: Formula | None) -> Right:
    return ALWAYS if formula is None else When((formula,))


def field_decisions(entity: Entity, access: EntityAccess | None, roles: frozenset[str]) -> Mapping[str, FieldDecision]:
    """The decision on every declared and built-in field, by name."""
    rules = access.field_rules if access else ()
    guarded = access.guarded_fields() if access else frozenset()
    names = (*entity.fields, *BUILT_IN_FIELDS)
    return MappingProxyType(
        {
            name: _field_decision(entity.fields.get(name), _rules_for(rules, name, roles))
            if name in guarded
            else OPEN_FIELD
            for name in names
        }
    )


def _rules_for(rules: Iterable[FieldRule], name: str, roles: frozenset[str]) -> list[FieldRule]:
    return [rule for rule in rules if name in rule.fields and rule.roles & roles]


def _field_decision(field: Field | None, rules: list[FieldRule]) -> FieldDecision:
    def right(*kinds: FieldRight) -> Right:
        return union([_right(rule.when) for rule in rules if rule.right in kinds])

    return FieldDecision(
        readable=right(FieldRight.READ, FieldRight.WRITE),
        masked=right(FieldRight.MASK),
        writable=right(FieldRight.WRITE),
        mask=(field.mask if field else None) or "all",
    )


@lru_cache(maxsize=10_000)
def scope_allows(scopes: frozenset[str] | None, entity: str, action: Action) -> bool:
    """Whether a token's scopes leave `action` on `entity`.

    A scope is `entity:action`, `entity:*`, `*:action`, `*`, or the short words `read` and `write` (everything but read and export).
    """
    if scopes is None:
        return True
    accepted = {f"{entity}:{action}", f"{entity}:*", f"*:{action}", "*", "*:*", str(action)}
    if action not in (Action.READ, Action.EXPORT):
        accepted.add("write")
    return bool(scopes & accepted)


def scope_writes(scopes: frozenset[str] | None) -> bool:
    """Whether a token's scopes leave anything but reading."""
    return scopes is None or any(one.rpartition(":")[2] not in {Action.READ, Action.EXPORT} for one in scopes)
