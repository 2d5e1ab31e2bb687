"""Splits: by which sets of columns figures are kept folded, so that few cells answer what many questions ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import prod

from engine.model.access import Action, EntityAccess
from engine.model.app import AppModel
from engine.model.entities import Entity, FieldKind
from engine.model.formula import Reference

Split = tuple[str, ...]
Columns = frozenset[str]
SCOPE_UNIT = "scope_unit"
MOST_SPLITS = 12
FEW = 4
"""So many times the cells are no reason for a split of its own."""


def kept_splits(
    model: AppModel, entity: Entity, of_some: Iterable[Columns], of_all: Iterable[Columns]
) -> tuple[tuple[Split, ...], tuple[Split, ...]]:
    """At most `MOST_SPLITS` splits that answer what is asked, for readers of some rows before those for readers of all, and
    as many coarser ones that need be kept by month alone; of each the smaller ones first.

    What a split with a few more values answers is not kept on its own by day, nor at all one by unit where there is one by
    what gives the unit (`store` of `store.unit`) too: that has hardly more cells.
    """
    giver = frozenset(_giver(model, entity))
    some = {one for one in of_some if not giver or giver <= one or one | giver not in of_some}
    every = {one for one in of_all if one}
    told, over_all = _merged(entity, some), _merged(entity, every)
    kept = [*_smallest_first(entity, told), *_smallest_first(entity, over_all - told)][:MOST_SPLITS]
    coarser = {one for one in some | every if one not in told | over_all and any(one <= {*other} for other in kept)}
    return tuple(_smallest_first(entity, kept)), tuple(_smallest_first(entity, coarser)[:MOST_SPLITS])


def for_all_units(model: AppModel, entity: Entity, columns: Columns) -> Columns:
    """The columns of cells over all units, for who reads every row; none where such cells would be no fewer.

    What belongs to a unit itself (a store, an associate, a person) tells it: split by that, there is a cell for each unit anyway.
    """
    own = any(_tells_unit(model, entity, name) for name in columns)
    return frozenset() if own or not _all_read(model, entity) else columns


def _all_read(model: AppModel, entity: Entity) -> bool:
    """Whether a role reads every row; of a part, every row of its whole."""
    whole = model.entities.get(entity.part_of or "")
    if whole is not None:
        return _all_read(model, whole)
    grants = model.access.get(entity.name, EntityAccess(entity.name)).grants
    return any(Action.READ in one.actions and one.rows is None for one in grants)


def _tells_unit(model: AppModel, entity: Entity, name: str) -> bool:
    field = entity.fields.get(name)
    if field is None or field.relation is None:
        return field is None or field.kind in (FieldKind.UNIT, FieldKind.USER)
    return model.entities[field.relation.entity].owned_by is not None


def _merged(entity: Entity, found: Iterable[Columns]) -> frozenset[Columns]:
    """The splits without those that a kept one answers with at most `FEW` times the cells; of two that a split of both
    answers with twice the cells of either, that one.
    """
    values, kept = _values(entity), list[Columns]()

    def growth(more: Columns) -> int:
        return prod(values.get(name, FEW + 1) for name in more)

    for one in sorted(found, key=lambda one: (-len(one), sorted(one))):
        if any(one <= other and growth(other - one) <= FEW for other in kept):
            continue
        near = next((other for other in kept if growth(other - one) <= 2 and growth(one - other) <= 2), None)
        kept = [*(other for other in kept if other != near), one | near if near is not None else one]
    return frozenset(kept)


def _values(entity: Entity) -> Mapping[str, int]:
    """How many values the fields have that have few."""
    choices = {one.name: len(one.choices) for one in entity.fields.values() if one.kind is FieldKind.CHOICE}
    return choices | {one.name: 2 for one in entity.fields.values() if one.kind is FieldKind.BOOLEAN}


def _giver(model: AppModel, entity: Entity) -> Iterator[str]:
    """The field that gives a row its unit; of a part, the one that holds what gives it to its whole."""
    if entity.owned_by is not None and len(entity.owned_by) == 2:
        yield entity.owned_by[0]
    whole = model.entities.get(entity.part_of or "")
    if whole is not None:
        taken = {one.name: one.formula.node for one in entity.fields.values() if one.formula is not None}
        for giver in _giver(model, whole):
            yield from (
                name for name, node in taken.items() if isinstance(node, Reference) and node.path[1:] == (giver,)
            )


def _smallest_first(entity: Entity, found: Iterable[Iterable[str]]) -> list[Split]:
    """By how many of their columns have many values, then by how many values the others have."""
    values = _values(entity)

    def size(split: Split) -> tuple[int, int, Split]:
        return sum(name not in values for name in split), prod(values.get(name, 1) for name in split), split

    return sorted((tuple(sorted(one)) for one in found), key=size)
