"""Batches: many rows of one entity written at once, each as `create` or `update` would have written it by itself.

What one statement can ask or do for all rows is asked and done once. A row that depends on one before it in the batch, or
that the database refuses, ends the batch before itself: the caller writes it alone, and goes on behind it. So order, rights,
checks, versions, events and words of refusal are those of rows written one by one; only rows that others are computed from
get one version for a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from engine.diagnostics import DougongError
from engine.model.access import Action, FieldRight
from engine.model.entities import DuplicateRule, Entity, Field, FieldKind
from engine.model.errors import FieldProblem, Forbidden, ValidationFailed
from engine.model.requests import Change
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Deny
from engine.runtime.access.rights import readable_fields, writable_fields
from engine.runtime.database.errors import CheckViolation, ForeignKeyViolation, UniqueViolation
from engine.runtime.instants import to_micros
from engine.runtime.query.names import TITLE, Reader, find
from engine.runtime.query.rights import field_rights, permitted_rows, some_not_written_by_right
from engine.runtime.query.stored_rows import rows_alike
from engine.runtime.records.cells import CellReader
from engine.runtime.records.changes import ChangeSet, follow_up, next_version, tell_sinks
from engine.runtime.records.checks import failed_of_many
from engine.runtime.records.clashes import may_clash
from engine.runtime.records.defaults import Defaults, defaults_of
from engine.runtime.records.numbering import number_rows
from engine.runtime.records.ownership import owning_unit_of, path_to_unit
from engine.runtime.records.parsing import must_be_filled
from engine.runtime.records.stored import BUILT_IN, StoredRow, columns_of, decoded, row_encoder, stored_values
from engine.runtime.rows import update_many
from engine.runtime.search.likeness import marks_of, marks_standing
from engine.runtime.storage.tables import unique_columns
from engine.runtime.work import Work

Values = Mapping[str, object]
Deed = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True, slots=True)
class Entered:
    """What is entered for one row; `record` is the row that stands already, None for a new one."""

    values: Values
    record: int | None = None


Result = Deed | DougongError
"""What became of a row, or why it was refused."""


@dataclass(slots=True)
class _Fresh:
    """A new row that is ready to be written; `whole` are its values with the numbers that it gets."""

    at: int
    values: dict[str, object]
    given: frozenset[str]
    unit: int | None
    id: int = 0
    whole: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class _Changed:
    """A standing row that is ready to be changed."""

    at: int
    before: StoredRow
    values: dict[str, object]


_Row = _Fresh | _Changed
_REFUSED = (UniqueViolation, ForeignKeyViolation, CheckViolation)


def writes_in_batches(work: Work, entity: Entity, fields: Iterable[str]) -> bool:
    """Whether rows with these fields may be written in batches: a name that the writer has not, a link to any record, and a
    reference whose title they may not read are told row by row; so are rows that figures fill, which those before them change.
    """
    if entity.from_figures:
        return False
    known = readable_fields(work.model, work.context, entity.name) | writable_fields(
        work.model, work.context, entity.name
    )
    reader = Reader(work.model, work.context)
    for name in fields:
        declared = entity.fields.get(name)
        if declared is None or name not in known or declared.kind in {FieldKind.RECORD, FieldKind.ATTACHMENT}:
            return False
        if declared.relation is not None and find(reader, declared.relation.entity, (TITLE,)) is None:
            return False
    return True


@dataclass(slots=True)
class Batch:
    """Writes rows of one entity for one writer, in one unit of work."""

    work: Work
    entity: Entity
    cells: CellReader
    _units: dict[object, int | None] = field(default_factory=dict)
    _writable: dict[int, frozenset[str]] = field(default_factory=dict)
    _names: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict)
    _required: tuple[Field, ...] = ()
    _unique: tuple[tuple[str, ...], ...] = ()
    _rules: tuple[DuplicateRule, ...] = ()
    """The rules by which a second record of one thing is refused; others only warn."""
    _taken: set[tuple[tuple[str, ...], tuple[object, ...]]] = field(default_factory=set)
    """Keys, by their fields, that a standing row was found to have."""

    def __post_init__(self) -> None:
        self._required = tuple(one for one in self.entity.fields.values() if one.required and not one.computed)
        self._unique = tuple(dict.fromkeys(unique_columns(self.entity)))
        self._rules = tuple(rule for rule in self.entity.duplicates if rule.refuses)

    def write(self, rows: Sequence[Entered]) -> list[Result]:
        """Write rows from the first on as far as they can be written together; what became of each of those.

        Nothing is written, and the list is empty, when the first one has to be written alone.
        """
        if isinstance(decide(self.work.model, self.work.context, self.entity.name, Action.CREATE), Deny):
            rows = rows[: next((at for at, one in enumerate(rows) if one.record is None), len(rows))]
        results: dict[int, Result] = {}
        waiting, end = self._prepared(rows, results)
        while True:
            kept = [one for one in waiting if one.at < end and one.at not in results]
            try:
                with self.work.savepoint():
                    failed = self._attempt(kept)
                    if failed:
                        raise _Failed
            except _Failed:
                alone = min((at for at, why in failed.items() if why is None), default=end)
                end = min(end, alone)
                results |= {at: why for at, why in failed.items() if why is not None}
                continue
            except _REFUSED:
                end = min(self._refused(kept), end)
                continue
            results |= {one.at: "created" if isinstance(one, _Fresh) else "updated" for one in kept}
            return [results[at] for at in range(end)]

    # ---- what is entered becomes rows

    def _prepared(self, rows: Sequence[Entered], results: dict[int, Result]) -> tuple[list[_Row], int]:
        """The rows that are to be written, and before which the batch ends; others have their results."""
        defaults, rights = defaults_of(self.work, self.entity), field_rights_of_new(self.work, self.entity, rows)
        standing = self._standing([one.record for one in rows if one.record is not None])
        ready: list[_Row] = []
        seen: dict[tuple[str, ...], set[tuple[object, ...]]] = {}
        for at, one in enumerate(rows):
            row: _Row | Result | None
            if one.record is None:
                row = self._fresh(at, one.values, rights, defaults)
            else:
                row = self._changed(at, one, standing)
            if row is None or (isinstance(row, _Fresh) and self._seen(row, seen)):
                return ready, at
            if isinstance(row, _Fresh | _Changed):
                ready.append(row)
            else:
                results[at] = row
        return ready, len(rows)

    def _fresh(self, at: int, given: Values, writable: frozenset[str], defaults: Defaults) -> _Fresh | Result | None:
        parsed = self.cells.row(given, writable)
        values = defaults.fill(parsed.values)
        try:
            for name, value in values.items():
                if value is not None and name not in parsed.values:
                    values[name] = self.cells.typed(name, value)
        except ValidationFailed:
            return None
        problems = [*parsed.problems, *self._missing(values, parsed.problems)]
        if problems:
            return ValidationFailed(tuple(problems))
        return _Fresh(at, values, self._named(parsed.values), self._unit(values))

    def _named(self, given: Values) -> frozenset[str]:
        """The names that are given, made once for rows that give the same ones."""
        names = tuple(given)
        if names not in self._names:
            self._names[names] = frozenset(names)
        return self._names[names]

    def _changed(self, at: int, one: Entered, standing: Mapping[int, StoredRow]) -> _Changed | Result | None:
        """None for a row that may not be changed, is gone, or may clash: it is told why by itself."""
        before = standing.get(one.record or 0)
        if before is None:
            return None
        parsed = self.cells.row(one.values, self._writable[before.id])
        changed = {name: value for name, value in parsed.values.items() if before.values.get(name) != value}
        problems = [*parsed.problems, *self._missing({**before.values, **changed}, parsed.problems)]
        if problems:
            return ValidationFailed(tuple(problems))
        if not changed:
            return "unchanged"
        if may_clash(self.entity, changed) or self._moves_unit(changed) or self._may_repeat(changed):
            return None
        return _Changed(at, before, changed)

    def _standing(self, records: Sequence[int]) -> dict[int, StoredRow]:
        """The rows that stand and that the writer may change, with the fields that they may write."""
        if not records:
            return {}
        found: dict[int, StoredRow] = {}
        writable: dict[int, frozenset[str]] = {}
        names = columns_of(self.entity)
        for record, one in permitted_rows(self.work, self.entity.name, records, Action.UPDATE, names).items():
            found[record] = decoded(self.work, self.entity, one.row)
            kept = id(one.rights)
            if kept not in writable:
                writable[kept] = frozenset(name for name, right in one.rights.items() if right is FieldRight.WRITE)
            self._writable[record] = writable[kept]
        return found

    def _missing(self, values: Values, problems: Sequence[FieldProblem]) -> Iterator[FieldProblem]:
        for one in self._required:
            if (
                not (value := values.get(one.name))
                and value in (None, ())
                and all(known.field != one.name for known in problems)
            ):
                yield FieldProblem(one.name, "required", must_be_filled(one))

    def _unit(self, values: Values) -> int | None:
        path = path_to_unit(self.entity)
        if not path:
            return None
        first = values.get(path[0])
        if first not in self._units:
            self._units[first] = owning_unit_of(self.work, self.entity, values)
        return self._units[first]

    def _moves_unit(self, changed: Values) -> bool:
        path = path_to_unit(self.entity)
        return bool(path) and path[0] in changed

    def _seen(self, row: _Fresh, seen: dict[tuple[str, ...], set[tuple[object, ...]]]) -> bool:
        """Whether a row before it in the batch is like it where no two may be."""
        for fields, key in self._keys(row):
            kept = seen.setdefault(fields, set())
            if key in kept or (fields, key) in self._taken:
                return True
            kept.add(key)
        return False

    def _keys(self, row: _Fresh) -> Iterator[tuple[tuple[str, ...], tuple[object, ...]]]:
        for fields in self._unique:
            key = tuple([row.values.get(name) for name in fields])
            if None not in key:
                yield fields, key
        for rule in self.entity.uniques:
            key = tuple(row.values.get(name) for name in rule.fields)
            if not rule.everywhere and None not in key:
                yield ("scope_unit", *rule.fields), (row.unit, *key)
        for one in self._rules:
            if mark := marks_of(self.entity, row.values).get(one.id):
                yield ("mark", one.id), (mark,)

    # ---- rows are written

    def _attempt(self, rows: Sequence[_Row]) -> dict[int, DougongError | None]:
        """Write rows; which of them may not stay, and why: None for one that has to be told by itself."""
        fresh = [one for one in rows if isinstance(one, _Fresh)]
        alike = self._alike_within_units(fresh) | self._repeating(fresh)
        if alike:
            return alike
        changes = ChangeSet()
        self._insert(changes, fresh)
        self._update(changes, [one for one in rows if isinstance(one, _Changed)])
        ordered = {(self.entity.name, one.id if isinstance(one, _Fresh) else one.before.id): one.at for one in rows}
        changes.rows = {key: changes.rows[key] for key in ordered}
        finished = follow_up(self.work, changes)
        failed = self._failed(changes, fresh, finished, ordered)
        if not failed:
            tell_sinks(self.work, finished)
        return failed

    def _insert(self, changes: ChangeSet, rows: Sequence[_Fresh]) -> None:
        if not rows:
            return
        work, entity = self.work, self.entity
        for one in rows:
            one.whole = dict(one.values)
        self._number(rows)
        now, by = to_micros(work.context.now), work.context.principal.user_id or None
        names, stored, encode = tuple(entity.fields), list[tuple[object, ...]](), row_encoder(work, entity)
        for one, record in zip(rows, work.ids.many(len(rows)), strict=True):
            one.id, whole = record, one.whole
            values = {name: whole.get(name) for name in names}
            stored.append((record, 1, now, by, now, by, None, one.unit, *encode(values.values())))
            changes.touch(entity, record, None, "create")
            changes.now[entity.name, record] = StoredRow(record, 1, None, one.unit, values)
        work.session.load(entity.name, (*BUILT_IN, *names), stored)

    def _number(self, rows: Sequence[_Fresh]) -> None:
        for declared in self.entity.fields.values():
            if declared.kind is FieldKind.NUMBER_CODE and declared.number is not None:
                bare = [one for one in rows if one.values.get(declared.name) is None]
                if bare:
                    numbers = number_rows(self.work, self.entity, declared, [one.unit for one in bare])
                    for one, number in zip(bare, numbers, strict=True):
                        one.whole[declared.name] = number

    def _update(self, changes: ChangeSet, rows: Sequence[_Changed]) -> None:
        grouped: dict[tuple[str, ...], list[tuple[int, dict[str, object]]]] = {}
        names = tuple(self.entity.fields)
        for one in rows:
            before, changed = one.before, tuple(sorted(one.values))
            stored = dict(zip(names, stored_values(self.work, self.entity, one.values), strict=True))
            columns = {name: stored[name] for name in changed} | next_version(self.work, before.version + 1)
            grouped.setdefault(changed, []).append((before.id, columns))
            changes.touch(self.entity, before.id, before, "update")
            after = replace(before, version=before.version + 1, values={**before.values, **one.values})
            changes.now[self.entity.name, before.id] = after
        for group in grouped.values():
            update_many(self.work.session, self.entity.name, group)

    # ---- rows that may not stay

    def _failed(
        self,
        changes: ChangeSet,
        fresh: Sequence[_Fresh],
        finished: Sequence[Change],
        places: Mapping[tuple[str, int], int],
    ) -> dict[int, DougongError | None]:
        work, name = self.work, self.entity.name
        new = {one.id: one for one in fresh}
        standing = [changes.now[key] for key in places if key[1] not in new]
        failed: dict[int, DougongError | None] = {}
        for rows, action in (([changes.now[name, one] for one in new], Action.CREATE), (standing, Action.UPDATE)):
            if rows:
                for record, problems in failed_of_many(work, self.entity, rows, action).items():
                    refusal = Forbidden() if action is Action.CREATE else None
                    failed[places[name, record]] = ValidationFailed(problems) if problems is not None else refusal
        given = frozenset[str]().union(*{row.given for row in fresh})
        for record in some_not_written_by_right(work, name, list(new), given) if new else ():
            if not isinstance(failed.get(places[name, record]), Forbidden):
                failed[places[name, record]] = None
        return failed

    def _alike_within_units(self, rows: Sequence[_Fresh]) -> dict[int, DougongError | None]:
        """New rows that are like a standing one of their unit where no two may be."""
        found: dict[int, DougongError | None] = {}
        for rule in self.entity.uniques:
            keys = {} if rule.everywhere else self._keyed(rows, rule.fields)
            for key, _, unit in rows_alike(self.work, self.entity, rule.fields, [*keys]) if keys else ():
                found |= {one.at: None for one in keys[key] if one.unit == unit}
        return found

    def _may_repeat(self, changed: Values) -> bool:
        """Whether what changes may make a row like another one of its unit, or say what another one says."""
        within = [rule.fields for rule in self.entity.uniques if not rule.everywhere]
        return any(not changed.keys().isdisjoint(fields) for fields in (*within, *(one.fields for one in self._rules)))

    def _repeating(self, rows: Sequence[_Fresh]) -> dict[int, DougongError | None]:
        """New rows that say what a standing one says, where that is refused: each is told by itself."""
        found: dict[int, DougongError | None] = {}
        for rule in self._rules:
            marks = {one.at: mark for one in rows if (mark := marks_of(self.entity, one.values).get(rule.id))}
            known = marks_standing(self.work.session, self.entity.name, rule.id, set(marks.values()))
            found |= {at: None for at, mark in marks.items() if mark in known}
        return found

    def _refused(self, rows: Sequence[_Row]) -> int:
        """The place of the first row that is like a standing one; half of the rows where none is found."""
        fresh = [one for one in rows if isinstance(one, _Fresh)]
        found: list[_Fresh] = []
        for fields in dict.fromkeys(unique_columns(self.entity)):
            keys = self._keyed(fresh, fields)
            alike = rows_alike(self.work, self.entity, fields, [*keys])
            taken = [one for key, _, _ in alike for one in keys[key]]
            self._taken.update((fields, tuple(one.values.get(name) for name in fields)) for one in taken)
            found += taken
        return min(one.at for one in found) if found else rows[len(rows) // 2].at

    def _keyed(self, rows: Sequence[_Fresh], fields: Sequence[str]) -> dict[tuple[object, ...], list[_Fresh]]:
        names, found = tuple(self.entity.fields), dict[tuple[object, ...], list[_Fresh]]()
        for one in rows:
            stored = dict(zip(names, stored_values(self.work, self.entity, one.values), strict=True))
            key = tuple(stored[name] for name in fields)
            if None not in key:
                found.setdefault(key, []).append(one)
        return found


class _Failed(Exception):
    """Leaves a savepoint when rows in it may not stay."""


def field_rights_of_new(work: Work, entity: Entity, rows: Sequence[Entered]) -> frozenset[str]:
    """The fields that the writer may write in new rows; none where no row is new."""
    if all(one.record is not None for one in rows):
        return frozenset()
    rights = field_rights(work, entity.name, None)
    return frozenset(name for name, right in rights.items() if right is FieldRight.WRITE)
