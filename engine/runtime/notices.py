"""Notices: what the app tells a person, kept until it is read; other channels are jobs of the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.runtime.database.protocol import Session
from engine.runtime.instants import to_micros
from engine.runtime.rows import insert_many, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table
from engine.runtime.work import Work

NOTICE = "dougong_notice"
NOTICE_TABLE = Table(
    NOTICE,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("user_id", PhysicalKind.INTEGER, nullable=False),
        Column("kind", PhysicalKind.TEXT, nullable=False),
        Column("title", PhysicalKind.TEXT, nullable=False),
        Column("body", PhysicalKind.TEXT, nullable=False),
        Column("entity", PhysicalKind.TEXT, nullable=False),
        Column("record", PhysicalKind.INTEGER, nullable=False),
        Column("made_at", PhysicalKind.INTEGER, nullable=False),
        Column("read_at", PhysicalKind.INTEGER),
    ),
    indexes=(
        Index("dougong_notice__user", ("user_id", "read_at", "id")),
        Index("dougong_notice__record", ("record", "entity")),
    ),
)
COLUMNS = ("id", "user_id", "kind", "title", "body", "entity", "record", "made_at", "read_at")


@dataclass(frozen=True, slots=True)
class Telling:
    """What to tell, and about which record."""

    kind: str
    title: str
    body: str
    entity: str
    record: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A message as one person has it; times are microseconds."""

    id: int
    user: int
    message: Telling
    made_at: int
    read_at: int | None


def tell(work: Work, users: Iterable[int], message: Telling) -> None:
    """Tell people something, in the transaction of what it is about."""
    now = to_micros(work.context.now)
    rows = [
        {
            "id": work.ids.next(),
            "user_id": user,
            "kind": message.kind,
            "title": message.title,
            "body": message.body,
            "entity": message.entity,
            "record": message.record,
            "made_at": now,
            "read_at": None,
        }
        for user in dict.fromkeys(users)
        if user
    ]
    insert_many(work.session, NOTICE, rows)


def notices_for(session: Session, user: int, limit: int = 50) -> list[Notice]:
    """What somebody was told, newest first."""
    return [_notice(row) for row in select(session, NOTICE, COLUMNS, {"user_id": user}, ("-id",), limit)]


def mark_read(work: Work, user: int, identity: int | None = None) -> None:
    """Note that somebody has read one notice, or all."""
    where: dict[str, object] = {"user_id": user, "read_at is null": None}
    if identity is not None:
        where["id"] = identity
    update(work.session, NOTICE, {"read_at": to_micros(work.context.now)}, where)


def _notice(row: Sequence[object]) -> Notice:
    identity, user, kind, title, body, entity, record, made_at, read_at = row
    message = Telling(str(kind), str(title), str(body), str(entity), int(str(record)))
    return Notice(
        int(str(identity)), int(str(user)), message, int(str(made_at)), None if read_at is None else int(str(read_at))
    )
