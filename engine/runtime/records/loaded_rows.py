"""Loaded rows: trusted rows of one entity written with their first versions, each value's column and JSON form made out once."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from engine.model.entities import REFERENCE_KINDS, Entity, Field
from engine.runtime.identifiers import encode_id
from engine.runtime.instants import to_micros
from engine.runtime.rows import insert_rows
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.json import kept_json, parse_json
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work

Cell = tuple[object, str]
"""A value as its column holds it, and as JSON with the name of its field."""
Known = dict[tuple[type, object], Cell]
Rows = Sequence[tuple[int, Mapping[str, object]]]
MOST_KNOWN = 5_000
"""Different values of one field that are kept; more are not alike enough for it to be worth the memory."""
VERSION_COLUMNS = ("record", "version", "valid_from", "action", "cause", "changed", "after")
UNIT = "scope_unit"
_ENCODER = json.JSONEncoder(ensure_ascii=False)


class _Written:
    """Writes values of one field, equal ones once."""

    def __init__(self, field: Field, dialect: str) -> None:
        self.name = field.name
        self._field, self._dialect, self._storage = field, dialect, storage_of(field)
        self._refers, self._key = field.kind in REFERENCE_KINDS, f'"{field.name}": '
        self.known: Known = {(type(None), None): (None, f"{self._key}null")}

    def write(self, value: object) -> Cell:
        """Raises ValidationFailed for what does not fit the field."""
        found = self._made(value)
        if len(self.known) < MOST_KNOWN and isinstance(value, Hashable):
            self.known[value.__class__, value] = found
        return found

    def _made(self, value: object) -> Cell:
        if self._refers and value.__class__ is int:
            return value, f'{self._key}"{encode_id(value)}"'
        typed = parse_json(value, self._field)
        if typed is None:
            return None, f"{self._key}null"
        text = _ENCODER.encode(kept_json(typed, self._field))
        return self._storage.to_stored(typed, self._dialect), self._key + text


@dataclass(frozen=True, slots=True)
class _Shape:
    """Rows that give the same fields: the columns they fill, and how each value is written."""

    columns: tuple[str, ...]
    given: tuple[_Written, ...]
    told: tuple[_Written, ...]
    defaults: tuple[object, ...]
    after: str
    changed: str


class LoadedRows:
    """Inserts rows of an entity. `told` are computed fields that stand among the values, which no version holds, and
    `scope_unit` where that stands there."""

    def __init__(self, work: Work, entity: Entity, told: frozenset[str]) -> None:
        self._session, self._entity, self._told = work.session, entity, told
        self._now = to_micros(work.context.now)
        self._written: dict[str, _Written] = {}
        self._shapes: dict[tuple[str, ...], _Shape] = {}

    def insert(self, rows: Rows) -> None:
        """In the order in which they come: a row may point at one before it."""
        for names, alike in groupby(rows, lambda row: tuple(row[1])):
            if names not in self._shapes:
                self._shapes[names] = self._shape(names)
            self._insert(self._shapes[names], alike)

    def _insert(self, shape: _Shape, rows: Iterable[tuple[int, Mapping[str, object]]]) -> None:
        stored, versions, now = list[tuple[object, ...]](), list[tuple[object, ...]](), self._now
        own = UNIT in self._told
        for record, values in rows:
            row: list[object] = [record, 1, now, now, values[UNIT] if own else None, *shape.defaults]
            after = [shape.after] if shape.after else []
            for one in shape.given:
                value = values[one.name]
                cell, text = (value.__class__ is not list and one.known.get((value.__class__, value))) or one.write(
                    value
                )
                row.append(cell)
                after.append(text)
            for one in shape.told:
                value = values[one.name]
                row.append((one.known.get((value.__class__, value)) or one.write(value))[0])
            stored.append(tuple(row))
            versions.append((record, 1, now, "create", "load", shape.changed, "{" + ", ".join(after) + "}"))
        insert_rows(self._session, self._entity.name, shape.columns, stored)
        insert_rows(self._session, version_table_name(self._entity.name), VERSION_COLUMNS, versions)

    def _shape(self, names: tuple[str, ...]) -> _Shape:
        fields = self._entity.fields
        given = [name for name in names if name in fields and not fields[name].computed]
        told = [name for name in names if name in fields and name in self._told]
        left_out = [one for one in fields.values() if one.default is not None and one.name not in names]
        defaults = {one.name: self._of(one.name).write(one.default) for one in left_out if not one.computed}
        return _Shape(
            ("id", "version", "created_at", "updated_at", UNIT, *defaults, *given, *told),
            tuple(self._of(name) for name in given),
            tuple(self._of(name) for name in told),
            tuple(stored for stored, _ in defaults.values()),
            ", ".join(text for _, text in defaults.values()),
            json.dumps(sorted([*defaults, *given])),
        )

    def _of(self, name: str) -> _Written:
        if name not in self._written:
            self._written[name] = _Written(self._entity.fields[name], self._session.dialect)
        return self._written[name]
