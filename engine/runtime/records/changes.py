"""Changes: from what was written to Changes for the sinks, with everything that follows across relations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.model.entities import Entity
from engine.model.requests import Change
from engine.runtime.instants import to_micros
from engine.runtime.records.computing import (
    Dependent,
    Route,
    compute_known_rows,
    compute_row,
    compute_rows,
    graph_of,
)
from engine.runtime.records.ownership import owner_dependents, owning_unit_of, path_to_unit
from engine.runtime.records.postponing import Reach, postpone, reached_at_once
from engine.runtime.records.sinks import SINKS
from engine.runtime.records.stored import StoredRow, cell_decoder, decoded, locked_row, update_row, updated_row
from engine.runtime.work import Work

NO_NAMES: frozenset[str] = frozenset()
Key = tuple[str, int]
"""An entity and the id of a row of it."""
DEEPEST = 32
"""Rounds of following dependencies at most; the compiler refuses cycles, so this is never reached."""


@dataclass(slots=True)
class Touched:
    """A row of this unit of work: as it was before it, None when it is new; `base` is an older version it was made from,
    `move` the transition that it takes; `foretold` are formulas that a new row was written with.
    """

    entity: Entity
    before: StoredRow | None
    action: str
    base: int | None = None
    move: str = ""
    foretold: frozenset[str] = NO_NAMES
    _named: tuple[StoredRow, tuple[str, ...]] | None = None

    def changed(self, after: StoredRow) -> tuple[str, ...]:
        """The names of what has changed since, when the row stands as `after`; found out once for each way it stands."""
        if self._named is None or self._named[0] is not after:
            self._named = after, _changed_names(self.before, after)
        return self._named[1]


@dataclass(slots=True)
class ChangeSet:
    """What a unit of work has written so far, by entity and id; `now` holds rows as they stand after the last write.

    `given` are, for new rows, the prefix of their fields' places and the fields that their writer filled.
    """

    rows: dict[Key, Touched] = field(default_factory=dict)
    given: dict[Key, tuple[str, frozenset[str]]] = field(default_factory=dict)
    now: dict[Key, StoredRow] = field(default_factory=dict)

    def touch(
        self,
        entity: Entity,
        record: int,
        before: StoredRow | None,
        action: str,
        base: int | None = None,
        foretold: frozenset[str] = NO_NAMES,
    ) -> None:
        """Remember a row as it was before the first write to it."""
        self.rows.setdefault((entity.name, record), Touched(entity, before, action, base, foretold=foretold))

    def row(self, work: Work, entity: Entity, record: int) -> StoredRow:
        """The row as it stands, kept from being changed by others until the unit of work ends."""
        key = (entity.name, record)
        if key not in self.now:
            self.now[key] = locked_row(work, entity, record)
        return self.now[key]

    def write(self, work: Work, entity: Entity, record: int, columns: Mapping[str, object]) -> None:
        """Change columns of a row, and know it as it stands then."""
        self.now[entity.name, record] = updated_row(work, entity, record, columns)

    def compute(self, work: Work, entity: Entity, record: int, fields: frozenset[str] | None) -> None:
        """Bring formulas of a row up to date: all, or those named and what follows from them."""
        row = compute_row(work, entity, record, fields)
        if row is None:
            self.now.pop((entity.name, record), None)
        else:
            self.now[entity.name, record] = decoded(work, entity, row)

    def compute_many(self, work: Work, entity: Entity, records: Sequence[int], fields: frozenset[str] | None) -> None:
        """`compute` of many rows, each as it is known then."""
        if len(records) == 1:
            self.compute(work, entity, records[0], fields)
            return
        if not all((entity.name, record) in self.now for record in records):
            for row in compute_rows(work, entity, records, fields):
                known = decoded(work, entity, row)
                self.now[entity.name, known.id] = known
            return
        for names, rows in compute_known_rows(work, entity, records, fields):
            cells = cell_decoder(work, entity, names)
            for record, *stored in rows:
                key = entity.name, int(str(record))
                was = self.now[key]
                values = {**was.values, **cells(stored)}
                self.now[key] = StoredRow(was.id, was.version, was.deleted_at, was.scope_unit, values)

    def own(self, work: Work, entity: Entity, record: int) -> None:
        """Bring the unit up to date that a row belongs to."""
        row = self.row(work, entity, record)
        unit = owning_unit_of(work, entity, row.values)
        if unit != row.scope_unit:
            update_row(work, entity, record, {"scope_unit": unit})
            self.now[entity.name, record] = row._replace(scope_unit=unit)


@dataclass(slots=True)
class _Affected:
    """What of a row has to be brought up to date: formulas by name, and whether its unit."""

    fields: set[str] = field(default_factory=set)
    owner: bool = False


def settle(work: Work, changes: ChangeSet) -> tuple[Change, ...]:
    """Compute what follows from the writes, give rows their new versions, and hand the Changes to every sink."""
    finished = follow_up(work, changes)
    tell_sinks(work, finished)
    return finished


def follow_up(work: Work, changes: ChangeSet) -> tuple[Change, ...]:
    """`settle`, but for the sinks, which `tell_sinks` tells."""
    waiting = list(changes.rows)
    outdated: dict[tuple[str, frozenset[str] | None], list[int]] = {}
    left = dict[tuple[str, frozenset[str]], frozenset[str]]()
    for entity_name, record in waiting:
        touched = changes.rows[entity_name, record]
        fields = left.get((entity_name, touched.foretold))
        if fields is None:
            fields = _outdated(work, changes, touched, record)
            if touched.foretold and fields is not None:
                left[entity_name, touched.foretold] = fields
        if fields is None or fields:
            outdated.setdefault((entity_name, fields), []).append(record)
    for (entity_name, fields), records in outdated.items():
        changes.compute_many(work, work.model.entities[entity_name], records, fields)
    for entity_name, record in waiting:
        touched = changes.rows[entity_name, record]
        if touched.before is not None and _may_move(touched, changes.row(work, touched.entity, record)):
            changes.own(work, touched.entity, record)
    return _followed(work, changes, waiting)


def tell_sinks(work: Work, finished: tuple[Change, ...]) -> None:
    for sink in SINKS:
        sink.accept(work, finished)


def _outdated(work: Work, changes: ChangeSet, touched: Touched, record: int) -> frozenset[str] | None:
    """The formulas of a touched row that read what has changed in it; None for all of them, where it comes or goes."""
    graph = graph_of(work.model)
    if touched.foretold:
        return frozenset(name for level in graph.levels[touched.entity.name] for name in level) - touched.foretold
    if touched.before is None or touched.action not in _KEEPING:
        return None
    changed = touched.changed(changes.row(work, touched.entity, record))
    return graph.reading(touched.entity.name, changed)


_KEEPING = frozenset({"update", "transition"})
"""What is done to a row that was there and stays."""


def recompute(work: Work, entity: Entity, records: Sequence[int]) -> tuple[Change, ...]:
    """Bring stored formulas of rows up to date, and all that follows; rows that do not change get no version."""
    changes = ChangeSet()
    everything = {name for level in graph_of(work.model).levels[entity.name] for name in level}
    affected = {(entity.name, record): _Affected(everything, True) for record in records}
    finished = _followed(work, changes, _recomputed(work, changes, affected))
    tell_sinks(work, finished)
    return finished


def _followed(work: Work, changes: ChangeSet, waiting: Sequence[Key]) -> tuple[Change, ...]:
    for _ in range(DEEPEST):
        waiting = _recomputed(work, changes, _affected(work, changes, waiting))
        if not waiting:
            break
    return tuple(change for key, touched in changes.rows.items() if (change := _finish(work, changes, touched, key[1])))


def _owned(entity: Entity) -> bool:
    return entity.owned_by is not None or entity.part_of is not None


def _may_move(touched: Touched, after: StoredRow) -> bool:
    """Whether what was done to a row may have given it to another unit."""
    path = path_to_unit(touched.entity)
    return bool(path) and (touched.action not in _KEEPING or path[0] in touched.changed(after))


def _affected(work: Work, changes: ChangeSet, keys: Sequence[Key]) -> dict[Key, _Affected]:
    """What depends on these rows."""
    found: dict[Key, _Affected] = {}
    unreached = _unreached(work, changes)
    followed: dict[tuple[str, bool, tuple[str, ...]], tuple[tuple[str, Dependent], ...]] = {}
    for key in keys:
        touched = changes.rows[key]
        after = changes.now.get(key) or changes.row(work, touched.entity, key[1])
        shape = key[0], touched.before is None, touched.changed(after)
        if shape not in followed:
            followed[shape] = tuple(_followed_from(work, *shape, unreached[key[0]]))
        reading = followed[shape]
        for row, name in _dependents(work, touched, key[1], after, reading) if reading else ():
            if row != key:
                if row not in found:
                    found[row] = _Affected()
                found[row].fields.add(name)
        if touched.before is not None and touched.before.scope_unit != after.scope_unit:
            for row in owner_dependents(work, touched.entity, key[1]):
                if row != key:
                    found.setdefault(row, _Affected()).owner = True
    return found


def _recomputed(work: Work, changes: ChangeSet, affected: Mapping[Key, _Affected]) -> list[Key]:
    """Compute these rows anew; those whose values that changed."""
    changed: list[Key] = []
    earlier = {key: changes.row(work, work.model.entities[key[0]], key[1]) for key in affected}
    outdated: dict[tuple[str, frozenset[str]], list[int]] = {}
    for (entity_name, record), what in affected.items():
        if what.fields:
            outdated.setdefault((entity_name, frozenset(what.fields)), []).append(record)
    for (entity_name, fields), records in outdated.items():
        changes.compute_many(work, work.model.entities[entity_name], records, fields)
    for (entity_name, record), what in affected.items():
        entity, before = work.model.entities[entity_name], earlier[entity_name, record]
        if what.owner and _owned(entity):
            changes.own(work, entity, record)
        after = changes.row(work, entity, record)
        if after.values != before.values or after.scope_unit != before.scope_unit:
            changes.touch(entity, record, before, "compute")
            changed.append((entity_name, record))
    return changed


def _followed_from(
    work: Work, entity: str, new: bool, changed: Sequence[str], unreached: frozenset[Route]
) -> Iterator[tuple[str, Dependent]]:
    """Who reads in other rows what changed in a row, by the names that changed; a new row is not led to by any route."""
    dependents = graph_of(work.model).dependents
    for name in changed:
        for one in dependents.get((entity, name), ()):
            if one.route and not (new and one.route in unreached):
                yield name, one


def _dependents(
    work: Work, touched: Touched, record: int, after: StoredRow, followed: Sequence[tuple[str, Dependent]]
) -> list[tuple[Key, str]]:
    """The rows that read what changed in a row, with the formula that does; very many are left to a job."""
    before_values = touched.before.values if touched.before else {}
    found: list[tuple[Key, str]] = []
    late: list[tuple[Reach, Dependent]] = []
    known: dict[Route, tuple[int, ...] | None] = {}
    for name, dependent in followed:
        route = dependent.route
        if route not in known:
            known[route] = reached_at_once(work, record, (before_values, after.values), route)
        reached = known[route]
        if reached is None:
            late.append((Reach(touched.entity.name, record, name, before_values, after.values), dependent))
        else:
            found += [((dependent.entity, one), dependent.field) for one in reached]
    if late:
        postpone(work, late)
    return found


def _unreached(work: Work, changes: ChangeSet) -> dict[str, frozenset[Route]]:
    """For each entity the routes from a new row to rows that point at it, as far as none can: they were not written with it."""
    written, pointing = frozenset(name for name, _ in changes.rows), graph_of(work.model).pointing
    return {
        name: frozenset(route for route in pointing.get(name, ()) if route[0].entity not in written) for name in written
    }


def _changed_names(before: StoredRow | None, after: StoredRow) -> tuple[str, ...]:
    if before is None:
        return (*[name for name, value in after.values.items() if value is not None], "deleted_at")
    old = before.values
    names = tuple([name for name, value in after.values.items() if old.get(name) != value])
    return (*names, "deleted_at") if before.deleted_at != after.deleted_at else names


def next_version(work: Work, version: int) -> dict[str, object]:
    """The columns that every change of a row sets besides its own."""
    user = work.context.principal.user_id or None
    return {"version": version, "updated_at": to_micros(work.context.now), "updated_by": user}


def _finish(work: Work, changes: ChangeSet, touched: Touched, record: int) -> Change | None:
    """The Change of a row with its next version; None when nothing changed after all."""
    after = changes.row(work, touched.entity, record)
    names = touched.changed(after)
    moved = touched.before is not None and touched.before.scope_unit != after.scope_unit
    if touched.before is not None and not names and not moved:
        return None
    version = touched.before.version + 1 if touched.before else 1
    if after.version != version:
        update_row(work, touched.entity, record, next_version(work, version))
    return Change(
        entity=touched.entity.name,
        id=record,
        version=version,
        before={**touched.before.values, "scope_unit": touched.before.scope_unit} if touched.before else None,
        after=None if touched.action == "delete" else {**after.values, "scope_unit": after.scope_unit},
        changed=names[:-1] if names and names[-1] == "deleted_at" else names,
        at=work.context.now,
        action=touched.action,
        lived=touched.before is not None and touched.before.deleted_at is None,
        lives=after.deleted_at is None,
        base=touched.base,
        move=touched.move,
        cause=work.context.cause,
    )
