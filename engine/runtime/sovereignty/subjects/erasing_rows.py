"""Erasing rows: what a plan says of tables, in one transaction, so that a kill leaves all of it or nothing.

What follows for others (totals, units) is worked out as by any deletion; then the rows, their versions and tokens go for good.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from sqlglot import exp

from engine.model.app import AppModel
from engine.model.entities import TEXT_KINDS, Entity, Field, FieldKind
from engine.model.rollups import rollups_of
from engine.model.subjects import is_personal, tells
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import Statement, compile_statement
from engine.runtime.facts.epoch import begin_epoch
from engine.runtime.instants import to_micros
from engine.runtime.jobs import JOB
from engine.runtime.kernel_tables import KERNEL_TABLES
from engine.runtime.query import nodes
from engine.runtime.records.changes import ChangeSet, follow_up, tell_sinks
from engine.runtime.records.stored import StoredRow, encoded, stored_row
from engine.runtime.rollups.keeping import build
from engine.runtime.rows import delete, select, update
from engine.runtime.schema.ddl import quoted
from engine.runtime.search.index import forget_rows, index_anew
from engine.runtime.sources.seen import SEEN, print_of
from engine.runtime.sovereignty.subjects.finding import PARTS, references_of
from engine.runtime.sovereignty.subjects.identifiers import Identifiers
from engine.runtime.sovereignty.subjects.kept_files import block_versions
from engine.runtime.sovereignty.subjects.mentions import blot_out, searched_tables
from engine.runtime.sovereignty.subjects.plan import BY_ID, ErasePlan, points_at, tables_of_records
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work
from engine.runtime.workflow.flow_forgetting import forget_flows

ERASED = "■"
"""What a field that must not be empty holds once it says nothing of anybody."""


def erase_rows(work: Work, plan: ErasePlan, identifiers: Identifiers) -> dict[str, int]:
    """Carry out what a plan says of tables; how many rows of each. May be repeated: what is gone is gone."""
    work = replace(work, known={}, aftermath=[])
    done: dict[str, int] = {line.store: 0 for line in plan.lines}
    _forget_prints(work, plan)
    _settle_others(work, plan)
    for name, ids in plan.rows.items():
        forget_rows(work.session, work.model.entities[name], ids)
        forget_flows(work, name, frozenset(ids))
        done[version_table_name(name)] = _delete_in(work.session, version_table_name(name), "record", ids)
    _empty_circles(work, plan)
    for name in _pointing_first(work.model, plan.rows):
        done[name] = done.get(name, 0) + _delete_in(work.session, name, "id", plan.rows[name])
    for table in tables_of_records():
        for name, ids in plan.rows.items():
            gone = _delete_in(work.session, table.name, "record", ids, {"entity": name})
            done[table.name] = done.get(table.name, 0) + gone
    every = {one for ids in plan.rows.values() for one in ids}
    for table_name, column in BY_ID.items():
        done[table_name] = _delete_in(work.session, table_name, column, every)
    _drop_jobs(work.session, every)
    _part_history(work, plan)
    done |= _blot(work, plan, identifiers)
    for line in plan.lines:
        if line.act == "block":
            done[line.store] = block_versions(work.session, line.keys)
        if line.act == "drop":
            for name in line.keys:
                work.session.execute(Statement(f"DROP TABLE IF EXISTS {quoted(name)}", (), work.session.dialect))
            done[line.store] = len(line.keys)
    _count_anew(work, plan)
    return done


def _settle_others(work: Work, plan: ErasePlan) -> None:
    """Clear the pointers at rows that go, take the subject out of rows that stay, and let totals of others follow."""
    changes, model = ChangeSet(), work.model
    cleared: dict[tuple[str, int], dict[str, object]] = {}
    for place, ids in plan.links.items():
        name, _, field = place.partition(".")
        for record in ids:
            cleared.setdefault((name, record), {})[field] = None
    for name, field in references_of(model):
        told = select(work.session, name, ("id", field), {f"{field} is not null": None})
        for identity, value in told:
            if points_at(value, plan.rows) and identity not in plan.rows.get(name, ()):
                cleared.setdefault((name, int(str(identity))), {})[field] = None
    for name, ids in plan.parted.items():
        for record in ids:
            personal = {one.name: None for one in parted_fields(model.entities[name])}
            cleared.setdefault((name, record), {}).update(personal)
    for (name, record), columns in sorted(cleared.items()):
        entity = model.entities[name]
        before = _row_or_none(work, entity, record)
        if before is None:
            continue
        values = {one: _emptied(entity.fields[one]) for one in columns if before.values.get(one) is not None}
        if values:
            changes.touch(entity, record, before, "update")
            update(work.session, name, encoded(work, entity, before, values), {"id": record})
    for name, ids in plan.rows.items():
        for record in ids:
            entity = model.entities[name]
            before = _row_or_none(work, entity, record)
            if before is not None and before.deleted_at is None:
                changes.touch(entity, record, before, "delete")
                update(work.session, name, {"deleted_at": to_micros(work.context.now)}, {"id": record})
    gone = {name: frozenset(ids) for name, ids in plan.rows.items()}
    finished = follow_up(work, changes)
    tell_sinks(work, tuple(one for one in finished if one.id not in gone.get(one.entity, ())))


def parted_fields(entity: Entity) -> tuple[Field, ...]:
    """The fields of a row that stays which say who the subject is."""
    return tuple(
        one for one in entity.fields.values() if not one.computed and is_personal(one) and not tells(entity, one)
    )


def _row_or_none(work: Work, entity: Entity, record: int) -> StoredRow | None:
    found = select(work.session, entity.name, ("id",), {"id": record})
    return stored_row(work, entity, record) if found else None


def _emptied(field: Field) -> object:
    """Nothing; where a field must hold something, a value that says nothing."""
    if not field.required:
        return None
    if field.kind in TEXT_KINDS:
        return ERASED
    return field.default if field.kind is not FieldKind.RELATION else None


def _part_history(work: Work, plan: ErasePlan) -> None:
    """Versions of rows that stay tell the subject no more."""
    told: dict[str, dict[int, set[str]]] = {}
    for place, ids in plan.links.items():
        name, _, field = place.partition(".")
        for record in ids:
            told.setdefault(name, {}).setdefault(record, set()).add(field)
    for name, ids in plan.parted.items():
        for record in ids:
            fields = {one.name for one in parted_fields(work.model.entities[name])}
            told.setdefault(name, {}).setdefault(record, set()).update(fields)
    for name, rows in told.items():
        table = version_table_name(name)
        for record, fields in rows.items():
            names = ("version", "changed", "before", "after")
            for version, *texts in select(work.session, table, names, {"record": record}):
                parted = {
                    column: _without(str(text), fields)
                    for column, text in zip(names[1:], texts, strict=True)
                    if text is not None
                }
                update(work.session, table, parted, {"record": record, "version": version})


def _without(text: str, fields: Collection[str]) -> str:
    """A list of names, or a map by name, without these."""
    told = json.loads(text)
    if isinstance(told, list):
        return json.dumps([one for one in told if one not in fields], ensure_ascii=False)
    return json.dumps({key: value for key, value in told.items() if key not in fields}, ensure_ascii=False)


def _blot(work: Work, plan: ErasePlan, identifiers: Identifiers) -> dict[str, int]:
    """Blot identifiers out of what others wrote; rows of the application are indexed anew."""
    tables = {one.name: one for one in searched_tables(work.model)}
    done: dict[str, int] = {}
    for line in plan.lines:
        if line.act != "blot" or line.store not in tables:
            continue
        table = tables[line.store]
        for key in line.keys:
            blot_out(work.session, table, _key(key, len(table.primary_key), table.name), identifiers)
        done[line.store] = len(line.keys)
        entity = work.model.entities.get(line.store)
        if entity is not None:
            index_anew(work.session, entity)
    return done


def _key(name: str, width: int, table: str) -> tuple[object, ...]:
    columns = next((one for one in KERNEL_TABLES if one.name == table), None)
    parts = name.split("/", width - 1) if width > 1 else [name]
    texts = {one.name for one in columns.columns if one.kind.value == "text"} if columns is not None else set()
    names = columns.primary_key if columns is not None else ("record", "version")[:width]
    return tuple(part if one in texts else int(part) for one, part in zip(names, parts, strict=True))


def _forget_prints(work: Work, plan: ErasePlan) -> None:
    """The prints of the rows as sources brought them: they tell a known key from an unknown one."""
    for source in work.model.sources.values():
        ids = plan.rows.get(source.entity)
        fields = work.model.entities[source.entity].fields if source.entity in work.model.entities else {}
        if not ids or not all(name in fields for name in source.key):
            continue
        for record in ids:
            for row in select(work.session, source.entity, source.key, {"id": record}):
                if all(row):
                    found = print_of(str(one).strip() for one in row)
                    delete(work.session, SEEN, {"source": source.name, "key": found.key})


def _drop_jobs(session: Session, ids: Collection[int]) -> None:
    """Work that waits to be done about a row that is gone."""
    for identity, payload in select(session, JOB, ("id", "payload"), {"kind <>": "subject"}):
        told = json.loads(str(payload))
        if isinstance(told, dict) and told.get("record") in ids:
            delete(session, JOB, {"id": identity})


def _count_anew(work: Work, plan: ErasePlan) -> None:
    """Roll-ups of what went are built from what stays; copies of facts are made anew."""
    rollups = rollups_of(work.model)
    for name in {*plan.rows, *plan.parted}:
        if name in rollups:
            build(work.session, work.model.entities[name], rollups[name])
    begin_epoch(work.session)


def _pointing_first(model: AppModel, rows: Mapping[str, Collection[int]]) -> list[str]:
    """The entities, each before those that its rows point at, as far as there is no circle."""
    left = {
        name: {
            one.relation.entity
            for one in model.entities[name].fields.values()
            if one.relation is not None and one.relation.entity in rows
        }
        - {name}
        for name in rows
    }
    order: list[str] = []
    while left:
        pointed = set().union(*left.values())
        free = sorted(left.keys() - pointed) or sorted(left)[:1]
        order += free
        for name in free:
            del left[name]
    return order


def _empty_circles(work: Work, plan: ErasePlan) -> None:
    """Rows that point at each other in a circle let go first."""
    order = _pointing_first(work.model, plan.rows)
    for at, name in enumerate(order):
        late = set(order[: at + 1])
        pointing = [
            one.name
            for one in work.model.entities[name].fields.values()
            if one.relation is not None and one.relation.entity in late and not one.required
        ]
        if pointing:
            changes = [exp.EQ(this=exp.column(one, quoted=True), expression=exp.Null()) for one in pointing]
            where = exp.Where(this=exp.EQ(this=exp.column("id", quoted=True), expression=exp.Placeholder(this="id")))
            tree = exp.Update(this=nodes.bare_table(name), expressions=changes, where=where)
            work.session.execute_many(
                compile_statement(tree, work.session.dialect), [{"id": one} for one in plan.rows[name]]
            )


def _delete_in(
    session: Session, table: str, column: str, ids: Iterable[int], also: Mapping[str, object] | None = None
) -> int:
    ordered = sorted(ids)
    return sum(
        delete(session, table, {**(also or {}), f"{column} in": ordered[at : at + PARTS]})
        for at in range(0, len(ordered), PARTS)
    )
