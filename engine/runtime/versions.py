"""Row versions: one row a change, with the fields before and after; history, undo and the past read them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from engine.model.entities import Entity
from engine.model.requests import Change
from engine.runtime.database.statements import StatementCache
from engine.runtime.instants import to_micros
from engine.runtime.rows import insert, update
from engine.runtime.storage.json import value_writer
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work


class VersionSink:
    """Writes the version of every changed row and ends the one before."""

    def accept(self, work: Work, changes: Sequence[Change]) -> None:
        for change in changes:
            self._write(work, work.model.entities[change.entity], change)

    def _write(self, work: Work, entity: Entity, change: Change) -> None:
        table, at = version_table_name(entity.name), to_micros(change.at)
        if change.version > 1:
            update(work.session, table, {"valid_to": at}, {"record": change.id, "version": change.version - 1})
        context = work.context
        insert(
            work.session,
            table,
            {
                "record": change.id,
                "version": change.version,
                "valid_from": at,
                "valid_to": None,
                "action": change.action,
                "actor": context.principal.user_id or None,
                "run": context.run,
                "cause": context.cause,
                "reason": context.reason,
                "base": change.base,
                "changed": json.dumps(change.changed),
                "before": _json(work, entity, _only(change.before, change.changed)),
                "after": _json(work, entity, change.after),
            },
        )


def _only(values: Mapping[str, object] | None, names: Sequence[str]) -> Mapping[str, object] | None:
    """What changed, as it was: the rest of the row stands in the version before."""
    if values is None:
        return None
    return {name: values[name] for name in (*names, "scope_unit") if name in values}


def _json(work: Work, entity: Entity, values: Mapping[str, object] | None) -> str | None:
    """A row, or a part of it, as JSON by field name; the owning unit as its number."""
    if values is None:
        return None
    writers = _WRITERS.get((work.model.fingerprint, entity.name), lambda: _writers(entity))
    known: dict[str, object] = {}
    for name, value in values.items():
        if name in writers:
            write = writers[name]
            known[name] = value if value is None or write is None else write(value)
    known["scope_unit"] = values.get("scope_unit")
    return _ENCODER.encode(known)


_ENCODER = json.JSONEncoder(ensure_ascii=False)
_WRITERS = StatementCache()
"""How the fields of an entity are written as JSON, by model and entity."""


def _writers(entity: Entity) -> dict[str, Callable[[object], object] | None]:
    return {field.name: value_writer(field) for field in entity.fields.values()}
