"""Delete and restore: softly, with parts, keeping what relations demand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.app import AppModel
from engine.model.entities import Entity, Field, OnDelete
from engine.model.errors import FieldProblem, NotFound, StillReferenced, ValidationFailed
from engine.model.requests import Clash, Outcome
from engine.runtime.database.errors import UniqueViolation
from engine.runtime.instants import to_micros
from engine.runtime.query.rights import check_permitted, may
from engine.runtime.records.changes import ChangeSet, settle
from engine.runtime.records.clashes import TAKEN
from engine.runtime.records.merging import Merge, changes_since
from engine.runtime.records.stored import StoredRow, changeable_row, encoded, locked_row, update_row
from engine.runtime.rows import select
from engine.runtime.work import Work

WHOLE_IS_DELETED = Message("所属的主记录已删除，请先恢复主记录", "Its record is deleted: restore that first")


def delete(work: Work, entity: str, record: int, expected_version: int | None = None) -> Outcome:
    """Delete a record and what goes with it. Raises StillReferenced while rows that refuse point at it, Outdated when
    somebody changed what the caller may read since `expected_version`.
    """
    declared = _declared(work, entity)
    (before, _), merge = changeable_row(work, declared, record, Action.DELETE), Merge()
    if expected_version is not None:
        since = changes_since(work, declared, before, expected_version)
        merge.clashes += [Clash(one, None, before.version, gone="yours") for one in since.values()]
        merge.check(work, declared, before)
    changes = ChangeSet()
    _bury(work, changes, declared, record)
    settle(work, changes)
    return Outcome(entity, record, before.version + 1)


def delete_all(work: Work, entity: Entity, records: Sequence[int]) -> None:
    """Delete records and what goes with them together, for a caller whose right to that was found elsewhere."""
    changes = ChangeSet()
    for record in records:
        _bury(work, changes, entity, record)
    settle(work, changes)


def restore(work: Work, entity: str, record: int) -> Outcome:
    """Bring back a deleted record with the parts that were deleted with it. Raises ValidationFailed for a part whose whole is
    deleted: it does not come back before it.
    """
    declared = _declared(work, entity)
    check_permitted(work, entity, record, Action.DELETE, deleted=True)
    before = locked_row(work, declared, record)
    _check_whole(work, declared, before)
    changes = ChangeSet()
    stamp = to_micros(before.deleted_at) if before.deleted_at else None
    _revive(work, changes, declared, record, stamp)
    settle(work, changes)
    return Outcome(entity, record, before.version + 1)


def _declared(work: Work, entity: str) -> Entity:
    if entity not in work.model.entities:
        raise NotFound
    return work.model.entities[entity]


def _bury(work: Work, changes: ChangeSet, entity: Entity, record: int) -> None:
    before = locked_row(work, entity, record)
    if before.deleted_at is not None:
        return
    changes.touch(entity, record, before, "delete")
    update_row(work, entity, record, {"deleted_at": to_micros(work.context.now)})
    for holder, field in pointing_at(work.model, entity.name):
        rows = select(work.session, holder.name, ("id",), {field.name: record, "deleted_at is null": None})
        for row in rows:
            _treat(work, changes, holder, field, int(str(row[0])))


def _treat(work: Work, changes: ChangeSet, holder: Entity, field: Field, record: int) -> None:
    rule = field.relation.on_delete if field.relation else OnDelete.REFUSE
    if rule is OnDelete.CASCADE:
        _bury(work, changes, holder, record)
    elif rule is OnDelete.CLEAR:
        before = locked_row(work, holder, record)
        changes.touch(holder, record, before, "update")
        update_row(work, holder, record, encoded(work, holder, before, {field.name: None}))
    else:
        if not may(work, holder.name, Action.READ):
            raise StillReferenced(
                "", Message("仍有其他记录引用它，不能删除", "It cannot be deleted while others refer to it")
            )
        zh, en = holder.label.text("zh"), holder.label.text("en")
        raise StillReferenced(
            holder.name,
            Message(f"仍有{zh}引用这条记录，不能删除", f"It cannot be deleted while a {en.lower()} refers to it"),
        )


def _check_whole(work: Work, entity: Entity, part: StoredRow) -> None:
    link = entity.fields[entity.part_of] if entity.part_of is not None else None
    if link is None or link.relation is None:
        return
    whole = locked_row(work, work.model.entities[link.relation.entity], int(str(part.values[link.name])))
    if whole.deleted_at is not None:
        raise ValidationFailed((FieldProblem(link.name, "deleted", WHOLE_IS_DELETED),))


def _revive(work: Work, changes: ChangeSet, entity: Entity, record: int, stamp: int | None) -> None:
    before = locked_row(work, entity, record)
    changes.touch(entity, record, before, "restore")
    try:
        update_row(work, entity, record, {"deleted_at": None})
    except UniqueViolation as error:
        raise ValidationFailed((FieldProblem("", "not_unique", TAKEN),)) from error
    for holder, field in pointing_at(work.model, entity.name):
        if field.relation and field.relation.on_delete is OnDelete.CASCADE:
            for row in select(work.session, holder.name, ("id",), {field.name: record, "deleted_at": stamp}):
                _revive(work, changes, holder, int(str(row[0])), stamp)


def pointing_at(model: AppModel, entity: str) -> Iterator[tuple[Entity, Field]]:
    """The relation fields of all entities that point at one."""
    for holder in model.entities.values():
        for field in holder.fields.values():
            if field.relation is not None and field.relation.entity == entity:
                yield holder, field
