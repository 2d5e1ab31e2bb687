"""Loaded rows: trusted rows of one entity written with their first versions, each value's column and JSON form made out once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, repeat
from operator import itemgetter

from engine.model.entities import REFERENCE_KINDS, Entity, Field
from engine.model.names import empty_map
from engine.model.sealing import sealed_columns
from engine.runtime.identifiers import encode_id
from engine.runtime.instants import to_micros
from engine.runtime.rows import insert_rows
from engine.runtime.sealing.rows import Row, envelopes
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.json import kept_json, parse_json
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work

Cell = tuple[object, str]
"""A value as its column holds it, and as JSON with the name of its field."""
Rows = Sequence[tuple[int, Mapping[str, object]]]
MOST_KNOWN = 5_000
"""Different values of one field that are kept at a time: many repeat, or come one after the other."""
VERSION_COLUMNS = ("record", "version", "valid_from", "action", "cause", "changed", "after")
UNIT = "scope_unit"
_STORED, _TEXT = itemgetter(0), itemgetter(1)
_ENCODER = json.JSONEncoder(ensure_ascii=False)


class _Written:
    """Writes values of one field, equal ones once."""

    def __init__(self, field: Field, dialect: str) -> None:
        self.name = field.name
        self._field, self._dialect, self._storage = field, dialect, storage_of(field)
        self._refers, self._key = field.kind in REFERENCE_KINDS, f'"{field.name}": '
        self._nothing: Cell = (None, f"{self._key}null")
        self._known: dict[type, dict[object, Cell]] = {}

    def write(self, values: Sequence[object]) -> list[Cell]:
        """Raises ValidationFailed for what does not fit the field."""
        kinds = {value.__class__ for value in values} - {type(None)}
        if len(kinds) != 1:  # a number and a truth value may be equal: each kind is looked up by itself
            return [self.one(value) for value in values]
        known = self._of(kinds.pop())
        if known is None:
            return [self._made(value) for value in values]
        find, write = known.get, self.one
        return [find(value) or write(value) for value in values]

    def one(self, value: object) -> Cell:
        if value is None:
            return self._nothing
        known = self._of(value.__class__)
        if known is None:
            return self._made(value)
        found = known.get(value)
        if found is None:
            if len(known) >= MOST_KNOWN:
                known.clear()
            found = known[value] = self._made(value)
        return found

    def _of(self, kind: type) -> dict[object, Cell] | None:
        """The values of a kind that are known; None of a kind that cannot be looked up."""
        if kind.__hash__ is None or kind is tuple:
            return None
        if kind not in self._known:
            self._known[kind] = {}
        return self._known[kind]

    def _made(self, value: object) -> Cell:
        if self._refers and value.__class__ is int:
            return value, f'{self._key}"{encode_id(value)}"'
        typed = parse_json(value, self._field)
        if typed is None:
            return self._nothing
        text = _ENCODER.encode(kept_json(typed, self._field))
        return self._storage.to_stored(typed, self._dialect), self._key + text


@dataclass(frozen=True, slots=True)
class _Shape:
    """Rows that give the same fields: the columns they fill, and how each value is written."""

    columns: tuple[str, ...]
    given: tuple[_Written, ...]
    told: tuple[_Written, ...]
    defaults: tuple[object, ...]
    after: tuple[str, ...]
    changed: str
    sealed: tuple[str, ...] = ()
    """The columns of envelopes, where the rows give or default what is sealed."""
    sealed_defaults: Mapping[str, object] = field(default_factory=empty_map)


def _envelope(column: str, text: str | None) -> str:
    return f'"{column}": null' if text is None else f'"{column}": "{text}"'


class LoadedRows:
    """Inserts rows of an entity. `told` are computed fields that stand among the values, which no version holds, and
    `scope_unit` where that stands there."""

    def __init__(self, work: Work, entity: Entity, told: frozenset[str]) -> None:
        self._work, self._session, self._entity, self._told = work, work.session, entity, told
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
        records, given = zip(*rows, strict=True)
        now, same = repeat(self._now), [repeat(one) for one in shape.defaults]
        units = map(itemgetter(UNIT), given) if UNIT in self._told else repeat(None)
        cells = [one.write([*map(itemgetter(one.name), given)]) for one in (*shape.given, *shape.told)]
        sealed = self._sealed(shape, records, given)
        sealed_texts = [[one[column] for one in sealed] for column in shape.sealed]
        stored = zip(records, repeat(1), now, now, units, *same, *(map(_STORED, one) for one in cells), *sealed_texts)
        insert_rows(self._session, self._entity.name, shape.columns, [*stored])
        texts = [map(_TEXT, one) for one in cells[: len(shape.given)]]
        texts += [map(partial(_envelope, name), one) for name, one in zip(shape.sealed, sealed_texts, strict=True)]
        alike = zip(*texts, strict=True) if texts else repeat((), len(records))
        afters = ["{" + ", ".join((*shape.after, *one)) + "}" for one in alike]
        versions = zip(records, repeat(1), now, repeat("create"), repeat("load"), repeat(shape.changed), afters)
        insert_rows(self._session, version_table_name(self._entity.name), VERSION_COLUMNS, [*versions])

    def _sealed(
        self, shape: _Shape, records: Sequence[int], given: Sequence[Mapping[str, object]]
    ) -> Sequence[Mapping[str, str | None]]:
        """The envelopes of rows, by column."""
        if not shape.sealed:
            return ()
        whole = [{**shape.sealed_defaults, **self._typed(values)} for values in given]
        rows = [Row(record, 1, values) for record, values in zip(records, whole, strict=True)]
        return envelopes(self._work, self._entity, rows, shape.sealed)

    def _typed(self, values: Mapping[str, object]) -> dict[str, object]:
        """What a row gives for its envelopes, as values of its fields: what is sealed, and relations, one of which may lead
        to its subject."""
        fields = self._entity.fields
        return {
            name: parse_json(value, fields[name]) if fields[name].sealed or value.__class__ is not int else value
            for name, value in values.items()
            if name in fields and (fields[name].sealed or fields[name].relation is not None)
        }

    def _shape(self, names: tuple[str, ...]) -> _Shape:
        fields = self._entity.fields
        entered = [name for name in names if name in fields and not fields[name].computed]
        given = [name for name in entered if not fields[name].sealed]
        told = [name for name in names if name in fields and name in self._told]
        left_out = [one for one in fields.values() if one.default is not None and one.name not in names]
        defaults = {
            one.name: self._of(one.name).one(one.default) for one in left_out if not (one.computed or one.sealed)
        }
        sealed = {one.name: one.default for one in left_out if one.sealed}
        columns = tuple(sealed_columns(self._entity))
        return _Shape(
            ("id", "version", "created_at", "updated_at", UNIT, *defaults, *given, *told, *columns),
            tuple(self._of(name) for name in given),
            tuple(self._of(name) for name in told),
            tuple(stored for stored, _ in defaults.values()),
            tuple(text for _, text in defaults.values()),
            json.dumps(sorted([*defaults, *sealed, *entered])),
            columns,
            sealed,
        )

    def _of(self, name: str) -> _Written:
        if name not in self._written:
            self._written[name] = _Written(self._entity.fields[name], self._session.dialect)
        return self._written[name]
