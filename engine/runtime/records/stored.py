"""Stored rows: whole physical rows for the write side, after the choke point has allowed the act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from engine.model.access import Action, FieldRight
from engine.model.entities import NUMERIC_KINDS, Entity, FieldKind
from engine.model.errors import NotFound
from engine.model.sealing import sealed_columns
from engine.runtime.database.statements import StatementCache
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.query.rights import permitted_row
from engine.runtime.rows import insert, select, update, update_returning
from engine.runtime.sealing.rows import Row, changed_envelopes, envelopes, opened_values
from engine.runtime.storage.fields import FieldStorage, storage_of
from engine.runtime.work import Work

BUILT_IN = ("id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "scope_unit")


class StoredRow(NamedTuple):
    """A row with Python values by field name."""

    id: int
    version: int
    deleted_at: datetime | None
    scope_unit: int | None
    values: Mapping[str, object]


def stored_row(work: Work, entity: Entity, record: int) -> StoredRow:
    """The row as it stands in this transaction. Raises NotFound."""
    found = stored_rows(work, entity, (record,))
    if not found:
        raise NotFound
    return found[0]


def locked_row(work: Work, entity: Entity, record: int) -> StoredRow:
    """The row as it stands, for a write: nobody else changes it until this transaction ends. Raises NotFound."""
    found = select(work.session, entity.name, columns_of(entity), {"id": record}, lock=True)
    if not found:
        raise NotFound
    return decoded(work, entity, found[0])


def changeable_row(
    work: Work, entity: Entity, record: int, action: Action
) -> tuple[StoredRow, Mapping[str, FieldRight]]:
    """As `locked_row`, for whom `action` is allowed on it, with the rights on its fields. Raises NotFound, Forbidden."""
    found = permitted_row(work, entity.name, record, action, columns_of(entity))
    return decoded(work, entity, found.row), found.rights


def columns_of(entity: Entity) -> tuple[str, ...]:
    """The columns of a whole physical row."""
    return (*BUILT_IN, *(field.name for field in entity.fields.values() if not field.sealed), *sealed_columns(entity))


def stored_rows(work: Work, entity: Entity, records: Sequence[int]) -> list[StoredRow]:
    """Several rows by id, in the order asked for; ids that are not there are left out."""
    return [
        decoded(work, entity, row)
        for record in records
        for row in select(work.session, entity.name, columns_of(entity), {"id": record})
    ]


def rows_of_whole(work: Work, entity: Entity, by: str, whole: int) -> list[StoredRow]:
    """The living rows of a part of a whole."""
    found = select(work.session, entity.name, columns_of(entity), {by: whole, "deleted_at is null": None}, ("id",))
    return [decoded(work, entity, row) for row in found]


def cell_decoder(work: Work, entity: Entity, names: Sequence[str]) -> Callable[[Sequence[object]], dict[str, object]]:
    """What reads fields of many rows, their columns in the order of the names."""
    storages = _STORAGES.get((work.model.fingerprint, entity.name), lambda: _storages(entity))
    decoders, dialect = [(name, storages[name].from_stored) for name in names], work.session.dialect
    return lambda stored: {
        name: None if one is None else decode(one, dialect)
        for (name, decode), one in zip(decoders, stored, strict=True)
    }


_Decoder = tuple[str, Callable[[object, str], object] | None]
_DECODERS = StatementCache()
"""How the columns of an entity are read, by model and entity."""


def decoded(work: Work, entity: Entity, row: Sequence[object]) -> StoredRow:
    """A whole physical row, its columns in the order of `columns_of`."""
    dialect = work.session.dialect
    decoders, sealed = _DECODERS.get((work.model.fingerprint, entity.name), lambda: _decoders(entity))
    end = len(row) - len(sealed)
    values = {
        name: stored if stored is None or decode is None else decode(stored, dialect)
        for (name, decode), stored in zip(decoders, row[len(BUILT_IN) : end], strict=True)
    }
    if sealed:
        values |= opened_values(work, entity, int(str(row[0])), zip(sealed, row[end:], strict=True))
        values = {name: values[name] for name in entity.fields}
    return StoredRow(
        id=int(str(row[0])),
        version=int(str(row[1])),
        deleted_at=from_micros(int(str(row[6]))) if row[6] is not None else None,
        scope_unit=int(str(row[7])) if row[7] is not None else None,
        values=values,
    )


def _decoders(entity: Entity) -> tuple[tuple[_Decoder, ...], tuple[str, ...]]:
    """What reads the plain columns, and the columns of envelopes behind them."""
    plain = tuple(
        (name, None if one.is_python else one.from_stored)
        for name, one in _storages(entity).items()
        if not one.field.sealed
    )
    return plain, tuple(sealed_columns(entity))


_STORAGES = StatementCache()
"""How the fields of an entity are stored, by model and entity."""


def encoded(work: Work, entity: Entity, before: StoredRow, values: Mapping[str, object]) -> dict[str, object]:
    """Python values that change a row as physical ones: sealed ones within the envelopes that they are written with."""
    return {**_plain(work, entity, values), **changed_envelopes(work, entity, row_after(before), values)}


def row_after(before: StoredRow) -> Row:
    """A row as it stood, with the version that a change gives it."""
    return Row(before.id, before.version + 1, before.values)


def sought(work: Work, entity: Entity, values: Mapping[str, object]) -> dict[str, object]:
    """Python values as physical ones, to look rows up by them; sealed ones are sought by nobody."""
    return _plain(work, entity, values)


def _plain(work: Work, entity: Entity, values: Mapping[str, object]) -> dict[str, object]:
    dialect = work.session.dialect
    storages = _STORAGES.get((work.model.fingerprint, entity.name), lambda: _storages(entity))
    return {
        name: None if value is None else storages[name].encode(value, dialect)
        for name, value in values.items()
        if not storages[name].field.sealed
    }


def inserted_rows(
    work: Work, entity: Entity, rows: Sequence[tuple[int, Mapping[str, object]]]
) -> list[Sequence[object]]:
    """The columns of many new rows behind the built-in ones, from the Python values of all their fields; each with its id."""
    columns = stored_columns(work, entity, zip(*[values.values() for _, values in rows], strict=True))
    if not any(field.sealed for field in entity.fields.values()):
        return columns
    plain = [column for column, field in zip(columns, entity.fields.values(), strict=True) if not field.sealed]
    sealed = envelopes(work, entity, [Row(record, 1, values) for record, values in rows])
    return [*plain, *([one[column] for one in sealed] for column in sealed_columns(entity))]


def stored_values(work: Work, entity: Entity, values: Mapping[str, object]) -> list[object]:
    """The physical values of all fields in order, from Python values that are of their fields' types already."""
    return [value for (value,) in stored_columns(work, entity, [(values.get(name),) for name in entity.fields])]


def stored_columns(work: Work, entity: Entity, columns: Iterable[Sequence[object]]) -> list[Sequence[object]]:
    """The same of many rows, given as the columns of all fields in order."""
    dialect = work.session.dialect
    encoders = _ENCODERS.get((work.model.fingerprint, entity.name), lambda: _encoders(entity))
    return [
        column if encode is None else _encoded(encode, column, dialect, shared)
        for (encode, shared), column in zip(encoders, columns, strict=True)
    ]


def _encoded(
    encode: Callable[[object, str], object], column: Sequence[object], dialect: str, shared: bool
) -> Sequence[object]:
    """A column as it is stored; values that rows share are encoded once."""
    if not shared or len(column) == 1:
        return [None if value is None else encode(value, dialect) for value in column]
    known = {value: None if value is None else encode(value, dialect) for value in set(column)}
    return [*map(known.__getitem__, column)]


_ENCODERS = StatementCache()
"""How Python values of an entity's fields become physical ones, by model and entity; None where they are that."""


def _encoders(entity: Entity) -> tuple[tuple[Callable[[object, str], object] | None, bool], ...]:
    return tuple(
        (None if one.is_stored else one.to_stored, one.field.kind in _SHARED) for one in _storages(entity).values()
    )


_SHARED = NUMERIC_KINDS | {FieldKind.DATE, FieldKind.BOOLEAN}
"""Kinds of which values that are equal are stored alike; texts may be equal and formatted otherwise."""


def _storages(entity: Entity) -> Mapping[str, FieldStorage]:
    return {field.name: storage_of(field) for field in entity.fields.values()}


def first_row(
    work: Work,
    entity: Entity,
    record: int,
    values: Mapping[str, object],
    by: int | None = None,
    unit: int | None = None,
) -> dict[str, object]:
    """A whole physical row in its first version, made by a user or by the installation itself."""
    now = to_micros(work.context.now)
    return {
        "id": record,
        "version": 1,
        "created_at": now,
        "created_by": by,
        "updated_at": now,
        "updated_by": by,
        "deleted_at": None,
        "scope_unit": unit,
        **_plain(work, entity, values),
        **envelopes(work, entity, [Row(record, 1, values)])[0],
    }


def insert_row(work: Work, entity: Entity, row: Mapping[str, object]) -> None:
    insert(work.session, entity.name, row)


def update_row(work: Work, entity: Entity, record: int, row: Mapping[str, object]) -> None:
    update(work.session, entity.name, row, {"id": record})


def updated_row(work: Work, entity: Entity, record: int, row: Mapping[str, object]) -> StoredRow:
    """Change columns of a row; the row as it stands then. Raises NotFound."""
    found = update_returning(work.session, entity.name, row, {"id": record}, columns_of(entity))
    if found is None:
        raise NotFound
    return decoded(work, entity, found)
