"""Tasks: what a flow asks of people now, kept as rows so that an inbox is one look. They follow from the state alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.model.flows import START, Approval, Flow
from engine.runtime.database.protocol import Session
from engine.runtime.events import Aspect, tell_beside
from engine.runtime.instants import by_the_end, to_micros
from engine.runtime.rows import insert_many, select, update
from engine.runtime.work import Work
from engine.runtime.workflow.flow_formulas import moment_of
from engine.runtime.workflow.flow_instances import Instance
from engine.runtime.workflow.flow_picking import pickers
from engine.runtime.workflow.flow_shape import step_of
from engine.runtime.workflow.flow_state import SlotStatus
from engine.runtime.workflow.flow_tables import TASK

COLUMNS = (
    "id", "instance", "token", "slot", "user_id", "kind", "flow", "step", "entity", "record", "title", "amount",
    "opened_at", "due_at", "rank_at", "read_at", "closed_at", "outcome",
)  # fmt: skip
_DONE = {SlotStatus.APPROVED: "approved", SlotStatus.REJECTED: "rejected", SlotStatus.SKIPPED: "approved"}


class TaskKind(StrEnum):
    """What a person is asked: to decide, to do something, to revise what was sent back, to choose who answers a step; or only told (a copy)."""

    APPROVAL = "approval"
    TASK = "task"
    REVISE = "revise"
    PICK = "pick"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class FlowTask:
    """Something that a flow asks of a person, or tells them (a copy). Times are microseconds.

    `rank_at` is by when the inbox counts it: what the flow's `order` gave when it was asked, else when it is due.
    """

    id: int
    instance: int
    token: int
    slot: int
    user: int
    kind: TaskKind
    flow: str
    step: str
    entity: str
    record: int
    title: str
    amount: int | None
    opened_at: int
    due_at: int | None
    rank_at: int | None
    read_at: int | None
    closed_at: int | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class _Times:
    """When a step is due, and by when its flow says that it counts."""

    due: int | None
    rank: int | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A slot whose turn it is; 0 for a step whose people are to be chosen."""

    token: int
    slot: int
    user: int
    step: str


def task(session: Session, identity: int) -> FlowTask | None:
    rows = select(session, TASK, COLUMNS, {"id": identity})
    return _task(rows[0]) if rows else None


def open_tasks(
    session: Session, user: int, limit: int = 200, after: tuple[int | None, int] | None = None
) -> list[FlowTask]:
    """What waits for an answer of somebody, by when it counts, what counts by no time last; `after` a rank and an id."""
    where = {"user_id": user, "closed_at is null": None, "kind <>": TaskKind.COPY}
    rank, last = after or (0, 0)
    ways: list[dict[str, object]] = [{"rank_at is null": None, "id >": last}]
    if rank is not None:
        ways = [{"rank_at": rank, "id >": last}, {"rank_at >": rank}, {"rank_at is null": None}]
    found: list[FlowTask] = []
    for way in ways[0 if after else -2 :]:
        if len(found) < limit:
            rows = select(session, TASK, COLUMNS, {**where, **way}, ("rank_at", "id"), limit - len(found))
            found += [_task(row) for row in rows]
    return found


def open_kinds(session: Session, user: int, most: int) -> Mapping[TaskKind, int]:
    """How many tasks of each kind wait for an answer of somebody, counted up to `most` in all."""
    where = {"user_id": user, "closed_at is null": None, "kind <>": TaskKind.COPY}
    return Counter(TaskKind(str(kind)) for (kind,) in select(session, TASK, ("kind",), where, limit=most))


def copies(session: Session, user: int, limit: int = 50) -> list[FlowTask]:
    """What somebody was told, unread first, then newest first."""
    where = {"user_id": user, "kind": TaskKind.COPY}
    found = [_task(row) for row in select(session, TASK, COLUMNS, where, ("-opened_at",), limit)]
    return sorted(found, key=lambda one: one.closed_at is not None)


def answered_tasks(session: Session, user: int, limit: int = 50) -> list[FlowTask]:
    """What somebody has answered, newest first."""
    where = {"user_id": user, "closed_at is not null": None, "kind <>": TaskKind.COPY}
    return [_task(row) for row in select(session, TASK, COLUMNS, where, ("-closed_at",), limit)]


def standing_tasks(session: Session, instance: int) -> list[FlowTask]:
    """The tasks of an instance that wait for an answer, oldest first."""
    where = {"instance": instance, "closed_at is null": None, "kind <>": TaskKind.COPY}
    return [_task(row) for row in select(session, TASK, COLUMNS, where, order=("id",))]


def asks(session: Session, instance: int, user: int) -> bool:
    """Whether an instance waits for an answer of somebody now."""
    where = {"instance": instance, "user_id": user, "closed_at is null": None, "kind <>": TaskKind.COPY}
    return bool(select(session, TASK, ("id",), where, limit=1))


def ask(work: Work, flow: Flow, row: Instance, due: Mapping[int, int | None]) -> tuple[FlowTask, ...]:
    """Make the task rows what the state says: open those whose turn it is, close the others; those newly opened.

    `due` gives the time that a token's step is due, by token.
    """
    wanted = {(one.token, one.slot, one.user): one for one in _asked(flow, row)}
    standing = {(one.token, one.slot, one.user): one for one in standing_tasks(work.session, row.id)}
    gone = [found for key, found in standing.items() if key not in wanted]
    for found in gone:
        _close(work, found, _outcome(row, found))
    new = [one for key, one in wanted.items() if key not in standing]
    rank = _rank(work, flow, row) if new else None
    opened = tuple(_new(work, flow, row, one, _Times(due.get(one.token), rank)) for one in new)
    insert_many(work.session, TASK, [_row(one) for one in opened])
    tell_beside(work, row.entity, row.record, Aspect.ASKED, [one.user for one in (*gone, *opened)])
    return opened


def copy_to(work: Work, row: Instance, step: str, users: Iterable[int]) -> tuple[FlowTask, ...]:
    """Tell people of an instance: a task that reading closes."""
    now = to_micros(work.context.now)
    told = tuple(
        FlowTask(
            work.ids.next(),
            row.id,
            0,
            0,
            user,
            TaskKind.COPY,
            row.flow,
            step,
            row.entity,
            row.record,
            row.title,
            row.amount,
            now,
            None,
            None,
            None,
            None,
            None,
        )
        for user in dict.fromkeys(users)
    )
    insert_many(work.session, TASK, [_row(one) for one in told])
    tell_beside(work, row.entity, row.record, Aspect.ASKED, [one.user for one in told])
    return told


def close(work: Work, found: FlowTask, outcome: str) -> None:
    _close(work, found, outcome)
    tell_beside(work, found.entity, found.record, Aspect.ASKED, (found.user,))


def _close(work: Work, found: FlowTask, outcome: str) -> None:
    values = {"closed_at": to_micros(work.context.now), "outcome": outcome}
    update(work.session, TASK, values, {"id": found.id, "closed_at is null": None})


def mark_read(work: Work, found: FlowTask) -> None:
    """Note that a task was looked at; a copy is done with that."""
    now = to_micros(work.context.now)
    update(work.session, TASK, {"read_at": now}, {"id": found.id, "read_at is null": None})
    if found.kind is TaskKind.COPY and found.closed_at is None:
        close(work, found, "read")


def _asked(flow: Flow, row: Instance) -> Iterable[_Asked]:
    for token in row.state.tokens:
        if token.unpicked:
            yield from (_Asked(token.id, 0, one, token.step) for one in pickers(step_of(flow, token.step), row))
        for slot in token.slots:
            if slot.status is SlotStatus.ACTIVE:
                yield _Asked(token.id, slot.id, slot.user, token.step)


def _outcome(row: Instance, found: FlowTask) -> str:
    """How a task ended: as its slot did, else it is no longer asked."""
    token = row.state.token(found.token)
    slot = token.slot(found.slot) if token else None
    return _DONE.get(slot.status, "dropped") if slot and slot.user == found.user else "dropped"


def _new(work: Work, flow: Flow, row: Instance, one: _Asked, times: _Times) -> FlowTask:
    return FlowTask(
        work.ids.next(), row.id, one.token, one.slot, one.user, _kind(flow, one), row.flow, one.step, row.entity, row.record,
        row.title, row.amount, to_micros(work.context.now), times.due, times.rank or times.due, None, None, None,
    )  # fmt: skip


def _rank(work: Work, flow: Flow, row: Instance) -> int | None:
    """By when the flow says that what it asks counts; a day counts by its end."""
    if flow.order is None:
        return None
    found = moment_of(work, row.entity, row.record, flow.order)
    return by_the_end(found, work.context.zone) if found is not None else None


def _kind(flow: Flow, one: _Asked) -> TaskKind:
    step = step_of(flow, one.step)
    if one.step == START:
        return TaskKind.REVISE
    if not one.slot:
        return TaskKind.PICK
    return TaskKind.APPROVAL if step is not None and isinstance(step.action, Approval) else TaskKind.TASK


def _row(one: FlowTask) -> dict[str, object]:
    return {name: one.user if name == "user_id" else getattr(one, name) for name in COLUMNS}


def _task(row: Sequence[object]) -> FlowTask:
    found = dict(zip(COLUMNS, row, strict=True))

    def text(name: str) -> str:
        return str(found[name])

    def number(name: str) -> int:
        return int(str(found[name]))

    def maybe(name: str) -> int | None:
        return None if found[name] is None else int(str(found[name]))

    return FlowTask(
        id=number("id"),
        instance=number("instance"),
        token=number("token"),
        slot=number("slot"),
        user=number("user_id"),
        kind=TaskKind(text("kind")),
        flow=text("flow"),
        step=text("step"),
        entity=text("entity"),
        record=number("record"),
        title=text("title"),
        amount=maybe("amount"),
        opened_at=number("opened_at"),
        due_at=maybe("due_at"),
        rank_at=maybe("rank_at"),
        read_at=maybe("read_at"),
        closed_at=maybe("closed_at"),
        outcome=None if found["outcome"] is None else text("outcome"),
    )
