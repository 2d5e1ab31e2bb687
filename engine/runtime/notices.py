"""Notices: what the app tells a person, kept until it is read; what other channels bring is left in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.diagnostics import Message
from engine.runtime.access.telling import readable_of
from engine.runtime.database.protocol import Session
from engine.runtime.events import Aspect, tell_beside
from engine.runtime.instants import to_micros
from engine.runtime.metrics.sources import figures_for
from engine.runtime.notifying.deliveries import plan_deliveries
from engine.runtime.notifying.kinds import WORDS, kind_of
from engine.runtime.notifying.telling import Telling
from engine.runtime.query.names import Reader
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
        Column("made_of", PhysicalKind.TEXT),
        Column("made_at", PhysicalKind.INTEGER, nullable=False),
        Column("read_at", PhysicalKind.INTEGER),
    ),
    indexes=(
        Index("dougong_notice__user", ("user_id", "read_at", "id")),
        Index("dougong_notice__record", ("record", "entity")),
    ),
)
UNREADABLE = Message("（无权查看）", " (not yours to read)")
COLUMNS = ("id", "user_id", "kind", "title", "body", "entity", "record", "link", "made_of", "made_at", "read_at")


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
    tell_beside(work, message.entity, message.record, Aspect.TOLD, people)
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
        "made_of": " ".join(dict.fromkeys((*message.made_of, *message.body_of))) or None,
        "made_at": to_micros(work.context.now),
        "read_at": None,
    }


def people_told(session: Session, entity: str, record: int) -> frozenset[int]:
    """Who was told something of a record in the app."""
    rows = select(session, NOTICE, ("user_id",), {"record": record, "entity": entity})
    return frozenset(int(str(row[0])) for row in rows)


def unread(session: Session, notice: int) -> bool:
    """Whether somebody still has a notice to read."""
    return bool(select(session, NOTICE, ("id",), {"id": notice, "read_at is null": None}))


def unread_count(session: Session, user: int, most: int = 100) -> int:
    """How many notices somebody has not read, counted up to `most`."""
    return len(select(session, NOTICE, ("id",), {"user_id": user, "read_at is null": None}, limit=most))


def notices_for(session: Session, user: int, limit: int = 50) -> list[Notice]:
    """What somebody was told, newest first."""
    return [_notice(row) for row in select(session, NOTICE, COLUMNS, {"user_id": user}, ("-id",), limit)]


def readable_notices(work: Work, user: int, limit: int = 50) -> list[Notice]:
    """What somebody was told, newest first: of what they may not read any more, that it was there and no word of it.

    The rights are looked up with one statement for each entity.
    """
    found = notices_for(work.session, user, limit)
    asked: dict[str, dict[int, frozenset[str]]] = {}
    for said in (one.message for one in found if one.message.made_of):
        rows = asked.setdefault(said.entity, {})
        rows[said.record] = rows.get(said.record, frozenset()).union(said.made_of)
    readable = {name: readable_of(work, name, rows) for name, rows in asked.items() if name in work.model.entities}
    if "" in asked:
        readable[""] = {0: frozenset(figures_for(Reader(work.model, work.context)))}
    return [_as_readable(work, one, readable) for one in found]


def _as_readable(work: Work, one: Notice, readable: Mapping[str, Mapping[int, frozenset[str]]]) -> Notice:
    said = one.message
    if readable.get(said.entity, {}).get(said.record, frozenset()).issuperset(said.made_of):
        return one
    entity = work.model.entities.get(said.entity)
    label = (entity.label if entity is not None else WORDS[kind_of(said.kind)]).text(work.context.language)
    return replace(one, message=replace(said, title=label + UNREADABLE.text(work.context.language), body=""))


def forget_bodies(session: Session, entity: str, record: int, link: str) -> None:
    """Take the words out of notices that lead to something which was taken away."""
    update(session, NOTICE, {"body": ""}, {"record": record, "entity": entity, "link": link})


def mark_read(work: Work, user: int, identity: int | None = None) -> None:
    """Note that somebody has read one notice, or all."""
    where: dict[str, object] = {"user_id": user, "read_at is null": None}
    if identity is not None:
        where["id"] = identity
    if update(work.session, NOTICE, {"read_at": to_micros(work.context.now)}, where):
        tell_beside(work, "", 0, Aspect.TOLD, (user,))


def _notice(row: Sequence[object]) -> Notice:
    identity, user, kind, title, body, entity, record, link, made_of, made_at, read_at = row
    paths = tuple(str(made_of).split()) if made_of else ()
    message = Telling(
        str(kind), str(title), str(body), str(entity), int(str(record)), str(link) if link else "", made_of=paths
    )
    return Notice(
        int(str(identity)), int(str(user)), message, int(str(made_at)), None if read_at is None else int(str(read_at))
    )
