"""Matrices of rights: what each role may do with each entity, and with each field in each state, with the rules that decide it.

They are made from the model, by the same values that decisions stand on; a condition that asks for more than the state is
told as one that may hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.model.access import Action, EntityAccess, FieldRule, Grant, Role
from engine.model.app import AppModel
from engine.model.entities import Entity, FieldKind
from engine.model.formula import Call, Formula, Items, Literal, Node, Reference, Variable
from engine.model.names import Label, Place
from engine.model.workflows import Workflow

Json = Mapping[str, object]
STRENGTH = ("none", "mask", "read", "write")


def rights_of(model: AppModel) -> Json:
    """Every role × entity × action: the scope of its rows, their conditions, and where the grants stand."""
    return {
        "roles": [_role(one) for one in model.roles.values()],
        "entities": [_entity(model, one) for one in model.entities.values()],
        "actions": [str(one) for one in Action],
        "cells": {name: cells for name, one in model.access.items() if (cells := _cells(model, one))},
    }


def _role(one: Role) -> Json:
    return {"name": one.name, "label": words(one.label), "pack": one.pack, "file": one.place.file}


def _entity(model: AppModel, one: Entity) -> Json:
    return {
        "name": one.name,
        "label": words(one.label),
        "pack": one.place.pack,
        "part_of": whole_of(one),
        "life": model.workflow_of(one.name) is not None,
        "owner": owner_of(one),
        "owned": one.owned_by is not None,
        "strangers": sorted(_strangers(model, one)),
    }


def _strangers(model: AppModel, entity: Entity) -> frozenset[str]:
    """Roles of packs that neither know the entity's pack nor are known by it: they can have no right to it."""
    here = _seen_from(model, entity.place.pack)
    return frozenset(
        name
        for name, one in model.roles.items()
        if one.place.pack not in here and entity.place.pack not in _seen_from(model, one.place.pack)
    )


def _seen_from(model: AppModel, pack: str) -> frozenset[str]:
    seen: set[str] = set()
    waiting = [pack]
    while waiting:
        one = waiting.pop()
        if one not in seen and one in model.packs:
            seen.add(one)
            waiting += model.packs[one].requires
    return frozenset(seen)


def whole_of(entity: Entity) -> str | None:
    """The entity whose rights decide on this one, of a part."""
    link = entity.fields.get(entity.part_of) if entity.part_of else None
    return link.relation.entity if link is not None and link.relation is not None else None


def owner_of(entity: Entity) -> str | None:
    """The field that says whose a row is: `owner` or the like, a person who answers for it."""
    handed = entity.hand_over.fields if entity.hand_over else ()
    people = [name for name, one in entity.fields.items() if one.kind is FieldKind.USER and not one.computed]
    return next((one for one in ("owner", *handed, *people) if one in people), None)


def _cells(model: AppModel, access: EntityAccess) -> dict[str, dict[str, Json]]:
    """By role and action what grants give; what flows do with a right of their own is no cell."""
    found: dict[str, dict[str, list[Grant]]] = {}
    for one in access.grants:
        for role in one.roles & model.roles.keys():
            for action in one.actions:
                found.setdefault(role, {}).setdefault(str(action), []).append(one)
    return {role: {action: _cell(grants) for action, grants in cells.items()} for role, cells in found.items()}


def _cell(grants: Sequence[Grant]) -> Json:
    return {"scope": _scope(grants), "rules": [rule(one.id, one.place, one.rows) for one in grants]}


def rule(identity: str, place: Place, formula: Formula | None) -> Json:
    """A rule that decides: its id, where it stands, its condition."""
    return {
        "id": identity.rpartition(".")[2],
        "file": place.file,
        "line": place.line,
        "condition": formula.source if formula else "",
    }


def _scope(grants: Sequence[Grant]) -> str:
    """`all`, `subtree`, `unit`, `own`, or `condition` for anything else; the widest that one of the grants gives alone."""
    scopes = {_scope_of(one.rows) for one in grants}
    if "all" in scopes:
        return "all"
    if "condition" in scopes or len(scopes - {"unit"}) > 1:
        return "condition"
    return "subtree" if "subtree" in scopes else scopes.pop() if len(scopes) == 1 else "condition"


def _scope_of(rows: Formula | None) -> str:
    if rows is None:
        return "all"
    node = rows.node
    if not isinstance(node, Call) or len(node.arguments) != 2 or not isinstance(node.arguments[0], Reference):
        return "condition"
    left, right = node.arguments
    if not isinstance(left, Reference) or not isinstance(right, Variable):
        return "condition"
    if node.function == "in" and left.path == ("scope_unit",):
        return {"user.units": "unit", "user.subtree": "subtree"}.get(right.name, "condition")
    return "own" if node.function == "eq" and right.name == "user.id" and len(left.path) == 1 else "condition"


def fields_of(model: AppModel, entity: Entity) -> Json:
    """Every role × state → field of one entity. Without a life there is one column, of all rows."""
    life, access = model.workflow_of(entity.name), model.access.get(entity.name) or EntityAccess(entity.name)
    states = [(one.name, words(one.label)) for one in life.states] if life else [("", None)]
    guarded = access.guarded_fields()
    return {
        "entity": entity.name,
        "label": words(entity.label),
        "states": [{"name": name, "label": label} for name, label in states],
        "field": life.field if life else None,
        "fields": [
            {"name": one.name, "label": words(one.label), "guarded": one.name in guarded, "computed": one.computed}
            for one in entity.fields.values()
        ],
        "reaching": sorted(_reaching(model, entity)),
        "cells": {
            role: {name: _by_state(access, role, name, life) for name in entity.fields if name in guarded}
            for role in sorted(model.roles)
        },
    }


def _reaching(model: AppModel, entity: Entity) -> frozenset[str]:
    """Roles that some grant lets to rows of the entity, or of its whole."""
    seen: set[str] = set()
    while (above := whole_of(entity)) is not None and above not in seen:
        seen.add(above)
        entity = model.entities[above]
    access = model.access.get(entity.name)
    return frozenset(role for one in (access.grants if access else ()) for role in one.roles & model.roles.keys())


def _by_state(access: EntityAccess, role: str, name: str, life: Workflow | None) -> list[Json]:
    rules = [one for one in access.field_rules if name in one.fields and role in one.roles]
    states = [one.name for one in life.states] if life else [""]
    return [_field_cell(rules, state, life) for state in states]


def _field_cell(rules: Sequence[FieldRule], state: str, life: Workflow | None) -> Json:
    """The right that is sure in a state, the one that a further condition may give, and the rules that say it."""
    sure, may = "none", "none"
    said: list[Json] = []
    for one in rules:
        holds = True if one.when is None else _holds(one.when.node, state, life.field if life else "")
        if holds is False:
            continue
        said.append({**rule(one.id, one.place, one.when), "right": str(one.right)})
        if holds:
            sure = max(sure, str(one.right), key=STRENGTH.index)
        else:
            may = max(may, str(one.right), key=STRENGTH.index)
    return {"right": sure, "may": may if STRENGTH.index(may) > STRENGTH.index(sure) else None, "rules": said}


def _holds(node: Node, state: str, field: str) -> bool | None:
    """Whether a condition holds of a row in a state; None where that hangs on something else."""
    if isinstance(node, Literal) and isinstance(node.value, bool):
        return node.value
    if not isinstance(node, Call):
        return None
    if node.function == "not":
        inner = _holds(node.arguments[0], state, field)
        return None if inner is None else not inner
    if node.function in {"and", "or"}:
        return _joined(node.function, [_holds(one, state, field) for one in node.arguments])
    if len(node.arguments) != 2 or node.arguments[0] != _state_reference(node.arguments[0], field):
        return None
    named = frozenset(_values(node.arguments[1]))
    if not named or node.function not in {"eq", "ne", "in"}:
        return None
    return (state in named) != (node.function == "ne")


def _joined(function: str, parts: Sequence[bool | None]) -> bool | None:
    """Three-valued: what decides alone decides."""
    decisive = function == "or"
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _state_reference(node: Node, field: str) -> Node | None:
    return node if isinstance(node, Reference) and node.path == (field,) else None


def _values(node: Node) -> Iterator[str]:
    if isinstance(node, Literal):
        yield str(node.value)
    elif isinstance(node, Items):
        for one in node.items:
            yield from _values(one)


def words(one: Label) -> Json:
    return {"zh": one.text("zh"), "en": one.text("en")}
