"""Tables of a model: one per entity, and one with its row versions; columns, keys and indexes follow the definitions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from engine.model.app import AppModel
from engine.model.entities import REFERENCE_KINDS, TEXT_KINDS, Entity, Field, FieldKind
from engine.model.rollups import rollups_of
from engine.model.sealing import sealed_columns
from engine.runtime.schema.tables import Column, ForeignKey, Index, PhysicalKind, Table
from engine.runtime.storage.built_in import KERNEL_TABLES, UNIT_TABLE
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.listed_items import indexable, lists_of, views_on
from engine.runtime.storage.rollup_tables import rollup_tables
from engine.runtime.storage.shown_collections import orders_within
from engine.runtime.storage.usual_rows import But, usual_rows
from engine.runtime.storage.waiting import waiting_key

VERSION_SUFFIX = "__version"
SEARCH_SUFFIX = "__search"
LONGEST_NAME = 63
"""Bytes of an identifier in PostgreSQL; longer ones would be cut there without a word."""

SOUGHT_BY = frozenset({FieldKind.STATE, FieldKind.USER, FieldKind.UNIT, FieldKind.LOCATION})
"""Kinds of fields by which rows are looked for whatever lists show: a location lies near a point or within a box."""

_BUILT_IN = (
    Column("id", PhysicalKind.INTEGER, nullable=False),
    Column("version", PhysicalKind.INTEGER, nullable=False),
    Column("created_at", PhysicalKind.INSTANT, nullable=False),
    Column("created_by", PhysicalKind.INTEGER),
    Column("updated_at", PhysicalKind.INSTANT, nullable=False),
    Column("updated_by", PhysicalKind.INTEGER),
    Column("deleted_at", PhysicalKind.INSTANT),
    Column("scope_unit", PhysicalKind.INTEGER),
)
_VERSION = (
    Column("record", PhysicalKind.INTEGER, nullable=False),
    Column("version", PhysicalKind.INTEGER, nullable=False),
    Column("valid_from", PhysicalKind.INSTANT, nullable=False),
    Column("valid_to", PhysicalKind.INSTANT),
    Column("action", PhysicalKind.TEXT, nullable=False),
    Column("actor", PhysicalKind.INTEGER),
    Column("run", PhysicalKind.TEXT),
    Column("cause", PhysicalKind.TEXT),
    Column("reason", PhysicalKind.TEXT),
    Column("base", PhysicalKind.INTEGER),
    Column("changed", PhysicalKind.TEXT, nullable=False),
    Column("before", PhysicalKind.TEXT),
    Column("after", PhysicalKind.TEXT),
)

_SEARCH = (Column("record", PhysicalKind.INTEGER, nullable=False), Column("tokens", PhysicalKind.TEXT, nullable=False))


def entity_tables(model: AppModel) -> tuple[Table, ...]:
    """The tables of all entities, in name order: rows, row versions, then search tokens and roll-ups where there are any."""
    return model.derived(_entity_tables)


def _entity_tables(model: AppModel) -> tuple[Table, ...]:
    rollups = rollups_of(model)
    return tuple(
        table
        for name in sorted(model.entities)
        for table in (
            _rows_table(model, model.entities[name]),
            _version_table(model.entities[name]),
            *_search_table(model.entities[name]),
            *(rollup_tables(model.entities[name], rollups[name]) if name in rollups else ()),
        )
    )


def search_table_name(entity: str) -> str:
    """The table with the search tokens of an entity's rows."""
    return entity + SEARCH_SUFFIX


def indexed_fields(entity: Entity) -> tuple[Field, ...]:
    """The fields whose texts the search index holds, heaviest first."""
    searched = [field for field in entity.fields.values() if field.search and field.kind in TEXT_KINDS]
    return tuple(sorted(searched, key=lambda field: -field.search))


def version_table_name(entity: str) -> str:
    """The table with the row versions of an entity: record, version, valid_from, valid_to, actor, run, cause, changes as JSON."""
    return entity + VERSION_SUFFIX


def _rows_table(model: AppModel, entity: Entity) -> Table:
    fields = tuple(one for one in entity.fields.values() if not one.sealed)
    columns = tuple(Column(one.name, storage_of(one).physical, scale=one.scale) for one in fields)
    sealed = tuple(Column(one, PhysicalKind.TEXT) for one in sealed_columns(entity))
    return Table(
        name=entity.name,
        columns=(*_BUILT_IN, *columns, *sealed),
        foreign_keys=(*_foreign_keys(fields), ForeignKey("scope_unit", UNIT_TABLE)),
        indexes=_indexes(model, entity),
        sealed=tuple(
            (one.name, f"{column} {one.kind} {one.scale}")
            for column, found in sealed_columns(entity).items()
            for one in found
        ),
    )


def _version_table(entity: Entity) -> Table:
    name = version_table_name(entity.name)
    by_time = Index(index_name(name, ("valid_from",)), ("valid_from",))
    by_writer = Index(index_name(name, ("actor", "valid_from")), ("actor", "valid_from"))
    return Table(name=name, columns=_VERSION, primary_key=("record", "version"), indexes=(by_time, by_writer))


def _search_table(entity: Entity) -> tuple[Table, ...]:
    if not indexed_fields(entity):
        return ()
    name = search_table_name(entity.name)
    return (Table(name=name, columns=_SEARCH, primary_key=("record",), full_text=True),)


def _foreign_keys(fields: Iterable[Field]) -> Iterator[ForeignKey]:
    for field in fields:
        if field.relation is not None:
            yield ForeignKey(field.name, field.relation.entity)
        elif field.kind in KERNEL_TABLES:
            yield ForeignKey(field.name, KERNEL_TABLES[field.kind])


def _indexes(model: AppModel, entity: Entity) -> tuple[Index, ...]:
    """Unique indexes count living rows only. Of two plain ones of which one begins like the other, the longer stays."""
    unique = dict.fromkeys(unique_columns(entity))
    plain = {columns: None for columns in _plain_columns(model, entity) if columns not in unique}
    covering = [*unique, *plain]
    kept = [one for one in plain if not any(other[: len(one)] == one and other != one for other in covering)]
    return (
        *(Index(index_name(entity.name, one, "ux"), one, unique=True, living=True) for one in unique),
        *(Index(index_name(entity.name, one), one) for one in kept),
        *(_of_usual_rows(entity, but, one) for but, found in usual_rows(model, entity).items() for one in found),
    )


def _of_usual_rows(entity: Entity, but: But, columns: tuple[str, ...]) -> Index:
    return Index(index_name(entity.name, (*columns, "but", *but)), columns, living=True, but=but)


def unique_columns(entity: Entity) -> Iterator[tuple[str, ...]]:
    """Fields that together no two living rows may have alike, whoever may read them."""
    for field in entity.fields.values():
        if field.unique:
            yield (field.name,)
    if entity.natural_key:
        yield entity.natural_key
    for rule in entity.uniques:
        if rule.everywhere:
            yield rule.fields


def _plain_columns(model: AppModel, entity: Entity) -> Iterator[tuple[str, ...]]:
    """What lists, rights, relations and declared rules ask for."""
    yield from entity.indexes
    for rule in entity.uniques:
        if not rule.everywhere:
            yield rule.fields
    for field in entity.fields.values():
        if field.relation is not None or field.kind in SOUGHT_BY:
            yield (field.name,)
    yield ("scope_unit",)
    for name in sorted(_sorted_by(model, entity) | _times(model, entity)):
        yield (name,)
        yield ("scope_unit", name)
    for filtered, sorted_by in sorted(_filtered_in_order(model, entity)):
        yield ("scope_unit", filtered, sorted_by)
    yield from sorted(_own_in_order(model, entity))
    for by, ordered in sorted(orders_within(model, entity)):
        if indexable(entity, ordered) and entity.fields[ordered].kind not in REFERENCE_KINDS:
            yield (by, ordered)
    yield from (waiting_key(entity, kind) for kind in entity.inbox)


def _filtered_in_order(model: AppModel, entity: Entity) -> frozenset[tuple[str, str]]:
    """Filters by one option that lists of the entity offer, each with the order of its list: a page of a unit's rows in
    a rare state would else be looked for among all rows of the unit (3.8 ms against 0.1 ms on 100,000 rows).
    """
    found = {
        (filtered, one.first)
        for one in lists_of(model, entity.name)
        for filtered in one.filters
        if one.first != filtered
    }
    options = {name for name, field in entity.fields.items() if field.kind in (FieldKind.STATE, FieldKind.CHOICE)}
    return frozenset((one, other) for one, other in found if one in options and indexable(entity, other))


def _own_in_order(model: AppModel, entity: Entity) -> Iterator[tuple[str, str]]:
    """People that views of the entity's lists are about (`owner = user.id`), each with the order of its list: who reads all
    rows and has few would else read all of them for one page.
    """
    for listed in lists_of(model, entity.name):
        people = {name for one in views_on(listed.item) if one.uses_user for name in one.references}
        for name in people - {listed.first}:
            field = entity.fields.get(name)
            if field is not None and field.kind is FieldKind.USER and indexable(entity, listed.first):
                yield name, listed.first


def _sorted_by(model: AppModel, entity: Entity) -> frozenset[str]:
    """The own fields by which some list of the entity is sorted first, or that it offers as a filter."""
    asked = {name for one in lists_of(model, entity.name) for name in (one.first, *one.filters)}
    return frozenset(name for name in asked if indexable(entity, name))


def _times(model: AppModel, entity: Entity) -> frozenset[str]:
    return frozenset(
        one.time
        for one in model.metrics.values()
        if one.entity == entity.name and one.time and one.time in entity.fields
    )


def index_name(table: str, columns: tuple[str, ...], prefix: str = "ix") -> str:
    """A name that tells table and columns, and stays unique when it has to be cut."""
    name = "_".join((prefix, table, *columns))
    if len(name.encode()) <= LONGEST_NAME:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - 9]}_{mark}"
