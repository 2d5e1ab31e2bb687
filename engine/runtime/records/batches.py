"""Batches: many rows of one entity written at once, each as `create` or `update` would have written it by itself.

What one statement can ask or do for all rows is asked and done once. A row that depends on one before it in the batch, or
that the database refuses, ends the batch before itself: the caller writes it alone, and goes on behind it. So order, rights,
checks, versions, events and words of refusal are those of rows written one by one; only rows that others are computed from
get one version for a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from engine.diagnostics import DougongError
from engine.model.access import Action, FieldRight
from engine.model.entities import DuplicateRule, Entity, FieldKind
from engine.model.errors import Forbidden, ValidationFailed
from engine.model.names import empty_map
from engine.model.requests import Change
from engine.runtime.access.decide import decide
from engine.runtime.access.decisions import Deny
from engine.runtime.access.rights import readable_fields, writable_fields
from engine.runtime.database.errors import CheckViolation, ForeignKeyViolation, UniqueViolation
from engine.runtime.query.names import TITLE, Reader, find
from engine.runtime.query.rights import permitted_rows, some_not_written_by_right, writable_in_new
from engine.runtime.query.stored_rows import rows_alike
from engine.runtime.records.cells import CellReader
from engine.runtime.records.changes import ChangeSet, follow_up, next_version, tell_sinks
from engine.runtime.records.checks import failed_of_many
from engine.runtime.records.clashes import may_clash
from engine.runtime.records.defaults import defaults_of
from engine.runtime.records.fresh_parts import FreshParts
from engine.runtime.records.fresh_rows import Fresh, FreshRows, Problems
from engine.runtime.records.inserting import insert_fresh
from engine.runtime.records.ownership import path_to_unit
from engine.runtime.records.stored import StoredRow, columns_of, decoded, row_after, stored_values
from engine.runtime.rows import update_many
from engine.runtime.sealing.rows import changed_envelopes
from engine.runtime.search.likeness import marks_of, marks_standing
from engine.runtime.storage.tables import unique_columns
from engine.runtime.work import Work

Values = Mapping[str, object]
Deed = Literal["created", "updated", "unchanged"]


FEW = 50
"""Rows that are written together behind one that had to be written alone: others like it may follow."""
NO_PARTS: Mapping[str, Sequence[Values]] = empty_map()


class Entered(NamedTuple):
    """What is entered for one row; `record` is the row that stands already, None for a new one, which may bring rows of its
    parts along, by collection."""

    values: Values
    record: int | None = None
    parts: Mapping[str, Sequence[Values]] = NO_PARTS


Result = Deed | DougongError
"""What became of a row, or why it was refused."""


@dataclass(slots=True)
class _Changed:
    """A standing row that is ready to be changed."""

    at: int
    before: StoredRow
    values: dict[str, object]


_Row = Fresh | _Changed
_NONE: frozenset[tuple[object, ...]] = frozenset()
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
    _fresh: FreshRows = field(init=False)
    _parts: dict[str, FreshParts] = field(default_factory=dict)
    _writable: dict[int, frozenset[str]] = field(default_factory=dict)
    _unique: tuple[tuple[str, ...], ...] = ()
    _rules: tuple[DuplicateRule, ...] = ()
    """The rules by which a second record of one thing is refused; others only warn."""
    _taken: dict[tuple[str, ...], set[tuple[object, ...]]] = field(default_factory=dict)
    """Keys, by their fields, that a standing row was found to have."""

    def __post_init__(self) -> None:
        self._fresh = FreshRows(self.work, self.entity, self.cells)
        for name, one in self.entity.collections.items():
            part = self.work.model.entities[one.entity]
            if part.part_of == one.by:
                self._parts[name] = FreshParts(self.work, part, one.by)
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
                    failed = self._attempt(kept, rows)
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
            results |= {one.at: "created" if isinstance(one, Fresh) else "updated" for one in kept}
            return [results[at] for at in range(end)]

    # ---- what is entered becomes rows

    def _prepared(self, rows: Sequence[Entered], results: dict[int, Result]) -> tuple[list[_Row], int]:
        """The rows that are to be written, and before which the batch ends; others have their results."""
        new = {at: one.values for at, one in enumerate(rows) if one.record is None}
        rights = writable_in_new(self.work, self.entity.name) if new else frozenset()
        fresh = self._fresh.ready(new, rights, defaults_of(self.work, self.entity))
        standing = self._standing([one.record for one in rows if one.record is not None])
        ready: list[_Row] = []
        end = self._first_seen([row for row in fresh.values() if isinstance(row, Fresh)], len(rows))
        for at, one in enumerate(rows[:end]):
            row: _Row | Result | None = fresh[at] if one.record is None else self._changed(at, one, standing)
            if row is None:
                return ready, at
            if isinstance(row, Fresh | _Changed):
                ready.append(row)
            else:
                results[at] = row
        return ready, end

    def _changed(self, at: int, one: Entered, standing: Mapping[int, StoredRow]) -> _Changed | Result | None:
        """None for a row that may not be changed, is gone, or may clash: it is told why by itself."""
        before = standing.get(one.record or 0)
        if before is None:
            return None
        parsed = self.cells.row(one.values, self._writable[before.id])
        changed = {name: value for name, value in parsed.values.items() if before.values.get(name) != value}
        problems: Problems = {at: [*parsed.problems]} if parsed.problems else {}
        self._fresh.missing({name: (value,) for name, value in {**before.values, **changed}.items()}, [at], problems)
        if problems:
            return ValidationFailed(tuple(problems[at]))
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

    def _moves_unit(self, changed: Values) -> bool:
        path = path_to_unit(self.entity)
        return bool(path) and path[0] in changed

    def _first_seen(self, rows: list[Fresh], end: int) -> int:
        """The place of the first row that is like one before it in the batch, or one that stands, where no two may be; `end`
        where there is none."""
        rows.sort(key=lambda one: one.at)
        for fields, keys in self._keys(rows):
            taken, seen = self._taken.get(fields, _NONE), set[tuple[object, ...]]()
            for row, key in zip(rows, keys, strict=True):
                if None not in key:
                    if key in seen or key in taken:
                        end = min(end, row.at)
                        break
                    seen.add(key)
        return end

    def _keys(self, rows: Sequence[Fresh]) -> Iterator[tuple[tuple[str, ...], list[tuple[object, ...]]]]:
        """What no two rows may have alike: fields, and of each row what it says in them."""
        for fields in self._unique:
            yield fields, [tuple([one.values[name] for name in fields]) for one in rows]
        for rule in self.entity.uniques:
            if not rule.everywhere:
                within = [(one.unit or 0, *[one.values[name] for name in rule.fields]) for one in rows]
                yield ("scope_unit", *rule.fields), within
        for same in self._rules:
            yield ("mark", same.id), [(marks_of(self.entity, one.values).get(same.id),) for one in rows]

    # ---- rows are written

    def _attempt(self, rows: Sequence[_Row], entered: Sequence[Entered]) -> dict[int, DougongError | None]:
        """Write rows; which of them may not stay, and why: None for one that has to be told by itself."""
        fresh = [one for one in rows if isinstance(one, Fresh)]
        alike = self._alike_within_units(fresh) | self._repeating(fresh)
        if alike:
            return alike
        changes = ChangeSet()
        insert_fresh(self.work, changes, self.entity, fresh)
        self._update(changes, [one for one in rows if isinstance(one, _Changed)])
        parts = {name: self._parts[name] for one in fresh for name in entered[one.at].parts}
        doubtful = self._insert_parts(changes, parts, fresh, entered)
        if doubtful:
            return dict.fromkeys(doubtful, None)
        places = {(self.entity.name, one.id if isinstance(one, Fresh) else one.before.id): one.at for one in rows}
        brought = {key: at for one in parts.values() for key, at in one.written().items()}
        if len(fresh) < len(rows) or brought:
            ordered = sorted([*places.items(), *brought.items()], key=lambda one: one[1])  # each row before its parts
            changes.rows = {key: changes.rows[key] for key, _ in ordered}
        finished = follow_up(self.work, changes)
        failed = self._failed(changes, fresh, finished, places)
        for one in parts.values():
            failed |= dict.fromkeys(one.failed(changes), None)
        if not failed:
            tell_sinks(self.work, finished)
        return failed

    def _insert_parts(
        self, changes: ChangeSet, parts: Mapping[str, FreshParts], wholes: Sequence[Fresh], entered: Sequence[Entered]
    ) -> set[int]:
        """Write the rows that new rows bring along; the places of those that have to be told by themselves."""
        ids = {one.at: one.id for one in wholes}
        doubtful = set[int]()
        for name, one in parts.items():
            brought = {at: rows for at in ids if (rows := entered[at].parts.get(name))}
            doubtful |= one.insert(changes, ids, brought)
        return doubtful

    def _update(self, changes: ChangeSet, rows: Sequence[_Changed]) -> None:
        grouped: dict[tuple[str, ...], list[tuple[int, dict[str, object]]]] = {}
        names = tuple(self.entity.fields)
        for one in rows:
            before, changed = one.before, tuple(sorted(one.values))
            stored = dict(zip(names, stored_values(self.work, self.entity, one.values), strict=True))
            sealed = changed_envelopes(self.work, self.entity, row_after(before), one.values)
            plain = {name: stored[name] for name in changed if not self.entity.fields[name].sealed}
            columns = plain | sealed | next_version(self.work, before.version + 1)
            grouped.setdefault(tuple(columns), []).append((before.id, columns))
            changes.touch(self.entity, before.id, before, "update")
            after = before._replace(version=before.version + 1, values={**before.values, **one.values})
            changes.now[self.entity.name, before.id] = after
        for group in grouped.values():
            update_many(self.work.session, self.entity.name, group)

    # ---- rows that may not stay

    def _failed(
        self,
        changes: ChangeSet,
        fresh: Sequence[Fresh],
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

    def _alike_within_units(self, rows: Sequence[Fresh]) -> dict[int, DougongError | None]:
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

    def _repeating(self, rows: Sequence[Fresh]) -> dict[int, DougongError | None]:
        """New rows that say what a standing one says, where that is refused: each is told by itself."""
        found: dict[int, DougongError | None] = {}
        for rule in self._rules:
            marks = {one.at: mark for one in rows if (mark := marks_of(self.entity, one.values).get(rule.id))}
            known = marks_standing(self.work.session, self.entity.name, rule.id, set(marks.values()))
            found |= {at: None for at, mark in marks.items() if mark in known}
        return found

    def _refused(self, rows: Sequence[_Row]) -> int:
        """The place of the first row that is like a standing one; half of the rows where none is found."""
        fresh = [one for one in rows if isinstance(one, Fresh)]
        found: list[Fresh] = []
        for fields in dict.fromkeys(unique_columns(self.entity)):
            keys = self._keyed(fresh, fields)
            alike = rows_alike(self.work, self.entity, fields, [*keys])
            taken = [one for key, _, _ in alike for one in keys[key]]
            self._taken.setdefault(fields, set()).update(tuple(one.values[name] for name in fields) for one in taken)
            found += taken
        return min(one.at for one in found) if found else rows[len(rows) // 2].at

    def _keyed(self, rows: Sequence[Fresh], fields: Sequence[str]) -> dict[tuple[object, ...], list[Fresh]]:
        names, found = tuple(self.entity.fields), dict[tuple[object, ...], list[Fresh]]()
        for one in rows:
            stored = dict(zip(names, stored_values(self.work, self.entity, one.values), strict=True))
            key = tuple(stored[name] for name in fields)
            if None not in key:
                found.setdefault(key, []).append(one)
        return found


class _Failed(Exception):
    """Leaves a savepoint when rows in it may not stay."""
