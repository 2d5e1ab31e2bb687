"""Row versions: one row a change, with the fields before and after; history, undo and the past read them.

Rows that are made many at once are not written twice: their first version says that they were made, and what they held
then is what they hold, with what later versions changed undone (`engine.runtime.whole_versions`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from json.encoder import encode_basestring

from sqlglot import exp, parse_one

from engine.model.entities import REFERENCE_KINDS, Entity, Field, FieldKind
from engine.model.requests import Change
from engine.model.sealing import sealed_columns
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Dialect, Statement, StatementCache, compile_statement
from engine.runtime.instants import to_micros
from engine.runtime.query import nodes
from engine.runtime.rows import insert_rows
from engine.runtime.sealing.rows import Row, kept_rows
from engine.runtime.storage.json import value_writer
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work

_Writer = Callable[[Sequence[object]], Iterable[str]]


class VersionSink:
    """Writes the version of every changed row and ends the one before."""

    def accept(self, work: Work, changes: Sequence[Change]) -> None:
        for name, found in by_entity(changes).items():
            entity, table = work.model.entities[name], version_table_name(name)
            ended = [
                {"at": to_micros(one.at), "record": one.id, "version": one.version - 1}
                for one in found
                if one.version > 1
            ]
            if ended:
                work.session.execute_many(_ending(table, work.session.dialect), ended)
            insert_rows(work.session, table, COLUMNS, _rows(work, entity, found))


def by_entity(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """Changes by the entity of their rows, in the order in which they came."""
    found: dict[str, list[Change]] = {}
    for one in changes:
        found.setdefault(one.entity, []).append(one)
    return found


def forget_field(session: Session, entity: str, field: str) -> None:
    """Take what a field ever held out of the versions of an entity's rows: it was erased, and no past brings it back."""
    less, listed = _WITHOUT[session.dialect]
    named = nodes.text(f'"{field}"')
    found = [nodes.call(_FOUND[session.dialect], exp.column(name, quoted=True), named) for name in _TOLD]
    values = [
        (name, parse_one(listed if name == "changed" else less.format(name), read=session.dialect)) for name in _TOLD
    ]
    tree = exp.Update(
        this=nodes.bare_table(version_table_name(entity)),
        expressions=[exp.EQ(this=exp.column(name, quoted=True), expression=value) for name, value in values],
        where=exp.Where(this=exp.or_(*(nodes.compare(exp.GT, one, nodes.number(0)) for one in found))),
    )
    session.execute(compile_statement(tree, session.dialect), {"field": field, "path": f"$.{field}"})


_TOLD = ("changed", "before", "after")
"""The columns that name fields."""
_FOUND: Mapping[Dialect, str] = {"sqlite": "INSTR", "postgres": "STRPOS"}
_WITHOUT: Mapping[Dialect, tuple[str, str]] = {
    "sqlite": (
        "JSON_REMOVE({0}, :path)",
        "(SELECT JSON_GROUP_ARRAY(value) FROM JSON_EACH(changed) WHERE value <> :field)",
    ),
    "postgres": (
        "CAST(CAST({0} AS JSONB) - CAST(:field AS TEXT) AS TEXT)",
        "CAST(CAST(changed AS JSONB) - CAST(:field AS TEXT) AS TEXT)",
    ),
}
"""A map, and the list of names, without a field."""


@cache
def _ending(table: str, dialect: Dialect) -> Statement:
    """A version ends when the next one begins."""
    where = [exp.EQ(this=exp.column(name, quoted=True), expression=nodes.parameter(name)) for name in _KEY]
    ends = exp.EQ(this=exp.column("valid_to", quoted=True), expression=nodes.parameter("at"))
    tree = exp.Update(this=nodes.bare_table(table), expressions=[ends], where=exp.Where(this=nodes.all_of(where)))
    return compile_statement(tree, dialect)


_KEY = ("record", "version")


COLUMNS = (
    "record", "version", "valid_from", "valid_to", "action", "actor", "run",
    "cause", "reason", "base", "changed", "before", "after",
)  # fmt: skip


def _rows(work: Work, entity: Entity, changes: Sequence[Change]) -> list[tuple[object, ...]]:
    context = work.context
    actor, run, cause, reason = context.principal.user_id or None, context.run, context.cause, context.reason
    moments = {at: to_micros(at) for at in {one.at for one in changes}}
    many = len(changes) > MOST_WRITTEN
    before, after = (
        row_texts(work, entity, [_before(one) for one in changes]),
        row_texts(work, entity, [None if many and one.action == MADE else _after(one) for one in changes]),
    )
    return [
        (
            one.id, one.version, moments[one.at], None, one.action, actor, run, cause, reason, one.base,
            _names(one.changed), was, now,
        )
        for one, was, now in zip(changes, before, after, strict=True)
    ]  # fmt: skip


MADE = "create"
MOST_WRITTEN = 20
"""Rows made at once from which on their first versions do not say again what they hold."""


def row_texts(work: Work, entity: Entity, rows: Sequence[Row | None]) -> list[str | None]:
    """Rows, or parts of them, as versions keep them: what is sealed in their envelopes."""
    writers = _WRITERS.get((work.model.fingerprint, entity.name), lambda: _writers(entity))
    return _texts(writers, kept_rows(work, entity, rows))


@lru_cache(maxsize=10_000)
def _names(changed: tuple[str, ...]) -> str:
    return json.dumps(changed)


def _before(change: Change) -> Row | None:
    """What changed, as it was: the rest of the row stands in the version before."""
    if change.before is None:
        return None
    return Row(change.id, change.version - 1, change.before, frozenset((*change.changed, "scope_unit")))


def _after(change: Change) -> Row | None:
    return None if change.after is None else Row(change.id, change.version, change.after)


def _texts(writers: Mapping[str, _Writer], rows: Sequence[Mapping[str, object] | None]) -> list[str | None]:
    """Rows, or parts of them, as JSON by field name, the owning unit as its number; written a column at a time."""
    texts: list[str | None] = [None] * len(rows)
    alike: dict[tuple[str, ...], list[int]] = {}
    for at, row in enumerate(rows):
        if row is not None:
            alike.setdefault(tuple(row), []).append(at)
    for names, places in alike.items():
        values = zip(*[row.values() for at in places if (row := rows[at]) is not None], strict=True)
        columns = dict(zip(names, values, strict=True))
        units = columns.pop("scope_unit", (None,) * len(places))
        parts = [writers[name](column) for name, column in columns.items() if name in writers]
        for at, *row_parts in zip(places, *parts, map(_unit, units), strict=True):
            texts[at] = "{" + ", ".join(row_parts) + "}"
    return texts


def _unit(unit: object) -> str:
    return '"scope_unit": null' if unit is None else f'"scope_unit": {_ENCODER.encode(unit)}'


_ENCODER = json.JSONEncoder(ensure_ascii=False)
_WRITERS = StatementCache()
"""How the fields of an entity are written as JSON, by model and entity."""


def _writers(entity: Entity) -> dict[str, _Writer]:
    written = {field.name: _writer(field) for field in entity.fields.values() if not field.sealed}
    return {**written, **{column: _envelope_writer(column) for column in sealed_columns(entity)}}


def _envelope_writer(column: str) -> _Writer:
    return lambda texts: (f'"{column}": "{text}"' for text in texts)


def _writer(field: Field) -> _Writer:
    """What writes a field with its name, from a column of values of it or None; values that rows share are written once."""
    name, write = f"{_ENCODER.encode(field.name)}: ", value_writer(field)
    empty, true, false = f"{name}null", f"{name}true", f"{name}false"

    def text(value: object) -> str:
        if value is None or value is True or value is False:
            return empty if value is None else true if value else false
        known = value if write is None else write(value)
        if isinstance(known, str):
            return name + encode_basestring(known)
        return name + (str(known) if type(known) is int else _ENCODER.encode(known))

    def shared(column: Sequence[object]) -> Iterable[str]:
        known = {value: text(value) for value in set(column)}
        return map(known.__getitem__, column)

    return shared if field.kind in _SHARED else lambda column: map(text, column)


_SHARED = REFERENCE_KINDS | {FieldKind.CHOICE, FieldKind.STATE, FieldKind.BOOLEAN, FieldKind.DATE}
"""Kinds of which few values fill a column."""
