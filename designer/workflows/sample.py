"""An organisation and a record to practise on: one unit of each kind, one person in each seat and for each other role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from engine.model.entities import NUMERIC_KINDS, REFERENCE_KINDS, TEXT_KINDS, Entity, Field, FieldKind
from engine.model.organisation import UnitKind
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.instants import to_micros
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.records.loaded_rows import LoadedRows
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.storage.json import parse_json
from engine.runtime.work import Work

SINCE = timedelta(days=3650)
DEEPEST = 4
"""Rows that point at rows that point at rows."""


def practise_organisation(work: Work) -> Mapping[str, int]:
    """People where there are none; the unit of each kind."""
    language, since = work.context.language, work.context.today - SINCE
    units: dict[str, int] = {}
    seated: set[str] = set()
    for kind in _from_above(work.model.unit_kinds):
        above = next((units[one] for one in kind.parents if one in units), None)
        identity, label = work.ids.next(), kind.label.text(language) or kind.name
        add_unit(work.session, work.model, Unit(identity, kind.name, kind.name, label, None, above, since, None))
        units[kind.name] = identity
        for seat in kind.seats:
            person = _person(work, f"{kind.name}-{seat.name}", f"{label} {seat.label.text(language) or seat.name}", ())
            take_seat(work.session, work.model, Membership(work.ids.next(), person, identity, seat.name, since, None))
            seated.update(seat.roles)
    for role in work.model.roles.values():
        if role.name not in seated:
            _person(work, role.name, role.label.text(language) or role.name, (role.name,))
    return units


def _from_above(kinds: Mapping[str, UnitKind]) -> Iterator[UnitKind]:
    """Kinds of units, each after one that it may stand under."""
    waiting, placed = dict(kinds), set[str]()
    while waiting:
        ready = [one for one in waiting.values() if not one.parents or placed.intersection(one.parents)]
        for one in ready or list(waiting.values()):
            yield one
            placed.add(one.name)
            del waiting[one.name]


def _person(work: Work, name: str, label: str, roles: tuple[str, ...]) -> int:
    identity = work.ids.next()
    account = f"t-{name.replace('_', '-')}"
    create_user(work.session, NewUser(identity, account, label, to_micros(work.context.now), roles=roles))
    return identity


@dataclass(frozen=True, slots=True)
class Typed:
    """A record as it is typed: values by field, those of computed fields too, and its state."""

    values: Mapping[str, object]
    state: str


@dataclass(slots=True)
class RecordMaking:
    """Makes the record, and what it must point at, for somebody in an organisation."""

    work: Work
    maker: int
    units: Mapping[str, int]
    made: set[str] = field(default_factory=set)

    def record(self, entity: Entity, typed: Typed) -> int:
        """A record with what is typed; what it needs besides is made up. Raises ValidationFailed."""
        values = {**self._values(entity, typed.values, 0), **self._state(entity, typed.state)}
        told = frozenset(
            name for name, one in entity.fields.items() if one.computed and typed.values.get(name) not in (None, "")
        )
        values |= {name: self._parsed(entity.fields[name], typed.values[name]) for name in told}
        record = self.work.ids.next()
        LoadedRows(self.work, entity, told).insert([(record, values)])
        finish_loading(self.work, {*self.made, entity.name}, {entity.name: told})
        self.work.aftermath.clear()
        return record

    def _values(self, entity: Entity, typed: Mapping[str, object], depth: int) -> dict[str, object]:
        found = {one.name: self._value(entity, one, typed.get(one.name), depth) for one in _stored(entity)}
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, entity: Entity, one: Field, typed: object, depth: int) -> object:
        if typed not in (None, "") and one.kind not in REFERENCE_KINDS:
            return self._parsed(one, typed)
        if one.default is not None:
            return one.default
        if one.kind is FieldKind.USER:
            return self.maker
        if one.kind is FieldKind.UNIT:
            return next(_units(one, self.units), None)
        if one.relation is not None:
            needed = (one.required or one.name in _owning(entity)) and depth < DEEPEST
            return self._beside(self.work.model.entities[one.relation.entity], depth + 1) if needed else None
        return _made_up(self.work, one) if one.required or one.name == entity.title else None

    def _beside(self, entity: Entity, depth: int) -> int:
        """A row that the record points at."""
        record = self.work.ids.next()
        load_rows(self.work, entity, [(record, {**self._values(entity, {}, depth), **self._state(entity, "")})])
        self.made.add(entity.name)
        return record

    def _state(self, entity: Entity, state: str) -> Mapping[str, object]:
        life = self.work.model.workflow_of(entity.name)
        return {} if life is None else {life.field: state or life.initial}

    def _parsed(self, one: Field, typed: object) -> object:
        return parse_json(typed, one, self.work.context.zone)


def _stored(entity: Entity) -> Iterator[Field]:
    yield from (one for one in entity.fields.values() if not one.computed and one.kind is not FieldKind.STATE)


def _owning(entity: Entity) -> tuple[str, ...]:
    return (entity.owned_by or ())[:1] if entity.owned_by else ((entity.part_of,) if entity.part_of else ())


def _units(one: Field, units: Mapping[str, int]) -> Iterator[int]:
    yield from (unit for kind, unit in reversed(list(units.items())) if not one.unit_kinds or kind in one.unit_kinds)


def _made_up(work: Work, one: Field) -> object:
    if one.choices:
        name = one.choices[0].name
        return (name,) if one.kind is FieldKind.CHOICES else name
    if one.kind in NUMERIC_KINDS:
        least = one.bounds.minimum if one.bounds.minimum is not None else 0
        return int(least) if one.kind is FieldKind.INTEGER else Decimal(least).quantize(Decimal(1).scaleb(-one.scale))
    match one.kind:
        case FieldKind.BOOLEAN:
            return False
        case FieldKind.DATE:
            return work.context.today
        case FieldKind.INSTANT:
            return work.context.now
        case FieldKind.DURATION:
            return timedelta()
        case FieldKind.NUMBER_CODE | FieldKind.ADDRESS | FieldKind.LOCATION | FieldKind.RECORD:
            return None
    return one.label.text(work.context.language) if one.kind in TEXT_KINDS else None
