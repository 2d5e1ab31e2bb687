"""Undoing an import: rows that it made are deleted, rows that it changed get back what they held, unless changed since.

What an import wrote is read from the row versions, which name it as their run. What is taken back is a change like every
other: it has its version, its event, its place in figures and search. A row that somebody has changed since, or that others
point at, is left and told.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from engine.diagnostics import DougongError, Message
from engine.model.entities import Entity, OnDelete
from engine.model.errors import ValidationFailed
from engine.runtime.records.changes import ChangeSet, next_version, settle
from engine.runtime.records.clashes import guarded
from engine.runtime.records.mass_removal import remove_plain, removed_plainly
from engine.runtime.records.removal import delete_all, pointing_at
from engine.runtime.records.stored import columns_of, decoded, encoded, update_row
from engine.runtime.rows import select
from engine.runtime.sealing.rows import version_values
from engine.runtime.storage.json import parse_json
from engine.runtime.storage.tables import version_table_name
from engine.runtime.transfer.tables import Refused
from engine.runtime.work import Work

UNDO = "import_undo"
STEP = 5_000
"""Rows that are taken back in one transaction."""
CHANGED = Message("导入后已被修改，保留现状", "Changed since the import; left as it is")
POINTED_AT = Message("已有其他记录引用，保留现状", "Other records point at it; left as it is")


@dataclass(frozen=True, slots=True)
class Taken:
    """What one step took back, which rows it left and why, and behind which record the next begins; None at the end."""

    undone: int
    kept: list[Refused]
    place: int | None


@dataclass(slots=True)
class _Written:
    """What an import did to one row: whether it made it, its last version of it, and what the row held before."""

    made: bool = False
    last: int = 0
    held: dict[str, object] | None = None


def take_back(work: Work, entity: Entity, run: str, after: int) -> Taken:
    """Take back the next rows of a run, by their ids from behind one."""
    table = version_table_name(entity.name)
    columns = ("record", "version", "action", "changed", "before")
    where = {"run": run, "record >": after, "cause <>": UNDO}
    rows = select(work.session, table, columns, where, ("record", "version"), STEP)
    last = len(rows) < STEP
    end = int(str(rows[-1][0])) if rows else after
    if not last and int(str(rows[0][0])) != end:
        rows = [row for row in rows if row[0] != end]  # perhaps not all versions of it
        end = int(str(rows[-1][0]))
    written = _written(work, entity, rows)
    living = {"id in": [*written], "deleted_at is null": None}
    standing = {
        int(str(record)): int(str(version))
        for record, version in select(work.session, entity.name, ("id", "version"), living, lock=True)
    }
    since = _changed_since(work, entity, {at: one for at, one in written.items() if at in standing}, standing, run)
    made = [at for at, one in written.items() if one.made and at in standing and at not in since]
    pointed = _pointed_at(work, entity, made, run)
    kept = [_left(work, at, CHANGED) for at in sorted(since)] + [_left(work, at, POINTED_AT) for at in sorted(pointed)]
    gone = [at for at in made if at not in pointed]
    back = [at for at, one in written.items() if not one.made and at in standing and at not in since]
    _delete(work, entity, gone)
    if last:
        _delete_parts(work, entity, run)
    refused = [_left(work, at, words) for at, words in _put_back(work, entity, back, written)]
    return Taken(len(gone) + len(back) - len(refused), kept + refused, None if last else end)


def _left(work: Work, record: int, words: Message) -> Refused:
    return Refused(work.ids.next(), 0, (), (("", words),), record)


def _written(work: Work, entity: Entity, rows: Sequence[Sequence[object]]) -> dict[int, _Written]:
    """What a run did, by record; rows that it only computed anew are left out."""
    found: dict[int, _Written] = {}
    for record, version, action, changed, before in rows:
        one = found.setdefault(int(str(record)), _Written())
        one.last = int(str(version))
        if action == "create":
            one.made = True
        elif action in {"update", "transition"} and before is not None:
            held = version_values(work, entity, int(str(record)), before)
            names = json.loads(str(changed))
            one.held = {name: held.get(name) for name in names} | (one.held or {})
    return {record: one for record, one in found.items() if one.made or one.held is not None}


def _changed_since(
    work: Work, entity: Entity, written: Mapping[int, _Written], standing: Mapping[int, int], run: str
) -> set[int]:
    """The rows of which somebody has written a version after the run's last one; what was only computed is none."""
    later = [at for at, one in written.items() if standing[at] != one.last]
    if not later:
        return set()
    columns = ("record", "version", "action", "run")
    rows = select(work.session, version_table_name(entity.name), columns, {"record in": later})
    return {
        int(str(record))
        for record, version, action, by in rows
        if int(str(version)) > written[int(str(record))].last and action != "compute" and by != run
    }


def _pointed_at(work: Work, entity: Entity, records: Sequence[int], run: str) -> set[int]:
    """The rows that living rows point at which do not go with them."""
    found: set[int] = set()
    going = set(records)
    for holder, field in pointing_at(work.model, entity.name) if records else ():
        between = {f"{field.name} >=": min(records), f"{field.name} <=": max(records)}
        if not select(work.session, holder.name, ("id",), between, limit=1):
            continue  # ids of one import stand beside each other: mostly one look says that nobody points at any
        where = {f"{field.name} in": list(records), "deleted_at is null": None}
        pointing = {
            int(str(record)): int(str(target))
            for record, target in select(work.session, holder.name, ("id", field.name), where)
        }
        own = going if holder.name == entity.name else set[int]()
        if field.relation is not None and field.relation.on_delete is OnDelete.CASCADE:
            own = own | _of_run(work, holder, pointing.keys() - own, run)
        found |= {target for record, target in pointing.items() if record not in own}
    return found


def _of_run(work: Work, entity: Entity, records: Collection[int], run: str) -> set[int]:
    """The rows that were made by a run, and by nobody changed since."""
    if not records:
        return set()
    columns, where = ("record", "run", "action"), {"record in": sorted(records)}
    rows = select(work.session, version_table_name(entity.name), columns, where)
    return set(records) - {int(str(record)) for record, by, action in rows if by != run and action != "compute"}


def _delete(work: Work, entity: Entity, records: Sequence[int]) -> None:
    if removed_plainly(work, entity):
        remove_plain(work, entity, records)
    else:
        delete_all(work, entity, records)


def _delete_parts(work: Work, entity: Entity, run: str) -> None:
    """Delete the parts that a run added to rows that stood before; those that somebody has changed since stay."""
    for collection in entity.collections.values():
        part = work.model.entities[collection.entity]
        if part.part_of == collection.by:
            where = {"run": run, "cause <>": UNDO, "action": "create"}
            made = {int(str(row[0])) for row in select(work.session, version_table_name(part.name), ("record",), where)}
            living = select(work.session, part.name, ("id",), {"id in": sorted(made), "deleted_at is null": None})
            delete_all(work, part, sorted(_of_run(work, part, {int(str(row[0])) for row in living}, run)))


def _put_back(
    work: Work, entity: Entity, records: Sequence[int], written: Mapping[int, _Written]
) -> Iterator[tuple[int, Message]]:
    """Give rows what they held; those that cannot have it, with the reason."""
    changes = ChangeSet()
    rows = select(work.session, entity.name, columns_of(entity), {"id in": list(records)}) if records else []
    standing = {one.id: one for one in (decoded(work, entity, row) for row in rows)}
    for record in records:
        before, held = standing[record], written[record].held or {}
        fields = {name: entity.fields[name] for name in held if name in entity.fields}
        values = {name: parse_json(held[name], one) for name, one in fields.items() if not one.computed}
        changed = {name: value for name, value in values.items() if before.values.get(name) != value}
        if not changed:
            continue
        row = {**encoded(work, entity, before, changed), **next_version(work, before.version + 1)}
        try:
            with work.savepoint():
                guarded(partial(update_row, work, entity, record, row))
        except DougongError as error:
            if error.status >= 500:
                raise
            problems = error.problems if isinstance(error, ValidationFailed) else ()
            yield record, problems[0].message if problems else error.message
            continue
        changes.touch(entity, record, before, "update")
        after = before._replace(version=before.version + 1, values={**before.values, **changed})
        changes.now[entity.name, record] = after
    if changes.rows:
        settle(work, changes)
