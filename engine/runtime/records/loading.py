"""Loading: many trusted rows at once (demo data, the given rows of tests): rows first, then owners, numbers and formulas by set."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from sqlglot import exp

from engine.model.app import AppModel
from engine.model.entities import Entity, FieldKind
from engine.runtime.database.statements import compile_statement
from engine.runtime.instants import to_micros
from engine.runtime.query import nodes
from engine.runtime.query.compilation import Compilation
from engine.runtime.query.names import Reader
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.records.computing import compute_all, graph_of
from engine.runtime.records.numbering import number_rows
from engine.runtime.records.stored import encoded, first_row
from engine.runtime.rollups.keeping import build_loaded
from engine.runtime.rows import insert_many, select, update_many
from engine.runtime.search.index import index_anew, is_indexed, remember
from engine.runtime.storage.json import kept_json
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work

BATCH = 500
ROUNDS = 4
"""Passes over entities whose computed fields read each other in a circle of entities (never of fields)."""


def load_rows(work: Work, entity: Entity, rows: Sequence[tuple[int, Mapping[str, object]]]) -> None:
    """Insert rows of one entity with their first versions. Owners, numbers and formulas come with `finish_loading`."""
    now = to_micros(work.context.now)
    columns = [field.name for field in entity.fields.values() if not field.computed]
    defaults = {field.name: field.default for field in entity.fields.values() if field.default is not None}
    for start in range(0, len(rows), BATCH):
        part = [(record, {**defaults, **values}) for record, values in rows[start : start + BATCH]]
        rows_of_part = [
            first_row(work, entity, record, {name: values.get(name) for name in columns}) for record, values in part
        ]
        insert_many(work.session, entity.name, rows_of_part)
        insert_many(
            work.session,
            version_table_name(entity.name),
            [_version(entity, record, values, now) for record, values in part],
        )


def finish_loading(work: Work, names: Iterable[str]) -> None:
    """Give the rows of these entities, and of all that depend on them, their owners, numbers and formulas."""
    loaded = set(names)
    for part in (False, True, True):
        for name in sorted(loaded):
            entity = work.model.entities[name]
            if (entity.part_of is not None and entity.owned_by is None) is part:
                _own(work, entity)
    for name in sorted(loaded):
        _number(work, work.model.entities[name])
    order, circular = computing_order(work.model)
    for _ in range(ROUNDS if circular else 1):
        for name in order:
            if name in loaded or circular:
                compute_all(work, work.model.entities[name])
    for name in sorted(loaded):
        if is_indexed(work.model.entities[name]):
            index_anew(work.session, work.model.entities[name])
            remember(work.session, work.model.entities[name])
    build_loaded(work.session, work.model)


def computing_order(model: AppModel) -> tuple[tuple[str, ...], bool]:
    """Entities with formulas, each after those whose computed fields its formulas read, as far as there is no circle."""
    reads: dict[str, set[str]] = {name: set() for name, entity in model.entities.items() if entity.computed_fields}
    for (holder, name), dependents in graph_of(model).dependents.items():
        field = model.entities[holder].fields.get(name)
        if field is None or not field.computed:
            continue
        for one in dependents:
            if holder != one.entity:
                reads[one.entity].add(holder)
    order: list[str] = []
    while reads:
        ready = sorted(name for name, waits in reads.items() if not waits & reads.keys())
        if not ready:
            return (*order, *sorted(reads)), True
        order += ready
        for name in ready:
            del reads[name]
    return tuple(order), False


def _own(work: Work, entity: Entity) -> None:
    """The owning unit of every row, along the entity's path."""
    path = entity.owned_by or ((entity.part_of, "scope_unit") if entity.part_of else None)
    if path is None:
        return
    compilation = Compilation(Reader(work.model, work.context), work.session.dialect)
    alias = compilation.alias()
    value = StoredColumns(compilation, entity, alias).column(path)
    assignment = exp.EQ(this=exp.column("scope_unit", quoted=True), expression=value)
    work.session.execute(
        compile_statement(
            exp.Update(this=nodes.table(entity.name, alias), expressions=[assignment]), work.session.dialect
        )
    )


def _number(work: Work, entity: Entity) -> None:
    for field in entity.fields.values():
        if field.kind is not FieldKind.NUMBER_CODE or field.number is None:
            continue
        rows = select(work.session, entity.name, ("id", "scope_unit"), {f"{field.name} is null": None}, ("id",))
        units = [int(str(unit)) if unit is not None else None for _, unit in rows]
        numbers = number_rows(work, entity, field, units)
        numbered = zip((record for record, _ in rows), numbers, strict=True)
        update_many(
            work.session, entity.name, [(record, encoded(work, entity, {field.name: one})) for record, one in numbered]
        )


def _version(entity: Entity, record: int, values: Mapping[str, object], now: int) -> dict[str, object]:
    after = {name: kept_json(value, entity.fields[name]) for name, value in values.items() if name in entity.fields}
    return {
        "record": record,
        "version": 1,
        "valid_from": now,
        "valid_to": None,
        "action": "create",
        "actor": None,
        "run": None,
        "cause": "load",
        "reason": None,
        "base": None,
        "changed": _changed(tuple(after)),
        "before": None,
        "after": _ENCODER.encode(after),
    }


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)


@lru_cache(maxsize=1_000)
def _changed(names: tuple[str, ...]) -> str:
    return json.dumps(sorted(names))
