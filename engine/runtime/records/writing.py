"""Create and update: decide, parse everything at once, write with sub-tables, compute, check, prove the right, tell the sinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.diagnostics import Message
from engine.model.access import Action, FieldRight
from engine.model.entities import Collection, Entity
from engine.model.errors import (
    BadRequest,
    DeletedMeanwhile,
    FieldProblem,
    Forbidden,
    NotFound,
    UnknownField,
    ValidationFailed,
)
from engine.model.requests import Clash, Outcome, TheirChange
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Deny
from engine.runtime.idempotency import once
from engine.runtime.instants import to_micros
from engine.runtime.query.rights import (
    check_permitted,
    not_written_by_right,
    permitted,
    reads_everywhere,
    writable_fields,
    writable_in_new,
)
from engine.runtime.records.changes import ChangeSet, next_version, settle
from engine.runtime.records.checks import failed_checks, written_by_right
from engine.runtime.records.clashes import guarded, may_clash, write_alone
from engine.runtime.records.defaults import with_defaults
from engine.runtime.records.duplicates import check_duplicates
from engine.runtime.records.merging import (
    NOTHING,
    UNDECIDED,
    Choice,
    Decided,
    Merge,
    Since,
    changes_since,
    compare_parts,
    decided_on,
    deletion_of,
    is_compared,
    merge_values,
    sent_back,
)
from engine.runtime.records.numbering import number_fields
from engine.runtime.records.ownership import owning_unit_of
from engine.runtime.records.parsing import cannot_write, parse_values, required_problems
from engine.runtime.records.record_links import record_link_problems
from engine.runtime.records.stored import (
    StoredRow,
    changeable_row,
    encoded,
    first_row,
    insert_row,
    locked_row,
    stored_row,
)
from engine.runtime.records.typed_secrets import typed_secrets
from engine.runtime.work import Work

Values = Mapping[str, object]
Children = Mapping[str, Sequence[Values]]
NO_CHILDREN: Children = {}
MOST_CHILDREN = 2000


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
        _write_children(work, changes, declared, record, children, Merge())
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
    choice: Choice = UNDECIDED,
) -> Outcome:
    """Change fields of a record. Made from an older version, it merges with what others changed since, or raises Outdated;
    a conflict that was shown and decided is written as it was decided. Raises DeletedMeanwhile when the record is gone.
    """
    declared = _declared(work, entity)

    def act() -> Outcome:
        changes, merge = ChangeSet(), Merge()
        before, rights = row_to_change(work, declared, record, Action.UPDATE, expected_version)
        since = changes_since(work, declared, before, expected_version) if expected_version is not None else NOTHING
        decided = decided_on(work, declared, before, choice)
        changed = _changed_values(work, declared, before, rights, values, since, merge, decided)
        if changed:
            stale = expected_version if expected_version != before.version else None
            changes.touch(declared, record, before, "update", stale)
            _write_changed(work, changes, declared, before, changed)
        _write_children(work, changes, declared, record, children, merge)
        compare_parts(merge, since, before, decided)
        merge.check(work, declared, before)
        told = merge.told(work, declared)
        if not changes.rows:
            return Outcome(entity, record, before.version, merged=told, written=False)
        return replace(finish(work, changes, declared, record, Action.UPDATE), merged=told)

    return once(work, key, ("update", entity, record, values, children), act)


def _write_changed(work: Work, changes: ChangeSet, entity: Entity, before: StoredRow, changed: Values) -> None:
    record, row = before.id, {**encoded(work, entity, before, changed), **next_version(work, before.version + 1)}
    if may_clash(entity, changed):
        write_alone(
            work, entity, record, lambda more: changes.write(work, entity, record, {**row, **more}), Action.UPDATE
        )
    else:
        guarded(lambda: changes.write(work, entity, record, row))


def row_to_change(
    work: Work, entity: Entity, record: int, action: Action, expected_version: int | None
) -> tuple[StoredRow, Mapping[str, FieldRight]]:
    """The row that is to be changed, kept from others, with the rights on its fields; a caller who had read it is told when
    it is gone. Raises NotFound, Forbidden, DeletedMeanwhile.
    """
    try:
        return changeable_row(work, entity, record, action)
    except NotFound:
        if expected_version is not None:
            _check_still_there(work, entity, record)
        raise


def _check_still_there(work: Work, entity: Entity, record: int) -> None:
    """Raises DeletedMeanwhile for a record that its caller could read until somebody deleted it."""
    if permitted(work, entity.name, record, Action.READ, deleted=True):
        actor, at = deletion_of(work, entity, record)
        raise DeletedMeanwhile(actor, at, permitted(work, entity.name, record, Action.DELETE, deleted=True))


def _declared(work: Work, entity: str) -> Entity:
    if entity not in work.model.entities:
        raise NotFound
    return work.model.entities[entity]


def _insert(work: Work, changes: ChangeSet, entity: Entity, given: Values, fixed: Values, prefix: str) -> int:
    """One new row; `fixed` values come from us, not from the writer."""
    entered = {name: one for name, one in given.items() if name not in fixed}
    parsed = parse_values(work, entity, entered, writable_in_new(work, entity.name), prefix)
    values = with_defaults(work, entity, {**parsed.values, **fixed})
    problems = [*parsed.problems, *_missing(entity, values, parsed.problems, prefix)]
    if problems:
        raise ValidationFailed(tuple(problems))
    unit = owning_unit_of(work, entity, values)
    numbers = number_fields(work, entity, unit, {name for name, one in values.items() if one is not None})
    record = work.ids.next()
    by = work.context.principal.user_id or None
    row = first_row(work, entity, record, {**values, **numbers}, by, unit)
    if fixed or not may_clash(entity, given):
        guarded(lambda: insert_row(work, entity, row))
    else:
        write_alone(work, entity, record, lambda more: insert_row(work, entity, {**row, **more}), Action.CREATE)
    changes.touch(entity, record, None, "create")
    changes.given[entity.name, record] = (prefix, frozenset(parsed.values))
    return record


def _missing(entity: Entity, values: Values, problems: Sequence[FieldProblem], prefix: str) -> list[FieldProblem]:
    named = {one.field for one in problems}
    return [one for one in required_problems(entity, values, prefix) if one.field not in named]


def _changed_values(
    work: Work,
    entity: Entity,
    before: StoredRow,
    rights: Mapping[str, FieldRight],
    given: Values,
    since: Since,
    merge: Merge,
    decided: Decided,
) -> dict[str, object]:
    writable = frozenset(name for name, right in rights.items() if right is FieldRight.WRITE)
    untouched = {
        name
        for name, one in given.items()
        if name in entity.fields and rights.get(name) is FieldRight.READ and _same(entity, before, name, one)
    }
    if since:
        untouched |= sent_back(work, entity, before, since, given) - writable
    parsed = parse_values(work, entity, {name: one for name, one in given.items() if name not in untouched}, writable)
    changed = merge_values(merge, entity, before, parsed.values, since, decided)
    problems = [*parsed.problems, *_missing(entity, {**before.values, **changed}, parsed.problems, "")]
    if problems:
        raise ValidationFailed(tuple(problems))
    return {name: value for name, value in changed.items() if before.values.get(name) != value}


def _same(entity: Entity, before: StoredRow, name: str, given: object) -> bool:
    """Whether a form merely sends back what a field that cannot be written holds."""
    field = entity.fields[name]
    return field.computed and given in (None, "") and before.values.get(name) is None


def _write_children(
    work: Work, changes: ChangeSet, entity: Entity, record: int, children: Children, merge: Merge
) -> None:
    """Rows of parts, written with their whole; every problem of every row at once."""
    problems: list[FieldProblem] = []
    for name, rows in children.items():
        collection = entity.collections.get(name)
        if collection is None or work.model.entities[collection.entity].part_of != collection.by:
            raise UnknownField(name)
        if len(rows) > MOST_CHILDREN:
            raise BadRequest(Message(f"{name} 最多 {MOST_CHILDREN} 行", f"{name} takes at most {MOST_CHILDREN} rows"))
        parts = _Parts(work, changes, merge, collection, record)
        for index, row in enumerate(rows):
            try:
                parts.write(row, f"{name}.{index}.")
            except ValidationFailed as error:
                problems += error.problems
    if problems:
        raise ValidationFailed(tuple(problems))


@dataclass(frozen=True, slots=True)
class _Parts:
    """The rows of one part that a write brings along. A row with its `version` merges field by field, as its whole does."""

    work: Work
    changes: ChangeSet
    merge: Merge
    collection: Collection
    whole: int

    @property
    def entity(self) -> Entity:
        return self.work.model.entities[self.collection.entity]

    def write(self, row: Values, prefix: str) -> None:
        existing, given = row.get("id"), {name: one for name, one in row.items() if name not in self._reserved}
        if existing is not None:
            self._change(int(str(existing)), row, given, prefix)
        elif not row.get("_delete"):
            self._compare_row()
            _insert(self.work, self.changes, self.entity, given, {self.collection.by: self.whole}, prefix)

    @property
    def _reserved(self) -> frozenset[str]:
        return frozenset({"id", "version", "_delete", "_choice", self.collection.by})

    def _compare_row(self) -> None:
        """A row that comes or goes changes the money of its whole."""
        if any(is_compared(one) for one in self.entity.fields.values()):
            self.merge.compares = True

    def _change(self, record: int, row: Values, given: Values, prefix: str) -> None:
        before = locked_row(self.work, self.entity, record)
        if before.values.get(self.collection.by) != self.whole:
            raise NotFound
        version = row.get("version")
        since = changes_since(self.work, self.entity, before, version, prefix) if isinstance(version, int) else NOTHING
        if before.deleted_at is not None:
            self._meet_deleted(before, row, given, since, prefix)
        elif row.get("_delete"):
            self._delete(before, since, self._decided(before, row))
        else:
            self._update(before, row, given, since, prefix)

    def _decided(self, before: StoredRow, row: Values) -> Decided:
        choice = row.get("_choice")
        return decided_on(self.work, self.entity, before, choice if isinstance(choice, Choice) else UNDECIDED)

    def _meet_deleted(self, before: StoredRow, row: Values, given: Values, since: Since, prefix: str) -> None:
        """A row that somebody else deleted: what was typed into it is a conflict, what was only sent back is not."""
        if not isinstance(row.get("version"), int):
            raise NotFound
        parsed = parse_values(self.work, self.entity, given, writable_in_new(self.work, self.entity.name), prefix)
        read = {**before.values, **{name: one.base for name, one in since.items()}}
        mine = {name: value for name, value in parsed.values.items() if value != read.get(name)}
        actor, at = deletion_of(self.work, self.entity, before.id)
        if row.get("_delete"):
            return
        for name, value in mine.items():
            base = read.get(name) if reads_everywhere(self.work, self.entity.name, name) else None
            change = TheirChange(f"{prefix}{name}", self.entity.fields[name], base, None, actor, at)
            self.merge.clashes.append(Clash(change, value, before.version, gone="theirs"))

    def _delete(self, before: StoredRow, since: Since, decided: Decided) -> None:
        typed = [
            one for name, one in since.items() if not (one.declared.computed or decided.leaves(name, written=False))
        ]
        self.merge.clashes += [Clash(one, None, before.version, gone="yours") for one in typed]
        check_permitted(self.work, self.entity.name, before.id, Action.DELETE)
        self._compare_row()
        self.changes.touch(self.entity, before.id, before, "delete")
        self.changes.write(self.work, self.entity, before.id, {"deleted_at": to_micros(self.work.context.now)})

    def _update(self, before: StoredRow, row: Values, given: Values, since: Since, prefix: str) -> None:
        writable = writable_fields(self.work, self.entity.name, before.id)
        if not given.keys() <= writable:
            back = sent_back(self.work, self.entity, before, since, given) - writable
            given = {name: one for name, one in given.items() if name not in back}
        parsed = parse_values(self.work, self.entity, given, writable, prefix)
        mine = merge_values(self.merge, self.entity, before, parsed.values, since, self._decided(before, row))
        problems = [*parsed.problems, *_missing(self.entity, {**before.values, **mine}, parsed.problems, prefix)]
        if problems:
            raise ValidationFailed(tuple(problems))
        changed = {name: value for name, value in mine.items() if before.values.get(name) != value}
        if changed:
            stale = row.get("version") if row.get("version") != before.version else None
            self.changes.touch(self.entity, before.id, before, "update", stale if isinstance(stale, int) else None)
            row = encoded(self.work, self.entity, before, changed)
            guarded(lambda: self.changes.write(self.work, self.entity, before.id, row))


def finish(work: Work, changes: ChangeSet, entity: Entity, record: int, action: Action | None) -> Outcome:
    """Compute, tell the sinks, prove the right on the new row (unless `action` is None), check every touched row.

    The right comes first: what the checks find out is not for somebody who may not write the row.
    """
    finished = settle(work, changes)
    main = (entity.name, record)
    answers = {main: written_by_right(work, entity, changes.row(work, entity, record), action)} if action else {}
    if action is not None:
        _prove_given(work, changes)
    warnings: list[str] = []
    problems: list[FieldProblem] = []
    written: list[tuple[Entity, StoredRow | None, StoredRow]] = []
    for key, touched in changes.rows.items():
        if touched.action in {"create", "update", "transition"}:
            row = changes.row(work, touched.entity, key[1])
            written.append((touched.entity, touched.before, row))
            failed = failed_checks(work, touched.entity, row, answers.get(key))
            problems += (*failed.problems, *record_link_problems(work, touched.entity, touched.before, row))
            warnings += [words.text(work.context.language) for words in failed.warnings]
    if problems:
        raise ValidationFailed(tuple(problems))
    warnings += [words.text(work.context.language) for words in check_duplicates(work, written)]
    warnings += [words.text(work.context.language) for words in typed_secrets(work, written)]
    version = next(
        (change.version for change in finished if change.entity == entity.name and change.id == record), None
    )
    known = version if version is not None else stored_row(work, entity, record).version
    return Outcome(entity.name, record, known, warnings=tuple(warnings))


def _prove_given(work: Work, changes: ChangeSet) -> None:
    """Raises ValidationFailed for what was written in new rows without the right, now that the rows stand."""
    problems = [
        FieldProblem(f"{prefix}{name}", "not_writable", cannot_write(work.model.entities[entity].fields[name]))
        for (entity, record), (prefix, names) in changes.given.items()
        for name in sorted(not_written_by_right(work, entity, record, names))
    ]
    if problems:
        raise ValidationFailed(tuple(problems))
