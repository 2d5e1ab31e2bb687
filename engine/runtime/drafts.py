"""Drafts: forms half filled in, kept for the person who fills them until they are saved, thrown away, or too old.

One for each record of a person, and one for a new record of each entity. What a draft holds is never logged; what of it
its writer may still write is decided when it is taken up again. One that may hold what is sealed is sealed as a whole.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from engine.runtime.database.protocol import Session
from engine.runtime.idempotency import KEY
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert_first, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table
from engine.runtime.sealing.set_aside import set_aside, taken_out
from engine.runtime.work import Work

DRAFT = "dougong_draft"
DRAFT_TABLE = Table(
    DRAFT,
    (
        Column("user_id", PhysicalKind.INTEGER, nullable=False),
        Column("entity", PhysicalKind.TEXT, nullable=False),
        Column("record", PhysicalKind.INTEGER, nullable=False),
        Column("body", PhysicalKind.TEXT, nullable=False),
        Column("place", PhysicalKind.TEXT, nullable=False),
        Column("saved_at", PhysicalKind.INTEGER, nullable=False),
    ),
    primary_key=("user_id", "entity", "record"),
    indexes=(Index("dougong_draft__saved", ("saved_at",)),),
)
LARGEST = 400_000
"""Characters of a draft; a larger form is not kept."""
NEW = 0
"""What stands for the record of a draft that will be a new one."""
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A half-filled form: names and texts of its inputs, the mark of the browser it was written in, when."""

    pairs: Pairs
    place: str
    at: datetime


def keep_draft(work: Work, entity: str, record: int, pairs: Pairs, place: str, key: str) -> bool:
    """Keep a form as it stands in place of the draft before it; False for one that was saved meanwhile or is too large."""
    body = json.dumps(pairs, ensure_ascii=False)
    if len(body) > LARGEST or _was_saved(work, key):
        return False
    whose = _whose(work, entity, record)
    kept = set_aside(work, DRAFT, entity, record, work.context.principal.user_id, body)
    row = {"body": kept, "place": place, "saved_at": to_micros(work.context.now)}
    if not update(work.session, DRAFT, row, whose):
        insert_first(work.session, DRAFT, {**whose, **row})
    return True


def draft_of(work: Work, entity: str, record: int) -> Draft | None:
    """The caller's draft of a record, or of a new one."""
    found = select(work.session, DRAFT, ("body", "place", "saved_at"), _whose(work, entity, record))
    if not found:
        return None
    body = taken_out(work, DRAFT, entity, record, work.context.principal.user_id, str(found[0][0]))
    if body is None:
        return None
    pairs = tuple((str(name), str(text)) for name, text in json.loads(body))
    return Draft(pairs, str(found[0][1]), from_micros(int(str(found[0][2]))))


def drop_draft(work: Work, entity: str, record: int) -> None:
    """The caller's draft was saved, or is not wanted."""
    delete(work.session, DRAFT, _whose(work, entity, record))


def drop_drafts_of(session: Session, user: int) -> None:
    """All drafts of somebody who has left."""
    delete(session, DRAFT, {"user_id": user})


def _whose(work: Work, entity: str, record: int) -> dict[str, object]:
    return {"user_id": work.context.principal.user_id, "entity": entity, "record": record}


def _was_saved(work: Work, key: str) -> bool:
    """Whether the form was saved while its last draft was under way."""
    where = {"user_id": work.context.principal.user_id, "key": key}
    return bool(key) and bool(select(work.session, KEY, ("record",), where))
