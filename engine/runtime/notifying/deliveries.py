"""Deliveries: what has to be brought to whom by which channel, kept from the transaction of what it is about (the outbox).

Each delivery belongs to a job, whose id is the key under which the message leaves: what is due together for one person
and channel leaves as one message. Once it has left, its title is gone from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.model.channels import Channel
from engine.runtime.database.protocol import Session
from engine.runtime.identity.users import User, user_by_id
from engine.runtime.instants import to_micros
from engine.runtime.jobs import enqueue, joined
from engine.runtime.notifying.kinds import AT_ITS_HOUR, NoticeKind, kind_of
from engine.runtime.notifying.notifiers.installed import installed_notifiers
from engine.runtime.notifying.preferences import Preferences, preferences_of
from engine.runtime.notifying.telling import Telling
from engine.runtime.notifying.timing import due_for
from engine.runtime.rows import insert_many, select, update_many
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table
from engine.runtime.work import Work
from engine.runtime.workflow.calendar import Calendar, calendar_of

DELIVER = "deliver"
DELIVERY = "dougong_delivery"
DELIVERY_TABLE = Table(
    DELIVERY,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("job", PhysicalKind.INTEGER, nullable=False),
        Column("user_id", PhysicalKind.INTEGER, nullable=False),
        Column("channel", PhysicalKind.TEXT, nullable=False),
        Column("kind", PhysicalKind.TEXT, nullable=False),
        Column("title", PhysicalKind.TEXT, nullable=False),
        Column("made_of", PhysicalKind.TEXT, nullable=False),
        Column("level", PhysicalKind.TEXT, nullable=False),
        Column("entity", PhysicalKind.TEXT, nullable=False),
        Column("record", PhysicalKind.INTEGER, nullable=False),
        Column("link", PhysicalKind.TEXT, nullable=False),
        Column("task", PhysicalKind.INTEGER, nullable=False),
        Column("notice", PhysicalKind.INTEGER, nullable=False),
        Column("made_at", PhysicalKind.INTEGER, nullable=False),
        Column("due_at", PhysicalKind.INTEGER, nullable=False),
        Column("sent_at", PhysicalKind.INTEGER),
        Column("outcome", PhysicalKind.TEXT),
    ),
    indexes=(
        Index("dougong_delivery__job", ("job",)),
        Index("dougong_delivery__open", ("user_id", "channel", "due_at")),
        Index("dougong_delivery__sent", ("channel", "sent_at")),
        Index("dougong_delivery__record", ("record", "entity")),
    ),
)
COLUMNS = (
    "id", "job", "user_id", "channel", "kind", "title", "made_of", "level", "entity", "record", "link", "task", "notice"
)  # fmt: skip
SENT, DROPPED = "sent", "dropped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing that somebody is to be told by a channel; `task` and `notice` say what it is about in the app, or 0."""

    id: int
    job: int
    user: int
    channel: str
    kind: NoticeKind
    title: str
    made_of: tuple[str, ...]
    level: str
    entity: str
    record: int
    link: str
    task: int
    notice: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A person to tell by a channel, when."""

    user: User
    channel: Channel
    due: datetime


def plan_deliveries(work: Work, users: Sequence[int], telling: Telling, notices: Mapping[int, int]) -> None:
    """Leave in this transaction what brings a telling to people by the channels that they want it on.

    `notices` are those that stand in the app about it, by person.
    """
    channels = [one for one in work.model.channels.values() if telling.ways is None or one.type in telling.ways]
    if not channels or not users:
        return
    calendar = work.read_once("calendar", calendar_of)
    wanted = [one for user in users for one in _wanted(work, user, kind_of(telling.kind), channels, calendar)]
    shared: dict[tuple[str, datetime], int] = {}
    rows = [
        _row(work, one, telling, _job_of(work, one, telling.kind, shared), notices.get(one.user.id, 0))
        for one in wanted
    ]
    insert_many(work.session, DELIVERY, rows)


def _wanted(
    work: Work, user: int, kind: NoticeKind, channels: Sequence[Channel], calendar: Calendar
) -> Iterable[_Wanted]:
    person = user_by_id(work.session, user)
    if person is None or person.disabled:
        return
    chosen = preferences_of(work.session, user)
    zone = person.zone or chosen.zone or work.context.zone
    for channel in channels:
        if chosen.wants(channel.name, kind) and chosen.address(channel, person.account):
            yield _Wanted(person, channel, due_for(chosen, kind, work.context.now, zone, calendar.works))


def _job_of(work: Work, one: _Wanted, telling_kind: str, shared: dict[tuple[str, datetime], int]) -> int:
    """The job that a delivery leaves with: of what waits for the same person, channel and time; a group's of one telling."""
    channel, now = one.channel, work.context.now
    notifier = installed_notifiers().get(channel.notifier)
    group = notifier is not None and notifier.group
    place = (channel.name, one.due)
    if group and place in shared:
        return shared[place]
    alone = kind_of(telling_kind) in AT_ITS_HOUR
    if one.due > now and not group and not alone:
        where = {
            "user_id": one.user.id,
            "channel": channel.name,
            "due_at": to_micros(one.due),
            "kind <>": NoticeKind.REPORT.value,
            "sent_at is null": None,
        }
        for (job,) in select(work.session, DELIVERY, ("job",), where, limit=1):
            if joined(work.session, int(str(job))):
                return int(str(job))
    shared[place] = enqueue(work, DELIVER, channel.name, {}, one.due)
    return shared[place]


def _row(work: Work, one: _Wanted, telling: Telling, job: int, notice: int) -> dict[str, object]:
    return {
        "id": work.ids.next(),
        "job": job,
        "user_id": one.user.id,
        "channel": one.channel.name,
        "kind": kind_of(telling.kind).value,
        "title": telling.title,
        "made_of": " ".join(telling.made_of),
        "level": telling.level,
        "entity": telling.entity,
        "record": telling.record,
        "link": telling.link,
        "task": telling.task,
        "notice": notice,
        "made_at": to_micros(work.context.now),
        "due_at": to_micros(one.due),
        "sent_at": None,
        "outcome": None,
    }


def deliveries_of(session: Session, job: int) -> list[Delivery]:
    """What a job has to bring, oldest first."""
    return [
        _delivery(row) for row in select(session, DELIVERY, COLUMNS, {"job": job, "sent_at is null": None}, ("id",))
    ]


def close_deliveries(session: Session, deliveries: Iterable[Delivery], outcome: str, now: datetime) -> None:
    """Note that they have left, or never will; what they said is kept no longer."""
    done = {"sent_at": to_micros(now), "outcome": outcome, "title": ""}
    update_many(session, DELIVERY, [(one.id, done) for one in deliveries])


def jobs_sent_since(session: Session, channel: str, since: datetime) -> int:
    """How many messages have left by a channel since an instant; each may have brought many things."""
    where = {"channel": channel, "sent_at >": to_micros(since), "outcome": SENT}
    return len({row[0] for row in select(session, DELIVERY, ("job",), where)})


def delivered_last(session: Session, channel: str) -> int | None:
    """When (microseconds) something left a channel last; None when nothing ever did."""
    where = {"channel": channel, "sent_at is not null": None, "outcome": SENT}
    rows = select(session, DELIVERY, ("sent_at",), where, ("-sent_at",), 1)
    return int(str(rows[0][0])) if rows else None


def _delivery(row: Sequence[object]) -> Delivery:
    identity, job, user, channel, kind, title, made_of, level, entity, record, link, task, notice = row
    return Delivery(
        id=int(str(identity)),
        job=int(str(job)),
        user=int(str(user)),
        channel=str(channel),
        kind=kind_of(str(kind)),
        title=str(title),
        made_of=tuple(str(made_of).split()),
        level=str(level),
        entity=str(entity),
        record=int(str(record)),
        link=str(link),
        task=int(str(task)),
        notice=int(str(notice)),
    )


def chosen_address(session: Session, channel: Channel, user: User) -> tuple[Preferences, str]:
    """What somebody has chosen, and where a channel reaches them now."""
    chosen = preferences_of(session, user.id)
    return chosen, chosen.address(channel, user.account)
