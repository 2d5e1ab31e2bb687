"""Builders of small application models for tests: values with sensible defaults, no text, no compiler."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from engine.model.access import Action, EntityAccess, FieldRight, FieldRule, Grant, Role
from engine.model.app import AppModel
from engine.model.context import Context, Principal, SeatHeld
from engine.model.entities import Collection, Entity, Field, FieldKind, OnDelete, Relation
from engine.model.formula import Formula, Reference, Type
from engine.model.metrics import Aggregation, Dimension, Measure, Metric
from engine.model.names import Label, Place

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PLACE = Place("test", "entities/test.yaml", 1)
ALL_ACTIONS = frozenset(Action)


def label(text: str) -> Label:
    return Label({"zh": text, "en": text})


def field(name: str, kind: FieldKind = FieldKind.TEXT, **settings: object) -> Field:
    """A field with the precision and scale that its kind has by default."""
    places = {FieldKind.MONEY: (18, 2), FieldKind.DECIMAL: (18, 4), FieldKind.PERCENT: (7, 4)}
    precision, scale = places.get(kind, (18, 0))
    given = {"precision": precision, "scale": scale, "label": label(name), "place": PLACE} | settings
    return Field(name=name, kind=kind, **given)  # type: ignore[arg-type]


def relation(
    name: str, to: str, on_delete: OnDelete = OnDelete.REFUSE, inverse: str | None = None, **settings: object
) -> Field:
    return field(name, FieldKind.RELATION, relation=Relation(to, on_delete, inverse), **settings)


def entity(name: str, *fields: Field, title: str | None = None, **settings: object) -> Entity:
    first_text = next((one.name for one in fields if one.kind is FieldKind.TEXT), fields[0].name)
    given = {"label": label(name), "place": PLACE, "title": title or first_text} | settings
    return Entity(name=name, fields={one.name: one for one in fields}, **given)  # type: ignore[arg-type]


def grant(
    entity_name: str,
    role: str,
    rows: Formula | None = None,
    actions: Iterable[Action] = ALL_ACTIONS,
    id: str = "g",
    line: int = 1,
) -> Grant:
    place = Place("test", f"access/{entity_name}.yaml", line)
    return Grant(f"{id}_{role}", entity_name, frozenset({role}), frozenset(actions), rows, place)


def rule(
    entity_name: str, fields: str, roles: str, right: FieldRight, when: Formula | None = None, line: int = 10
) -> FieldRule:
    place = Place("test", f"access/{entity_name}.yaml", line)
    names = tuple(fields.split())
    return FieldRule(f"{names[0]}_{right}", entity_name, names, frozenset(roles.split()), right, when, place)


def model(
    *entities: Entity,
    grants: Iterable[Grant] = (),
    rules: Iterable[FieldRule] = (),
    metrics: Iterable[Metric] = (),
) -> AppModel:
    """A model of these parts; its fingerprint is that of its content. Inverse collections come from the relations."""
    named = {one.name: one for one in _with_inverses(entities)}
    grants, rules, metrics = tuple(grants), tuple(rules), tuple(metrics)
    roles = frozenset(role for one in (*grants, *rules) for role in one.roles)
    access = {
        name: EntityAccess(
            name,
            tuple(one for one in grants if one.entity == name),
            tuple(one for one in rules if one.entity == name),
        )
        for name in named
    }
    fingerprint = hashlib.sha256(repr((sorted(named.items()), grants, rules, metrics)).encode()).hexdigest()
    return AppModel(
        fingerprint=fingerprint,
        packs={},
        entities=named,
        roles={name: Role(name, label(name), PLACE) for name in roles},
        access=access,
        unit_kinds={},
        forms={},
        pages={},
        metrics={one.name: one for one in metrics},
        workflows={},
        sources={},
        destinations={},
        pipelines={},
        rules={},
        policies={},
        suites={},
        demos={},
        resources={},
    )


def _with_inverses(entities: Iterable[Entity]) -> list[Entity]:
    declared = list(entities)
    collections: dict[str, dict[str, Collection]] = {one.name: dict(one.collections) for one in declared}
    for holder in declared:
        for one in holder.fields.values():
            if one.relation and one.relation.inverse:
                name = one.relation.inverse
                collections[one.relation.entity][name] = Collection(name, holder.name, one.name, label(name))
    return [_replaced(one, collections[one.name]) for one in declared]


def _replaced(one: Entity, collections: Mapping[str, Collection]) -> Entity:
    values = {name: getattr(one, name) for name in one.__slots__} | {"collections": collections}
    return Entity(**values)


def context(
    user: int = 1,
    roles: str = "",
    units: Iterable[int] = (),
    subtree: Iterable[int] | None = None,
    reports: Iterable[int] = (),
    scopes: frozenset[str] | None = None,
) -> Context:
    """A context of a user with these roles (separated by spaces), seated in these units."""
    held = frozenset(units)
    return Context(
        principal=Principal(user, f"user {user}", frozenset(roles.split()), token_scopes=scopes),
        now=NOW,
        seats=tuple(SeatHeld(unit, "seat", frozenset(roles.split())) for unit in sorted(held)),
        scopes={
            "user.units": held,
            "user.subtree": frozenset(subtree) if subtree is not None else held,
            "user.reports": frozenset(reports),
        },
    )


def reference(path: str, type: Type) -> Formula:
    """A formula that is just a field."""
    return Formula(path, Reference(tuple(path.split(".")), type), type, frozenset({path}))


def metric(
    name: str, entity_name: str, aggregation: Aggregation, argument: Formula | None = None, **settings: object
) -> Metric:
    """A base metric; `dimensions` is a text of paths separated by spaces."""
    paths = [tuple(one.split(".")) for one in str(settings.pop("dimensions", "")).split()]
    dimensions = tuple(Dimension("_".join(path), path, label("_".join(path))) for path in paths)
    given = {"pack": "test", "label": label(name), "place": PLACE, "entity": entity_name} | settings
    return Metric(name=name, measure=Measure(aggregation, argument), dimensions=dimensions, **given)  # type: ignore[arg-type]
