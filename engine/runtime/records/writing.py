"""Create and update: decide, parse everything at once, write with sub-tables, compute, check, prove the right, tell the sinks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from engine.diagnostics import Message
from engine.model.access import Action, FieldRight
from engine.model.entities import Collection, Entity, FieldKind
from engine.model.errors import (
    BadRequest,
    Conflict,
    FieldProblem,
    Forbidden,
    NotFound,
    UnknownField,
    ValidationFailed,
)
from engine.model.requests import Outcome
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Deny
from engine.runtime.idempotency import once
from engine.runtime.instants import to_micros
from engine.runtime.query.rights import check_permitted, field_rights
from engine.runtime.records.changes import ChangeSet, settle
from engine.runtime.records.checks import failed_checks
from engine.runtime.records.clashes import guarded, may_clash, write_alone
from engine.runtime.records.defaults import with_defaults
from engine.runtime.records.numbering import number_fields
from engine.runtime.records.ownership import owning_unit_of
from engine.runtime.records.parsing import parse_values, required_problems
from engine.runtime.records.stored import StoredRow, encoded, insert_row, stored_row, update_row
from engine.runtime.rows import select
from engine.runtime.work import Work

Values = Mapping[str, object]
Children = Mapping[str, Sequence[Values]]
NO_CHILDREN: Children = {}
MOST_CHILDREN = 1000


def create(
    work: Work, entity: str, values: Values, key: str | None = None, children: Children = NO_CHILDREN
) -> Outcome:
    """A new record, with rows of its parts. Raises NotFound, Forbidden, UnknownField, ValidationFailed."""
    declared = _declared(work, entity)

    def act() -> Outcome:
        if isinstance(decide(work.model, work.context, entity, Action.CREATE), Deny):
            raise Forbidden
        changes = ChangeSet()
        record = _insert(work, changes, declared, values, {}, "")
        _write_children(work, changes, declared, record, children)
        return finish(work, changes, declared, record, Action.CREATE)

    return once(work, key, ("create", entity, values, children), act)


def update(
    work: Work,
    entity: str,
    record: int,
    values: Values,
    expected_version: int | None = None,
    key: str | None = None,
    children: Children = NO_CHILDREN,
) -> Outcome:
    """Change fields of a record. Concurrent changes of other fields merge; of the same field, of money or state raise Conflict."""
    declared = _declared(work, entity)

    def act() -> Outcome:
        check_permitted(work, entity, record, Action.UPDATE)
        changes = ChangeSet()
        before = stored_row(work, declared, record)
        changed = _changed_values(work, declared, before, values, expected_version)
        if changed:
            changes.touch(declared, record, before, "update")
            _write_changed(work, declared, record, changed)
        _write_children(work, changes, declared, record, children)
        if not changes.rows:
            return Outcome(entity, record, before.version)
        return finish(work, changes, declared, record, Action.UPDATE)

    return once(work, key, ("update", entity, record, values, children), act)


def _write_changed(work: Work, entity: Entity, record: int, changed: Values) -> None:
    row = encoded(work, entity, changed)
    if may_clash(entity, changed):
        write_alone(work, entity, record, lambda more: update_row(work, entity, record, {**row, **more}), Action.UPDATE)
    else:
        guarded(lambda: update_row(work, entity, record, row))


def _declared(work: Work, entity: str) -> Entity:
    if entity not in work.model.entities:
        raise NotFound
    return work.model.entities[entity]


def _insert(work: Work, changes: ChangeSet, entity: Entity, given: Values, fixed: Values, prefix: str) -> int:
    """One new row; `fixed` values come from us, not from the writer."""
    rights = field_rights(work, entity.name, None) if not fixed else _part_rights(work, entity)
    writable = frozenset(name for name, right in rights.items() if right is FieldRight.WRITE)
    parsed = parse_values(
        work, entity, {name: one for name, one in given.items() if name not in fixed}, writable, prefix
    )
    values = with_defaults(work, entity, {**parsed.values, **fixed})
    problems = [*parsed.problems, *_missing(entity, values, parsed.problems, prefix)]
    if problems:
        raise ValidationFailed(tuple(problems))
    unit = owning_unit_of(work, entity, values)
    numbers = {name: text for name, text in number_fields(work, entity, unit).items() if values.get(name) is None}
    record = work.ids.next()
    now, user = to_micros(work.context.now), work.context.principal.user_id or None
    row = {
        "id": record,
        "version": 1,
        "created_at": now,
        "created_by": user,
        "updated_at": now,
        "updated_by": user,
        "deleted_at": None,
        "scope_unit": unit,
        **encoded(work, entity, {**values, **numbers}),
    }
    if fixed or not may_clash(entity, given):
        guarded(lambda: insert_row(work, entity, row))
    else:
        write_alone(work, entity, record, lambda more: insert_row(work, entity, {**row, **more}), Action.CREATE)
    changes.touch(entity, record, None, "create")
    return record


def _missing(entity: Entity, values: Values, problems: Sequence[FieldProblem], prefix: str) -> list[FieldProblem]:
    named = {one.field for one in problems}
    return [one for one in required_problems(entity, values, prefix) if one.field not in named]


def _changed_values(
    work: Work, entity: Entity, before: StoredRow, given: Values, expected_version: int | None
) -> dict[str, object]:
    rights = field_rights(work, entity.name, before.id)
    writable = frozenset(name for name, right in rights.items() if right is FieldRight.WRITE)
    untouched = {
        name
        for name, one in given.items()
        if name in entity.fields and name not in writable and _same(entity, before, name, one)
    }
    parsed = parse_values(work, entity, {name: one for name, one in given.items() if name not in untouched}, writable)
    merged = {**before.values, **parsed.values}
    problems = [*parsed.problems, *_missing(entity, merged, parsed.problems, "")]
    if problems:
        raise ValidationFailed(tuple(problems))
    changed = {name: value for name, value in parsed.values.items() if before.values.get(name) != value}
    if expected_version is not None and expected_version != before.version:
        _check_merge(work, entity, before, changed, expected_version, rights)
    return changed


def _same(entity: Entity, before: StoredRow, name: str, given: object) -> bool:
    """Whether a form merely sends back what a field that cannot be written holds."""
    field = entity.fields[name]
    return field.computed and given in (None, "") and before.values.get(name) is None


def _check_merge(
    work: Work, entity: Entity, before: StoredRow, changed: Values, expected: int, rights: Mapping[str, FieldRight]
) -> None:
    """Raises Conflict when somebody changed, since version `expected`, a field that is changed now, or money or a state."""
    if expected > before.version or expected < 1:
        raise BadRequest(Message("版本号不正确", "There is no such version"))
    rows = select(work.session, f"{entity.name}__version", ("changed",), {"record": before.id, "version >": expected})
    theirs = {name for row in rows for name in json.loads(str(row[0]))}
    strict = {
        name
        for name in theirs
        if name in entity.fields and entity.fields[name].kind in {FieldKind.MONEY, FieldKind.STATE}
    }
    ours = set(changed)
    clash = (theirs & ours) | (strict if any(entity.fields[name].kind is FieldKind.MONEY for name in ours) else set())
    if clash:
        shown = {
            name: (changed.get(name), before.values.get(name))
            for name in sorted(clash)
            if rights.get(name) in {FieldRight.READ, FieldRight.WRITE}
        }
        raise Conflict(shown, before.version)


def _write_children(work: Work, changes: ChangeSet, entity: Entity, record: int, children: Children) -> None:
    """Rows of parts, written with their whole; every problem of every row at once."""
    problems: list[FieldProblem] = []
    for name, rows in children.items():
        collection = entity.collections.get(name)
        if collection is None or work.model.entities[collection.entity].part_of != collection.by:
            raise UnknownField(name)
        if len(rows) > MOST_CHILDREN:
            raise BadRequest(Message(f"{name} 最多 {MOST_CHILDREN} 行", f"{name} takes at most {MOST_CHILDREN} rows"))
        for index, row in enumerate(rows):
            try:
                _write_child(work, changes, collection, record, row, f"{name}.{index}.")
            except ValidationFailed as error:
                problems += error.problems
    if problems:
        raise ValidationFailed(tuple(problems))


def _write_child(work: Work, changes: ChangeSet, collection: Collection, whole: int, row: Values, prefix: str) -> None:
    child = work.model.entities[collection.entity]
    given = {name: value for name, value in row.items() if name not in {"id", "_delete", collection.by}}
    existing = row.get("id")
    if existing is None:
        if not row.get("_delete"):
            _insert(work, changes, child, given, {collection.by: whole}, prefix)
        return
    before = stored_row(work, child, int(str(existing)))
    if before.values.get(collection.by) != whole or before.deleted_at is not None:
        raise NotFound
    if row.get("_delete"):
        changes.touch(child, before.id, before, "delete")
        update_row(work, child, before.id, {"deleted_at": to_micros(work.context.now)})
        return
    writable = frozenset(name for name, right in _part_rights(work, child).items() if right is FieldRight.WRITE)
    parsed = parse_values(work, child, given, writable, prefix)
    merged = {**before.values, **parsed.values}
    problems = [*parsed.problems, *_missing(child, merged, parsed.problems, prefix)]
    if problems:
        raise ValidationFailed(tuple(problems))
    changed = {name: value for name, value in parsed.values.items() if before.values.get(name) != value}
    if changed:
        changes.touch(child, before.id, before, "update")
        guarded(lambda: update_row(work, child, before.id, encoded(work, child, changed)))


def _part_rights(work: Work, child: Entity) -> Mapping[str, FieldRight]:
    return field_rights(work, child.name, None)


def finish(work: Work, changes: ChangeSet, entity: Entity, record: int, action: Action | None) -> Outcome:
    """Compute, tell the sinks, prove the right on the new row (unless `action` is None), check every touched row.

    The right comes first: what the checks find out is not for somebody who may not write the row.
    """
    finished = settle(work, changes)
    if action is not None:
        check_permitted(work, entity.name, record, action)
    warnings: list[str] = []
    problems: list[FieldProblem] = []
    for (name, one), touched in changes.rows.items():
        if touched.action in {"create", "update", "transition"}:
            failed = failed_checks(work, work.model.entities[name], one)
            problems += failed.problems
            warnings += [words.text(work.context.language) for words in failed.warnings]
    if problems:
        raise ValidationFailed(tuple(problems))
    version = next(
        (change.version for change in finished if change.entity == entity.name and change.id == record), None
    )
    known = version if version is not None else stored_row(work, entity, record).version
    return Outcome(entity.name, record, known, warnings=tuple(warnings))
