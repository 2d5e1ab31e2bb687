"""History: who changed which field of a record, when, from what to what, with today's rights of the reader."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.model.access import READABLE
from engine.model.entities import REFERENCE_KINDS, Entity, Field
from engine.model.requests import Record
from engine.runtime.identifiers import encode_id
from engine.runtime.instants import from_micros
from engine.runtime.query.picker import pick
from engine.runtime.query.rights import field_rights
from engine.runtime.rows import select
from engine.runtime.sealing.rows import version_values
from engine.runtime.storage.json import parse_json
from engine.runtime.storage.tables import version_table_name
from engine.runtime.whole_versions import whole_version
from engine.runtime.work import Work

COLUMNS = ("version", "valid_from", "action", "actor", "changed", "before", "after")
MOST_MET = 200


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One field of one change; `field` is empty for a creation, deletion or restoration as a whole."""

    at: datetime
    actor: str
    action: str
    version: int
    field: str
    old: object
    new: object
    old_title: str | None = None
    new_title: str | None = None


def history(work: Work, entity: str, record: int, limit: int = 200) -> tuple[HistoryEntry, ...]:
    """The changes of a record, newest first. Raises NotFound for a row out of the reader's scope."""
    declared = work.model.entities[entity]
    rights = field_rights(work, entity, record)
    rows = select(work.session, version_table_name(entity), COLUMNS, {"record": record}, ("-version",), limit)
    entries: list[HistoryEntry] = []
    for version, at, action, actor, changed, before, after in rows:
        stamp = (from_micros(int(str(at))), _actor(work, actor), str(action), int(str(version)))
        if action in {"create", "delete", "restore"}:
            entries.append(HistoryEntry(*stamp, field="", old=None, new=None))
            continue
        names = [name for name in json.loads(str(changed)) if rights.get(name) in READABLE and name in declared.fields]
        was, then = (version_values(work, declared, record, one) if names else {} for one in (before, after))
        entries += _fields(work, declared, stamp, names, was, then)
    return tuple(entries)


def as_it_was(work: Work, now: Record, version: int) -> Record | None:
    """A record as one of its versions has it, as far as its reader may read it today; None for one that is not kept."""
    declared, rights = work.model.entities[now.entity], field_rights(work, now.entity, now.id)
    found = whole_version(work, declared, now.id, version)
    if found is None:
        return None
    after, cells = version_values(work, declared, now.id, found), dict[str, object]()
    for name, field in declared.fields.items():
        if rights.get(name) in READABLE:
            cells[name] = parse_json(after.get(name), field)
            cells[f"{name}.@title"] = _title(work, declared, field, cells[name])
    return Record(now.entity, now.id, version, cells)


def earlier_values(work: Work, entity: str, record: int, field: str, since: int) -> list[object]:
    """What a field held, as JSON, before each change of it from the version `since` on: for who may read it there."""
    where = {"record": record, "version >=": since}
    rows = select(work.session, version_table_name(entity), ("before",), where, ("version",), MOST_MET)
    held = (version_values(work, work.model.entities[entity], record, row[0]) for row in rows)
    return [values[field] for values in held if field in values]


@dataclass(frozen=True, slots=True)
class HistoryVersion:
    """One change of a record with all its fields that the reader may read.

    `beside` names who had changed other fields since the version that the writer had read: the two were merged. `over`
    are fields that others had changed, too, and that the writer decided to set.
    """

    at: datetime
    actor: str
    action: str
    version: int
    changes: tuple[HistoryEntry, ...]
    beside: tuple[str, ...] = ()
    over: tuple[str, ...] = ()


WHOLE = frozenset({"create", "delete", "restore"})


def history_versions(
    work: Work, entity: str, record: int, before: int | None = None, limit: int = 50
) -> tuple[tuple[HistoryVersion, ...], int | None]:
    """The changes of a record, newest first, from below the version `before`; and from where to go on, None at the end.

    A change of nothing that the reader may read is left out. Raises NotFound for a row out of scope.
    """
    declared, rights = work.model.entities[entity], field_rights(work, entity, record)
    where = {"record": record} | ({"version <": before} if before is not None else {})
    columns = (*COLUMNS, "base")
    rows = select(work.session, version_table_name(entity), columns, where, ("-version",), limit + 1)
    known = frozenset(name for name, right in rights.items() if right in READABLE and name in declared.fields)
    found = (_version(work, declared, record, row, known) for row in rows[:limit])
    following = int(str(rows[limit - 1][0])) if len(rows) > limit else None
    return tuple(one for one in found if one is not None), following


def _version(
    work: Work, entity: Entity, record: int, row: Sequence[object], known: frozenset[str]
) -> HistoryVersion | None:
    version, at, action, actor, changed, before, after, base = row
    stamp = (from_micros(int(str(at))), _actor(work, actor), str(action), int(str(version)))
    names = [name for name in json.loads(str(changed)) if name in known]
    if str(action) in WHOLE:
        return HistoryVersion(*stamp, changes=())
    if not names:
        return None
    beside, over = _met(work, entity, record, (base, int(str(version))), known, frozenset(names))
    was, then = (version_values(work, entity, record, one) for one in (before, after))
    return HistoryVersion(*stamp, tuple(_fields(work, entity, stamp, names, was, then)), beside, over)


def _met(
    work: Work, entity: Entity, record: int, span: tuple[object, int], known: frozenset[str], own: frozenset[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who had changed what between the version that a writer had read and the one that was written."""
    base, version = span
    if base is None:
        return (), ()
    where = {"record": record, "version >": base, "version <": version}
    rows = select(work.session, version_table_name(entity.name), ("actor", "changed"), where, ("version",), MOST_MET)
    written = {name for name in known if not entity.fields[name].computed}
    theirs = [(actor, written.intersection(json.loads(str(changed)))) for actor, changed in rows]
    over = sorted({name for _, names in theirs for name in names & own})
    return tuple(dict.fromkeys(_actor(work, actor) for actor, names in theirs if names)), tuple(over)


def _fields(
    work: Work,
    entity: Entity,
    stamp: tuple[datetime, str, str, int],
    names: list[str],
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> Iterator[HistoryEntry]:
    for name in names:
        field = entity.fields[name]
        old, new = parse_json(before.get(name), field), parse_json(after.get(name), field)
        yield HistoryEntry(
            *stamp,
            field=name,
            old=old,
            new=new,
            old_title=_title(work, entity, field, old),
            new_title=_title(work, entity, field, new),
        )


def _title(work: Work, entity: Entity, field: Field, value: object) -> str | None:
    if field.kind not in REFERENCE_KINDS or not isinstance(value, int):
        return None
    found = pick(work, entity.name, field.name, "", 1, only=encode_id(value))
    return found[0].label if found else None


def _actor(work: Work, user: object) -> str:
    if user is None:
        return "系统" if work.context.language == "zh" else "System"
    found = select(work.session, "dougong_user", ("name",), {"id": user})
    return str(found[0][0]) if found else "—"
