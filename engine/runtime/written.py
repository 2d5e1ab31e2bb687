"""What somebody wrote: the records and fields that a person entered on some days, as far as they may read them still."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from engine.model.app import AppModel
from engine.model.entities import Entity, FieldKind
from engine.model.requests import Path, Record
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.query.names import TITLE, Reader, find
from engine.runtime.query.records import find_record
from engine.runtime.rows import select
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work

MOST = 30
"""What is offered at most: a choice of more is no choice on a phone."""
LOOKED_AT = 100
"""Versions of one entity that are looked at, newest first."""


@dataclass(frozen=True, slots=True)
class RecordLink:
    """A record of any entity, or one field of it; written `entity/id` and `entity/id/field`."""

    entity: str
    record: int
    field: str = ""

    @property
    def text(self) -> str:
        return f"{self.entity}/{encode_id(self.record)}" + (f"/{self.field}" if self.field else "")


@dataclass(frozen=True, slots=True)
class Written:
    """A link to what was written, the record as its writer may read it now, and when it was written."""

    link: RecordLink
    record: Record
    at: datetime


def link_of(model: AppModel, text: object) -> RecordLink | None:
    """The link that a stored text stands for; None where its entity is gone."""
    parts = str(text).split("/")
    if len(parts) not in (2, 3) or parts[0] not in model.entities:
        return None
    return RecordLink(parts[0], decode_id(parts[1]), parts[2] if len(parts) == 3 else "")


def written_on(work: Work, day: date) -> tuple[Written, ...]:
    """What the principal wrote on one day in their zone, newest first: new records whole, of others the fields they changed."""
    found: list[Written] = []
    for entity, version in _newest(work, day, day):
        record = find_record(work, entity.name, version.record)
        if record is not None:
            found += [Written(link, record, version.at) for link in _links(work, entity, version)]
    unique: dict[RecordLink, Written] = {}
    for one in found:
        unique.setdefault(one.link, one)
    return tuple(unique.values())[:MOST]


def wrote(work: Work, link: RecordLink, day: date) -> bool:
    """Whether the principal wrote this record or field on that day, and may read it still."""
    entity = work.model.entities.get(link.entity)
    if entity is None or find_record(work, link.entity, link.record, ((TITLE,),)) is None:
        return False
    begins, ends = _day(work, day)
    where = {
        "record": link.record,
        "actor": work.context.principal.user_id,
        "valid_from >=": begins,
        "valid_from <": ends,
    }
    rows = select(work.session, version_table_name(link.entity), ("action", "changed"), where)
    if not link.field:
        return any(action == "create" for action, _ in rows)
    return any(link.field in _fields(work, entity, str(changed)) for _, changed in rows)


def subjects_written_about(work: Work, since: date) -> tuple[Written, ...]:
    """Whom what the principal wrote since a day is about, the latest first: each subject once, as they may read it."""
    found: dict[RecordLink, Written] = {}
    for entity, version in _newest(work, since, work.context.today):
        link = _subject(work, entity, version.record)
        if link is not None and link not in found:
            record = find_record(work, link.entity, link.record)
            if record is not None:
                found[link] = Written(link, record, version.at)
        if len(found) == MOST:
            break
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Version:
    record: int
    action: str
    changed: str
    at: datetime


def _newest(work: Work, first: date, last: date) -> list[tuple[Entity, _Version]]:
    """The versions that the principal wrote from one day to another, newest first, of what stands for itself."""
    begins, ends = _day(work, first)[0], _day(work, last)[1]
    where = {"actor": work.context.principal.user_id, "valid_from >=": begins, "valid_from <": ends}
    reader, found = Reader(work.model, work.context), []
    for entity in work.model.entities.values():
        if entity.part_of is None and not reports(work.model, entity) and reader.access(entity.name) is not None:
            table = version_table_name(entity.name)
            rows = select(
                work.session, table, ("record", "action", "changed", "valid_from"), where, ("-valid_from",), LOOKED_AT
            )
            found += [(entity, _Version(int(str(a)), str(b), str(c), from_micros(int(str(d))))) for a, b, c, d in rows]
    return sorted(found, key=lambda one: one[1].at, reverse=True)[:LOOKED_AT]


def reports(model: AppModel, entity: Entity) -> bool:
    """Whether rows of an entity, or of its parts, only point at what was written elsewhere."""
    parts = (model.entities[one.entity] for one in entity.collections.values())
    return any(
        field.kind is FieldKind.RECORD and field.offers == "written"
        for one in (entity, *(part for part in parts if part.part_of is not None))
        for field in one.fields.values()
    )


def _links(work: Work, entity: Entity, version: _Version) -> Iterator[RecordLink]:
    if version.action == "create":
        yield RecordLink(entity.name, version.record)
    elif version.action in {"update", "transition"}:
        yield from (RecordLink(entity.name, version.record, name) for name in _fields(work, entity, version.changed))


def _fields(work: Work, entity: Entity, changed: str) -> list[str]:
    """Of what changed, the fields that people enter and that the principal may read."""
    reader = Reader(work.model, work.context)
    return [
        name
        for name in json.loads(changed)
        if name in entity.fields and not entity.fields[name].computed and find(reader, entity.name, (name,)) is not None
    ]


def _subject(work: Work, entity: Entity, record: int) -> RecordLink | None:
    """The data subject of a record; a record that others are about is its own."""
    if entity.subject is None:
        about = any(_target(work.model, one) == entity.name for one in work.model.entities.values())
        return RecordLink(entity.name, record) if about else None
    path: Path = tuple(entity.subject.split("."))
    target = _target(work.model, entity)
    if target is None or find(Reader(work.model, work.context), entity.name, path) is None:
        return None
    found = find_record(work, entity.name, record, (path,))
    value = found.cells.get(entity.subject) if found is not None else None
    return RecordLink(target, value) if isinstance(value, int) else None


def _target(model: AppModel, entity: Entity) -> str | None:
    """The entity that a path to the subject leads to."""
    current = entity.name
    for name in entity.subject.split(".") if entity.subject else ():
        field = model.entities[current].fields.get(name)
        if field is None or field.relation is None:
            return None
        current = field.relation.entity
    return current if entity.subject else None


def _day(work: Work, day: date) -> tuple[int, int]:
    """Where a day begins and ends in the context's zone, in microseconds."""
    zone = ZoneInfo(work.context.zone)
    begins = datetime.combine(day, time(), zone)
    ends = datetime.combine(date.fromordinal(day.toordinal() + 1), time(), zone)
    return to_micros(begins.astimezone(UTC)), to_micros(ends.astimezone(UTC))
