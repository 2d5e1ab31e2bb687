"""Loading: many trusted rows at once (demo data), with owners, numbers, formulas and first versions, set by set."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from engine.model.entities import Entity, FieldKind
from engine.runtime.instants import to_micros
from engine.runtime.records.computing import compute_all, graph_of
from engine.runtime.records.numbering import number_fields
from engine.runtime.records.ownership import owning_unit
from engine.runtime.records.stored import encoded
from engine.runtime.rows import insert_many, update
from engine.runtime.storage.json import json_of
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work

BATCH = 500


def load_rows(work: Work, entity: Entity, rows: Sequence[tuple[int, Mapping[str, object]]]) -> None:
    """Insert rows of one entity; the formulas of the entity, and of those that depend on it, are then computed."""
    now = to_micros(work.context.now)
    columns = [field.name for field in entity.fields.values() if not field.computed]
    defaults = {field.name: field.default for field in entity.fields.values() if field.default is not None}
    rows = [(record, {**defaults, **values}) for record, values in rows]
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        physical = [_row(work, entity, columns, record, values, now) for record, values in part]
        insert_many(work.session, entity.name, physical)
        insert_many(
            work.session,
            version_table_name(entity.name),
            [_version(entity, record, values, now) for record, values in part],
        )
    for record, _ in rows:
        _own(work, entity, record)
    compute_all(work, entity)
    for name in _dependents(work, entity):
        compute_all(work, work.model.entities[name])


def _own(work: Work, entity: Entity, record: int) -> None:
    unit = owning_unit(work, entity, record)
    numbers = {}
    if any(field.kind is FieldKind.NUMBER_CODE for field in entity.fields.values()):
        numbers = encoded(work, entity, number_fields(work, entity, unit))
    if unit is not None or numbers:
        update(work.session, entity.name, {"scope_unit": unit, **numbers}, {"id": record})


def _dependents(work: Work, entity: Entity) -> list[str]:
    """Entities whose formulas read this one's fields, once each."""
    graph = graph_of(work.model)
    found: dict[str, None] = {}
    waiting = [entity.name]
    while waiting:
        current = waiting.pop()
        for (holder, _), dependents in graph.dependents.items():
            if holder == current:
                for one in dependents:
                    if one.entity not in found and one.entity != entity.name:
                        found[one.entity] = None
                        waiting.append(one.entity)
    return list(found)


def _row(
    work: Work, entity: Entity, columns: Sequence[str], record: int, values: Mapping[str, object], now: int
) -> dict[str, object]:
    known = encoded(work, entity, {name: values.get(name) for name in columns})
    return {
        "id": record,
        "version": 1,
        "created_at": now,
        "created_by": None,
        "updated_at": now,
        "updated_by": None,
        "deleted_at": None,
        "scope_unit": None,
        **known,
    }


def _version(entity: Entity, record: int, values: Mapping[str, object], now: int) -> dict[str, object]:
    after = {name: json_of(value, entity.fields[name]) for name, value in values.items() if name in entity.fields}
    return {
        "record": record,
        "version": 1,
        "valid_from": now,
        "valid_to": None,
        "action": "create",
        "actor": None,
        "run": None,
        "cause": "demo",
        "reason": None,
        "changed": json.dumps(sorted(after)),
        "before": None,
        "after": json.dumps(after, ensure_ascii=False, default=str),
    }
