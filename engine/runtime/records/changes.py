"""Changes: from what was written to Changes for the sinks, with everything that follows across relations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from engine.model.entities import Entity
from engine.model.requests import Change
from engine.runtime.instants import to_micros
from engine.runtime.records.computing import Dependent, compute_rows, graph_of
from engine.runtime.records.ownership import owner_dependents, owning_unit
from engine.runtime.records.postponing import Reach, postpone, reached_at_once
from engine.runtime.records.sinks import SINKS
from engine.runtime.records.stored import StoredRow, stored_row, update_row
from engine.runtime.work import Work

DEEPEST = 32
"""Rounds of following dependencies at most; the compiler refuses cycles, so this is never reached."""


@dataclass(slots=True)
class Touched:
    """A row of this unit of work: as it was before it, None when it is new."""

    entity: Entity
    before: StoredRow | None
    action: str


@dataclass(slots=True)
class ChangeSet:
    """What a unit of work has written so far, by entity and id."""

    rows: dict[tuple[str, int], Touched] = field(default_factory=dict)

    def touch(self, entity: Entity, record: int, before: StoredRow | None, action: str) -> None:
        """Remember a row as it was before the first write to it."""
        self.rows.setdefault((entity.name, record), Touched(entity, before, action))


def settle(work: Work, changes: ChangeSet) -> tuple[Change, ...]:
    """Compute what follows from the writes, give rows their new versions, and hand the Changes to every sink."""
    waiting = list(changes.rows)
    for entity_name, record in waiting:
        _bring_up_to_date(work, changes.rows[entity_name, record].entity, record)
    return _settled(work, changes, waiting)


def recompute(work: Work, entity: Entity, records: Sequence[int]) -> tuple[Change, ...]:
    """Bring stored formulas of rows up to date, and all that follows; rows that do not change get no version."""
    changes = ChangeSet()
    changed = _recomputed(work, changes, [(entity.name, record) for record in records])
    return _settled(work, changes, changed)


def _settled(work: Work, changes: ChangeSet, waiting: Sequence[tuple[str, int]]) -> tuple[Change, ...]:
    for _ in range(DEEPEST):
        waiting = _follow(work, changes, waiting)
        if not waiting:
            break
    finished = tuple(change for key in changes.rows if (change := _finish(work, changes.rows[key], key[1])) is not None)
    for sink in SINKS:
        sink.accept(work, finished)
    return finished


def _bring_up_to_date(work: Work, entity: Entity, record: int) -> None:
    compute_rows(work, entity, (record,))
    if entity.owned_by is not None or entity.part_of is not None:
        update_row(work, entity, record, {"scope_unit": owning_unit(work, entity, record)})


def _follow(work: Work, changes: ChangeSet, keys: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Recompute the rows that depend on these; the rows whose values that changed."""
    affected: dict[tuple[str, int], None] = {}
    for key in keys:
        for dependent in _dependents(work, changes.rows[key], key[1]):
            if dependent != key:
                affected[dependent] = None
    return _recomputed(work, changes, affected)


def _recomputed(work: Work, changes: ChangeSet, affected: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Compute these rows anew; those whose values that changed."""
    changed: list[tuple[str, int]] = []
    for entity_name, record in affected:
        entity = work.model.entities[entity_name]
        before = stored_row(work, entity, record)
        known = (entity_name, record) in changes.rows
        _bring_up_to_date(work, entity, record)
        after = stored_row(work, entity, record)
        if after.values != before.values or after.scope_unit != before.scope_unit:
            if not known:
                changes.touch(entity, record, before, "compute")
            changed.append((entity_name, record))
    return changed


def _dependents(work: Work, touched: Touched, record: int) -> list[tuple[str, int]]:
    after = stored_row(work, touched.entity, record)
    before_values = touched.before.values if touched.before else {}
    found: list[tuple[str, int]] = []
    late: list[tuple[Reach, Dependent]] = []
    graph = graph_of(work.model)
    for name in _changed_names(touched, after):
        reach = Reach(touched.entity.name, record, name, before_values, after.values)
        for dependent in graph.dependents.get((touched.entity.name, name), ()):
            reached = reached_at_once(work, reach, dependent) if dependent.route else ()
            if reached is None:
                late.append((reach, dependent))
            else:
                found += [(dependent.entity, one) for one in reached]
    postpone(work, late)
    if touched.before is None or touched.before.scope_unit != after.scope_unit:
        found += owner_dependents(work, touched.entity, record)
    return found


def _changed_names(touched: Touched, after: StoredRow) -> tuple[str, ...]:
    before = touched.before
    if before is None:
        return (*(name for name, value in after.values.items() if value is not None), "deleted_at")
    names = tuple(name for name, value in after.values.items() if before.values.get(name) != value)
    return (*names, "deleted_at") if before.deleted_at != after.deleted_at else names


def _finish(work: Work, touched: Touched, record: int) -> Change | None:
    """The Change of a row with its next version; None when nothing changed after all."""
    after = stored_row(work, touched.entity, record)
    names = _changed_names(touched, after)
    moved = touched.before is not None and touched.before.scope_unit != after.scope_unit
    if touched.before is not None and not names and not moved:
        return None
    version = touched.before.version + 1 if touched.before else 1
    now = to_micros(work.context.now)
    user = work.context.principal.user_id or None
    update_row(work, touched.entity, record, {"version": version, "updated_at": now, "updated_by": user})
    return Change(
        entity=touched.entity.name,
        id=record,
        version=version,
        before={**touched.before.values, "scope_unit": touched.before.scope_unit} if touched.before else None,
        after=None if touched.action == "delete" else {**after.values, "scope_unit": after.scope_unit},
        changed=tuple(name for name in names if name != "deleted_at"),
        at=work.context.now,
        action=touched.action,
    )
