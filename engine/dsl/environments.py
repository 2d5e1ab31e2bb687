"""The names that formulas may use, by where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.dsl.symbols import KERNEL_ENTITIES, FieldSymbol, Symbols
from engine.model.entities import TEXT_KINDS, FieldKind
from engine.model.formula import (
    Binding,
    Boolean,
    Choice,
    Choices,
    Date,
    Decimal,
    Duration,
    Instant,
    ListOf,
    Money,
    Null,
    Relation,
    Text,
    Type,
)

_USER, _UNIT = Relation("user"), Relation("unit")

_SIMPLE: Mapping[FieldKind, Type] = {
    FieldKind.BOOLEAN: Boolean(),
    FieldKind.DATE: Date(),
    FieldKind.INSTANT: Instant(),
    FieldKind.DURATION: Duration(),
    FieldKind.ATTACHMENT: Text(),
    **dict.fromkeys(TEXT_KINDS, Text()),
}


def type_of(field: FieldSymbol) -> Type:
    """The formula type of a field; one whose declaration is broken fits everything."""
    kind = field.kind
    if kind is None:
        return Null()
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if kind is FieldKind.MONEY:
        return Money(field.currency, field.precision, field.scale)
    if kind in {FieldKind.CHOICE, FieldKind.STATE}:
        return Choice(field.options)
    if kind is FieldKind.CHOICES:
        return Choices(field.options)
    if field.target is not None:
        return Relation(field.target)
    return Decimal(field.precision, field.scale) if kind is not FieldKind.RELATION else Null()


_BUILT_IN: Mapping[str, Type] = {
    "version": Decimal(),
    "created_at": Instant(),
    "created_by": _USER,
    "updated_at": Instant(),
    "updated_by": _USER,
    "scope_unit": _UNIT,
}


@dataclass(frozen=True)
class EntityEnvironment:
    """Formulas of an entity: its fields, collections and built-in fields, and the variables of the request.

    `hidden` are names that this place may not use; `rows` is True in measures, where aggregates fold current rows.
    """

    symbols: Symbols
    entity: str
    rows: bool = False
    hidden: frozenset[str] = frozenset()

    def root(self, name: str) -> Binding | None:
        return None if name in self.hidden else self.field(self.entity, name)

    def field(self, entity: str, name: str) -> Binding | None:
        if entity in KERNEL_ENTITIES:
            return self._kernel_field(entity, name)
        known = self.symbols.entities.get(entity)
        if known is None or known.broken:
            return Binding(Null())
        field = known.fields.get(name)
        if field is not None:
            of = type_of(field)
            return Binding(of, may_fail=field.computed and isinstance(of, Decimal | Money))
        collection = known.collections.get(name)
        if collection is not None:
            return Binding(ListOf(Relation(collection.entity)), child=collection.entity, by=collection.by)
        if name == "id":
            return Binding(Relation(entity))
        return Binding(_BUILT_IN[name]) if name in _BUILT_IN else None

    def _kernel_field(self, entity: str, name: str) -> Binding | None:
        if name == "kind" and entity == "unit":
            return Binding(Choice(tuple(self.symbols.names("units"))))
        if name == "parent" and entity == "unit":
            return Binding(_UNIT)
        if name == "id":
            return Binding(Relation(entity))
        return Binding(Text()) if name in KERNEL_ENTITIES[entity] else None

    def variable(self, name: str) -> Type | None:
        return variable_type(self.symbols, name)

    def names(self, entity: str | None) -> Iterable[str]:
        if entity in KERNEL_ENTITIES:
            return KERNEL_ENTITIES[str(entity)]
        known = self.symbols.entities.get(entity or self.entity)
        own = tuple(name for name in (known.names if known else ()) if entity or name not in self.hidden)
        return (*own, "id", *_BUILT_IN, *(VARIABLES if entity is None else ()))


@dataclass(frozen=True)
class RequestEnvironment:
    """Formulas that speak of no row: the variables of the request alone."""

    symbols: Symbols
    rows: bool = False

    def root(self, name: str) -> Binding | None:
        return None

    def field(self, entity: str, name: str) -> Binding | None:
        return EntityEnvironment(self.symbols, entity).field(entity, name)

    def variable(self, name: str) -> Type | None:
        return variable_type(self.symbols, name)

    def names(self, entity: str | None) -> Iterable[str]:
        return VARIABLES if entity is None else EntityEnvironment(self.symbols, entity).names(entity)


@dataclass(frozen=True)
class MetricEnvironment:
    """Formulas of derived metrics: the names of other metrics."""

    metrics: Mapping[str, Type]
    rows: bool = False

    def root(self, name: str) -> Binding | None:
        return Binding(self.metrics[name], may_fail=True) if name in self.metrics else None

    def field(self, entity: str, name: str) -> Binding | None:
        return None

    def variable(self, name: str) -> Type | None:
        return None

    def names(self, entity: str | None) -> Iterable[str]:
        return self.metrics if entity is None else ()


_VARIABLE_TYPES: Mapping[str, Type] = {
    "user.id": _USER,
    "user.unit": _UNIT,
    "user.units": ListOf(_UNIT),
    "user.subtree": ListOf(_UNIT),
    "user.reports": ListOf(_USER),
}

VARIABLES = ("user.id", "user.roles", "user.unit", "user.units", "user.subtree", "user.reports")


def variable_type(symbols: Symbols, name: str) -> Type | None:
    """The type of a variable of the request."""
    if name == "user.roles":
        return ListOf(Choice(tuple(symbols.names("roles"))))
    return _VARIABLE_TYPES.get(name)
