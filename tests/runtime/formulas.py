"""Formulas from text for tests, checked against entities that are not yet a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.diagnostics import Span
from engine.dsl.formula_types import check_formula
from engine.model.entities import TEXT_KINDS, Entity, Field, FieldKind
from engine.model.formula import (
    Binding,
    Boolean,
    Choice,
    Date,
    Decimal,
    Formula,
    Instant,
    ListOf,
    Money,
    Relation,
    Text,
    Type,
)
from engine.runtime.storage.built_in import KERNEL_FIELDS, field_of

_USER, _UNIT = Relation("user"), Relation("unit")
VARIABLES: Mapping[str, Type] = {
    "user.id": _USER,
    "user.unit": _UNIT,
    "user.units": ListOf(_UNIT),
    "user.subtree": ListOf(_UNIT),
    "user.reports": ListOf(_USER),
    "user.roles": ListOf(Text()),
}


def type_of(field: Field) -> Type:
    match field.kind:
        case FieldKind.MONEY:
            return Money("CNY", field.precision, field.scale)
        case FieldKind.DATE:
            return Date()
        case FieldKind.INSTANT:
            return Instant()
        case FieldKind.BOOLEAN:
            return Boolean()
        case FieldKind.CHOICE | FieldKind.STATE:
            return Choice(tuple(one.name for one in field.choices))
        case FieldKind.USER:
            return _USER
        case FieldKind.UNIT:
            return _UNIT
        case kind if kind in TEXT_KINDS:
            return Text()
        case _:
            return Relation(field.relation.entity) if field.relation else Decimal(field.precision, field.scale)


@dataclass(frozen=True)
class EntityNames:
    """The names that a formula of `entity` may use."""

    entities: Mapping[str, Entity]
    entity: str
    rows: bool = False

    def root(self, name: str) -> Binding | None:
        return self.field(self.entity, name)

    def field(self, entity: str, name: str) -> Binding | None:
        if entity in ("user", "unit"):
            known = KERNEL_FIELDS[FieldKind(entity)].get(name)
            return Binding(type_of(known)) if known else None
        for holder in self.entities.values():
            for one in holder.fields.values():
                if one.relation and one.relation.entity == entity and one.relation.inverse == name:
                    return Binding(ListOf(Relation(holder.name)), child=holder.name, by=one.name)
        found = field_of(self.entities[entity], name)
        return Binding(type_of(found)) if found else None

    def variable(self, name: str) -> Type | None:
        return VARIABLES.get(name)

    def names(self, entity: str | None) -> Iterable[str]:
        return self.entities[entity or self.entity].fields


def formula(text: str, entity: str, *entities: Entity, expected: Type | None = None, rows: bool = False) -> Formula:
    """The checked formula; a text that does not compile fails the test."""
    names = EntityNames({one.name: one for one in entities}, entity, rows)
    found = check_formula(text, names, span=Span("test.yaml", 1, 1), expected=expected)
    assert isinstance(found, Formula), [problem.message.en for problem in found]
    return found
