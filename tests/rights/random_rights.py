"""Random rights: the entities of a model under grants and field rules that a seed draws, and ways to spoil them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from random import Random

from engine.model.access import Action, EntityAccess, FieldRight, FieldRule, Grant
from engine.model.app import AppModel
from engine.model.formula import Formula
from engine.model.names import Place

PLACE = Place("drawn", "access/drawn.yaml", 1)
Spoil = Callable[[EntityAccess], EntityAccess]


def with_access(model: AppModel, change: Callable[[str, EntityAccess], EntityAccess], name: str) -> AppModel:
    """The model with other rights; `name` tells it from every other."""
    access = {entity: change(entity, model.access.get(entity, EntityAccess(entity))) for entity in model.entities}
    fingerprint = hashlib.sha256(f"{model.fingerprint} {name}".encode()).hexdigest()
    return replace(model, access=access, fingerprint=fingerprint)


def drawn_rights(model: AppModel, seed: int) -> AppModel:
    """Grants and rules for every entity, of conditions that the declared ones are made of."""
    random = Random(seed)
    return with_access(model, lambda entity, access: _drawn(model, entity, access, random), f"drawn {seed}")


def _drawn(model: AppModel, entity: str, access: EntityAccess, random: Random) -> EntityAccess:
    known = [one.rows for one in access.grants if one.rows] + [one.when for one in access.field_rules if one.when]
    roles = sorted(model.roles)

    def condition() -> Formula | None:
        return random.choice(known) if known and random.random() < 0.7 else None

    grants = tuple(
        Grant(
            f"g{at}",
            entity,
            frozenset(random.sample(roles, random.choice((1, 2, 4)))),
            frozenset({Action.READ, *random.sample(list(Action), 2)}),
            condition(),
            PLACE,
        )
        for at in range(random.choice((1, 2, 4, 6)))
    )
    fields = [name for name in model.entities[entity].fields if random.random() < 0.3]
    rules = tuple(
        FieldRule(
            f"r{at}_{name}",
            entity,
            (name,),
            frozenset(random.sample(roles, random.choice((2, 5, 9)))),
            random.choice((FieldRight.READ, FieldRight.WRITE, FieldRight.MASK, FieldRight.NONE)),
            condition(),
            PLACE,
        )
        for name in fields
        for at in range(random.choice((1, 2)))
    )
    return EntityAccess(entity, grants, rules)


def without_row_rules(access: EntityAccess) -> EntityAccess:
    return replace(access, grants=tuple(replace(one, rows=None) for one in access.grants))


def without_field_rules(access: EntityAccess) -> EntityAccess:
    return replace(access, field_rules=())


def without_field_conditions(access: EntityAccess) -> EntityAccess:
    return replace(access, field_rules=tuple(replace(one, when=None) for one in access.field_rules))


def with_masks_off(access: EntityAccess) -> EntityAccess:
    unmasked = tuple(
        replace(one, right=FieldRight.READ) if one.right is FieldRight.MASK else one for one in access.field_rules
    )
    return replace(access, field_rules=unmasked)


SPOILS: dict[str, Spoil] = {
    "row rules dropped": without_row_rules,
    "field rules dropped": without_field_rules,
    "field conditions dropped": without_field_conditions,
    "masks off": with_masks_off,
}
