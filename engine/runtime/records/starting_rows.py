"""Starting rows: what an entity starts with is made once; what a choice said before is taken over by the relation that stands there now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from engine.model.context import Context, Principal
from engine.model.entities import Entity, Field
from engine.model.requests import AllOf, Condition, QueryRequest, Record, Sort
from engine.runtime.jobs import Job, enqueue
from engine.runtime.moments import last_moment, remember_moment
from engine.runtime.query.lists import list_records
from engine.runtime.records.changes import ChangeSet, settle
from engine.runtime.records.stored import encoded, first_row, insert_row, locked_row, update_row
from engine.runtime.rows import select
from engine.runtime.work import Work, Workplace

TAKE_OVER = "take_over"
BATCH = 200


def starting_context(now: datetime, zone: str) -> Context:
    """Of the installation itself."""
    return Context(
        Principal(0, "starting rows", frozenset(), service="installation"), now, zone=zone, cause="installation"
    )


def stand_up(workplace: Workplace, context: Context) -> int:
    """Make what is not made yet, and queue what is not taken over; the number of rows made."""
    model = workplace.models.current()
    if not any(one.starts_with for one in model.entities.values()):
        return 0
    if not workplace.read(context, _wanting):
        return 0
    return workplace.write(context, _make)


def starting_rows(work: Work) -> Iterator[tuple[str, int, dict[str, object]]]:
    """The entities' starting rows that stand: entity, id, and the value of the natural key."""
    for entity in work.model.entities.values():
        if entity.starts_with:
            key = entity.natural_key[0]
            for record, value in select(work.session, entity.name, ("id", key), {"deleted_at is null": None}):
                yield entity.name, int(str(record)), {key: value}


def _wanting(work: Work) -> bool:
    return bool(_missing_rows(work) or _to_take_over(work))


def _missing_rows(work: Work) -> list[tuple[Entity, str]]:
    return [
        (entity, key)
        for entity in work.model.entities.values()
        for key in entity.starts_with
        if last_moment(work.session, f"row:{entity.name}/{key}") is None
    ]


def _to_take_over(work: Work) -> list[tuple[Entity, Field]]:
    return [
        (entity, field)
        for entity in work.model.entities.values()
        for field in entity.fields.values()
        if field.proposed is not None
        and field.proposed.instead_of is not None
        and last_moment(work.session, f"taken:{entity.name}.{field.name}") is None
    ]


def _make(work: Work) -> int:
    made = 0
    for entity, key in _missing_rows(work):
        remember_moment(work.session, f"row:{entity.name}/{key}", work.context.now)
        made += _made(work, entity, key)
    for entity, field in _to_take_over(work):
        remember_moment(work.session, f"taken:{entity.name}.{field.name}", work.context.now)
        if _next_rows(work, entity, field, 0, 1):
            enqueue(work, TAKE_OVER, entity.name, {"field": field.name})
    return made


def _made(work: Work, entity: Entity, key: str) -> int:
    """One row, unless somebody has made one of that key."""
    name = entity.natural_key[0]
    if select(work.session, entity.name, ("id",), {name: key}, limit=1):
        return 0
    given = {one.name: one.default for one in entity.fields.values() if one.default is not None}
    values = {**given, **entity.starts_with[key], name: key}
    record = work.ids.next()
    changes = ChangeSet()
    insert_row(work, entity, first_row(work, entity, record, values))
    changes.touch(entity, record, None, "create")
    settle(work, changes)
    return 1


def take_over_step(work: Work, job: Job) -> int | None:
    """The next rows whose choice says something and whose relation says nothing. Satisfies engine.runtime.jobs.Step."""
    entity = work.model.entities.get(job.about)
    field = entity.fields.get(str(job.payload["field"])) if entity is not None else None
    earlier = field.proposed.instead_of if field is not None and field.proposed is not None else None
    if entity is None or field is None or field.relation is None or earlier not in entity.fields:
        return None
    target = work.model.entities[field.relation.entity]
    known = {
        str(key): int(str(record))
        for key, record in select(
            work.session, target.name, (target.natural_key[0], "id"), {"deleted_at is null": None}
        )
    }
    rows = _next_rows(work, entity, field, job.progress, BATCH)
    changes = ChangeSet()
    for row in rows:
        found = known.get(str(row.cells.get(str(earlier))))
        if found is not None:
            before = locked_row(work, entity, row.id)
            changes.touch(entity, row.id, before, "update")
            update_row(work, entity, row.id, encoded(work, entity, before, {field.name: found}))
    settle(work, changes)
    return rows[-1].id if len(rows) == BATCH else None


def _next_rows(work: Work, entity: Entity, field: Field, after: int, most: int) -> tuple[Record, ...]:
    """Rows that have something to be taken over, after one of them."""
    assert field.proposed is not None
    assert field.proposed.instead_of is not None
    reader = Principal(0, TAKE_OVER, frozenset(field.proposed.roles), service=TAKE_OVER)
    own = work.under(Context(reader, work.context.now, zone=work.context.zone, cause=TAKE_OVER))
    earlier = (field.proposed.instead_of,)
    onward = (Condition(("id",), "gt", after),) if after else ()
    where = AllOf((Condition((field.name,), "empty"), Condition(earlier, "not_empty"), *onward))
    request = QueryRequest(entity.name, (("id",), earlier), where, sort=(Sort(("id",)),), limit=most)
    return list_records(own, request).records
