"""Notices: what the app tells a person, kept until it is read; what other channels bring is left in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.runtime.database.protocol import Session
from engine.runtime.instants import to_micros
from engine.runtime.notifying.deliveries import plan_deliveries
from engine.runtime.notifying.telling import Telling
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
        Column("link", PhysicalKind.TEXT),
        Column("made_at", PhysicalKind.INTEGER, nullable=False),
        Column("read_at", PhysicalKind.INTEGER),
    ),
    indexes=(
        Index("dougong_notice__user", ("user_id", "read_at", "id")),
        Index("dougong_notice__record", ("record", "entity")),
    ),
)
COLUMNS = ("id", "user_id", "kind", "title", "body", "entity", "record", "link", "made_at", "read_at")


@dataclass(frozen=True, slots=True)
class Notice:
    """A message as one person has it; times are microseconds."""

    id: int
    user: int
    message: Telling
    made_at: int
    read_at: int | None


def tell(work: Work, users: Iterable[int], message: Telling) -> None:
    """Tell people something in the app and by their channels, in the transaction of what it is about."""
    people = [user for user in dict.fromkeys(users) if user]
    notices = {user: work.ids.next() for user in people}
    insert_many(work.session, NOTICE, [_row(work, identity, user, message) for user, identity in notices.items()])
    plan_deliveries(work, people, message, notices)


def tell_outside(work: Work, users: Iterable[int], message: Telling) -> None:
    """Tell people by their channels alone: in the app it stands elsewhere, such as among their tasks."""
    plan_deliveries(work, [user for user in dict.fromkeys(users) if user], message, {})


def _row(work: Work, identity: int, user: int, message: Telling) -> dict[str, object]:
    return {
        "id": identity,
        "user_id": user,
        "kind": message.kind,
        "title": message.title,
        "body": message.body,
        "entity": message.entity,
        "record": message.record,
        "link": message.link or None,
        "made_at": to_micros(work.context.now),
        "read_at": None,
    }


def unread(session: Session, notice: int) -> bool:
    """Whether somebody still has a notice to read."""
    return bool(select(session, NOTICE, ("id",), {"id": notice, "read_at is null": None}))


def unread_count(session: Session, user: int, most: int = 100) -> int:
    """How many notices somebody has not read, counted up to `most`."""
    return len(select(session, NOTICE, ("id",), {"user_id": user, "read_at is null": None}, limit=most))


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
    identity, user, kind, title, body, entity, record, link, made_at, read_at = row
    message = Telling(str(kind), str(title), str(body), str(entity), int(str(record)), str(link) if link else "")
    return Notice(
        int(str(identity)), int(str(user)), message, int(str(made_at)), None if read_at is None else int(str(read_at))
    )
