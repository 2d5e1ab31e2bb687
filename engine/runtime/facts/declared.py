"""Declared: which tables a copy has, and which of their columns, told by the model alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from engine.model.app import AppModel
from engine.model.entities import Entity, Field, FieldKind
from engine.model.metrics import Metric
from engine.model.rollups import SEALED
from engine.runtime.schema.tables import PhysicalKind
from engine.runtime.storage.tables import entity_tables

_LEFT_OUT = frozenset({FieldKind.LONG_TEXT, FieldKind.ATTACHMENT, FieldKind.LOCATION, FieldKind.ADDRESS})
"""Kinds that no figure is split by, or that tell more of a person than a figure needs."""


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table of the copy: its columns in order, `id` first, each with how it is stored."""

    name: str
    columns: tuple[tuple[str, PhysicalKind], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)


@dataclass(frozen=True, slots=True)
class FactTables:
    """What a copy has: `measured` are the entities whose figures are asked of it, the other tables are joined to them.

    `fingerprint` tells these tables from all others.
    """

    measured: frozenset[str]
    tables: Mapping[str, FactTable]
    fingerprint: str


def fact_tables(model: AppModel, entities: frozenset[str]) -> FactTables:
    """The tables of a copy of these entities; of all that metrics measure where none is named."""
    known: dict[frozenset[str], FactTables] = model.derived(_known)
    if entities not in known:
        known[entities] = _worked_out(model, entities)
    return known[entities]


def _known(model: AppModel) -> dict[frozenset[str], FactTables]:
    return {}


def _worked_out(model: AppModel, entities: frozenset[str]) -> FactTables:
    metrics = [one for one in model.metrics.values() if one.entity is not None]
    measured = frozenset(str(one.entity) for one in metrics if not entities or one.entity in entities)
    names = {*measured}
    for name in measured:
        names |= set(_beside(model, name, [one for one in metrics if one.entity == name]))
    tables = {one.name: one for one in _tables(model, names)}
    told = sha256("\n".join(f"{one.name} {one.columns}" for one in tables.values()).encode()).hexdigest()
    return FactTables(measured, MappingProxyType(tables), told)


def _tables(model: AppModel, names: Iterable[str]) -> Iterator[FactTable]:
    wanted = set(names)
    for table in sorted(entity_tables(model), key=lambda one: one.name):
        if table.name not in wanted:
            continue
        fields = model.entities[table.name].fields
        kept = [one for one in table.columns if one.name not in fields or _is_kept(fields[one.name])]
        columns = sorted(kept, key=lambda one: one.name != "id")
        yield FactTable(table.name, tuple((one.name, one.kind) for one in columns))


def _is_kept(field: Field) -> bool:
    return not (field.rich or field.kind in _LEFT_OUT or field.level in SEALED or field.floor in SEALED)


def _beside(model: AppModel, name: str, metrics: Iterable[Metric]) -> Iterator[str]:
    """The entities that rows of one point at, those that its metrics reach along paths, and the wholes of its parts."""
    entity = model.entities[name]
    yield from (one.relation.entity for one in entity.fields.values() if one.relation is not None)
    for metric in metrics:
        for path in _paths(metric):
            yield from _along(model, entity, path)
    whole: Entity | None = entity
    while whole is not None and whole.part_of is not None:
        field = whole.fields.get(whole.part_of)
        whole = model.entities.get(field.relation.entity) if field is not None and field.relation is not None else None
        if whole is not None:
            yield whole.name


def _paths(metric: Metric) -> Iterator[tuple[str, ...]]:
    yield from (one.path for one in metric.dimensions)
    for formula in (metric.measure.argument if metric.measure else None, metric.where):
        yield from (tuple(one.split(".")) for one in (formula.references if formula is not None else ()))
    if metric.time is not None:
        yield tuple(metric.time.split("."))


def _along(model: AppModel, entity: Entity, path: tuple[str, ...]) -> Iterator[str]:
    """The entities that a path leads to, the last one too where it ends in a relation: its title is read."""
    current: Entity | None = entity
    for name in path:
        field = current.fields.get(name) if current is not None else None
        current = (
            model.entities.get(field.relation.entity) if field is not None and field.relation is not None else None
        )
        if current is None:
            return
        yield current.name
