"""Jobs: durable work in the app's own database, done step by step, exactly once each step inside it.

A job's step, its progress and what it writes commit together. A process claims a job for a while; the claim's number is
a fencing token: who lost it cannot store progress. A step that fails is tried again later, ever later; after
`MOST_ATTEMPTS` it is a dead letter that an administrator sees.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from engine.diagnostics import DougongError, Message
from engine.runtime.database.protocol import Row, Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import delete, insert, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table
from engine.runtime.work import Work

JOB = "dougong_job"
JOB_TABLE = Table(
    JOB,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("kind", PhysicalKind.TEXT, nullable=False),
        Column("about", PhysicalKind.TEXT, nullable=False),
        Column("payload", PhysicalKind.TEXT, nullable=False),
        Column("progress", PhysicalKind.INTEGER, nullable=False),
        Column("attempts", PhysicalKind.INTEGER, nullable=False),
        Column("problem", PhysicalKind.TEXT),
        Column("created_at", PhysicalKind.INTEGER, nullable=False),
        Column("due_at", PhysicalKind.INTEGER),
        Column("claim", PhysicalKind.INTEGER, nullable=False),
    ),
    indexes=(Index("dougong_job__due", ("due_at", "id")), Index("dougong_job__about", ("about", "created_at"))),
)
CLAIM = timedelta(seconds=30)
"""How long a process may take for a step: longer than any call outside may last."""
MOST_ATTEMPTS = 8
LONGEST_BUSY = timedelta(hours=24)
COLUMNS = ("id", "kind", "about", "payload", "progress", "attempts", "problem", "created_at", "due_at", "claim")


class StepFailed(DougongError):
    """A step that says itself how it goes on: never (`final`), or `after` so many seconds; `busy` counts as no try.

    Its code is the problem that the job keeps. What has been busy for `LONGEST_BUSY` is tried no more.
    """

    def __init__(
        self, code: str, message: Message, after: float | None = None, final: bool = False, busy: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.after = after
        self.final = final
        self.busy = busy


class ClaimLost(DougongError):
    """Another process has taken the job over; what this step wrote is rolled back."""

    code = "claim_lost"
    status = 409

    def __init__(self) -> None:
        super().__init__(Message("任务已由另一进程接手", "Another process has taken the job over"))


@dataclass(frozen=True, slots=True)
class Job:
    """Work to do: `about` is the entity that it is about, `progress` where its next step goes on."""

    id: int
    kind: str
    about: str
    payload: Mapping[str, object]
    progress: int
    attempts: int
    problem: str | None
    created_at: datetime
    due_at: datetime | None
    claim: int

    @property
    def dead(self) -> bool:
        return self.due_at is None


class JobState(StrEnum):
    """How a job does: its turn has not come, a process has it, it failed and is tried again, or it is a dead letter."""

    WAITING = "waiting"
    RUNNING = "running"
    RETRYING = "retrying"
    DEAD = "dead"


def state_of(job: Job, now: datetime) -> JobState:
    if job.due_at is None:
        return JobState.DEAD
    if job.problem is not None:
        return JobState.RETRYING
    return JobState.RUNNING if job.claim and (job.due_at > now or job.progress) else JobState.WAITING


class Step(Protocol):
    """One kind of job: does a bounded part of it in the work's transaction; the next progress, None when it is done."""

    def __call__(self, work: Work, job: Job) -> int | None: ...


def enqueue(work: Work, kind: str, about: str, payload: Mapping[str, object], due: datetime | None = None) -> int:
    """A new job, committed with whatever asks for it, for now or for when it is `due`; its id."""
    now, identity = to_micros(work.context.now), work.ids.next()
    row = {
        "id": identity,
        "kind": kind,
        "about": about,
        "payload": json.dumps(payload, ensure_ascii=False, sort_keys=True),
        "progress": 0,
        "attempts": 0,
        "problem": None,
        "created_at": now,
        "due_at": to_micros(due) if due is not None else now,
        "claim": 0,
    }
    insert(work.session, JOB, row)
    return identity


def any_due(session: Session, now: datetime) -> bool:
    return bool(select(session, JOB, ("id",), {"due_at <=": to_micros(now)}, limit=1))


def claim(session: Session, now: datetime) -> Job | None:
    """The job that is due longest, taken for `CLAIM`; None when nothing is due."""
    for row in select(session, JOB, COLUMNS, {"due_at <=": to_micros(now)}, order=("due_at", "id"), limit=5):
        job = job_of(row)
        taken = {"due_at": to_micros(now + CLAIM), "claim": job.claim + 1}
        if update(session, JOB, taken, {"id": job.id, "claim": job.claim}):
            return job_of((*row[:9], job.claim + 1))
    return None


def advance(session: Session, job: Job, progress: int | None, now: datetime) -> None:
    """Store what a step came to: go on at `progress`, or done. Raises ClaimLost, which undoes the step."""
    held = {"id": job.id, "claim": job.claim}
    if progress is None:
        kept = delete(session, JOB, held)
    else:
        kept = update(
            session, JOB, {"progress": progress, "attempts": 0, "problem": None, "due_at": to_micros(now)}, held
        )
    if not kept:
        raise ClaimLost


def hold(session: Session, job: Job, now: datetime) -> bool:
    """Keep a claim for as long again: a step that takes long is still done by this process. False when it is lost."""
    return update(session, JOB, {"due_at": to_micros(now + CLAIM)}, {"id": job.id, "claim": job.claim}) > 0


def bring_forward(session: Session, now: datetime) -> int:
    """The clock was set back: what has begun waits for times that were reckoned from later ones; their number.

    Jobs that were added under that clock are due too. Done too early, a step is fenced by its claim or fails once more.
    """
    late, at = to_micros(now + timedelta(minutes=1)), to_micros(now)
    begun = update(session, JOB, {"due_at": at}, {"claim >": 0, "due_at >": late})
    return begun + update(session, JOB, {"due_at": at, "created_at": at}, {"created_at >": late, "due_at >": late})


def free_claims(session: Session, now: datetime) -> int:
    """Make due what a process had claimed that is gone: nobody else does jobs on this database; how many."""
    at = to_micros(now)
    return update(
        session,
        JOB,
        {"due_at": at},
        {"claim >": 0, "problem is null": None, "due_at >": at, "due_at <=": to_micros(now + CLAIM)},
    )


def put_off(session: Session, job: Job, error: DougongError | str, now: datetime) -> bool:
    """A step has failed: try again later, or never; whether it is a dead letter now."""
    problem = error if isinstance(error, str) else error.code
    attempts, dead = job.attempts + 1, job.attempts + 1 >= MOST_ATTEMPTS
    wait = timedelta(seconds=2**attempts)
    if isinstance(error, StepFailed):
        wait = max(wait, timedelta(seconds=error.after or 0))
        dead = dead or error.final
        if error.busy:
            attempts, wait = job.attempts, timedelta(seconds=error.after or 60)
            dead = now - job.created_at > LONGEST_BUSY
    due = None if dead else to_micros(now + wait)
    update(session, JOB, {"attempts": attempts, "problem": problem, "due_at": due}, {"id": job.id, "claim": job.claim})
    return dead


def joined(session: Session, job: int) -> bool:
    """Whether a job waits untouched for its time: nobody begins it before this transaction ends."""
    return update(session, JOB, {"claim": 0}, {"id": job, "claim": 0}) > 0


def retry(session: Session, job: int, now: datetime) -> bool:
    """Take a dead letter up again; False when there is none of that id."""
    return update(session, JOB, {"attempts": 0, "due_at": to_micros(now)}, {"id": job, "due_at is null": None}) > 0


def hasten(session: Session, job: int, now: datetime) -> bool:
    """Take a job up now that waits for its next try; False when there is none of that id."""
    return update(session, JOB, {"due_at": to_micros(now)}, {"id": job, "problem is not null": None}) > 0


def discard(session: Session, job: int) -> Job | None:
    """Give a job up for good; the job as it was, None when there is none. A step that runs meanwhile is undone."""
    found = select(session, JOB, COLUMNS, {"id": job})
    return job_of(found[0]) if found and delete(session, JOB, {"id": job}) else None


def waiting(session: Session, limit: int = 100) -> list[Job]:
    """Jobs that are not done, oldest first."""
    return [job_of(row) for row in select(session, JOB, COLUMNS, order=("id",), limit=limit)]


def waiting_about(session: Session, entity: str, kind: str) -> bool:
    """Whether a job of `kind` about `entity` is not done, dead letters too."""
    return bool(select(session, JOB, ("id",), {"about": entity, "kind": kind}, limit=1))


def count_about(session: Session, entity: str, kind: str, most: int = 1000) -> tuple[int, int]:
    """How many jobs of `kind` about `entity` wait, and how many are dead letters, of the oldest ones."""
    rows = select(session, JOB, ("due_at",), {"about": entity, "kind": kind}, order=("created_at",), limit=most)
    dead = sum(row[0] is None for row in rows)
    return len(rows) - dead, dead


def jobs_page(session: Session, dead: bool, after: int, limit: int) -> list[Job]:
    """Dead letters, or all other jobs, oldest first, after the one of an id."""
    which = {"due_at is null" if dead else "due_at is not null": None, "id >": after}
    return [job_of(row) for row in select(session, JOB, COLUMNS, which, order=("id",), limit=limit)]


def jobs_of_kinds(session: Session, kinds: Collection[str]) -> list[Job]:
    """Jobs of these kinds that are not done, dead letters too, oldest first."""
    rows = (row for kind in kinds for row in select(session, JOB, COLUMNS, {"kind": kind}, order=("id",)))
    return sorted(map(job_of, rows), key=lambda one: one.id)


def oldest_about(session: Session, entity: str, kind: str) -> datetime | None:
    """Since when a job of `kind` about `entity` has been waiting; None without one."""
    rows = select(session, JOB, ("created_at",), {"about": entity, "kind": kind}, order=("created_at",), limit=1)
    return from_micros(int(str(rows[0][0]))) if rows else None


def job_of(row: Row) -> Job:
    """A job as it is stored."""
    identity, kind, about, payload, progress, attempts, problem, created_at, due_at, claimed = row
    return Job(
        int(str(identity)),
        str(kind),
        str(about),
        json.loads(str(payload)),
        int(str(progress)),
        int(str(attempts)),
        str(problem) if problem is not None else None,
        from_micros(int(str(created_at))),
        from_micros(int(str(due_at))) if due_at is not None else None,
        int(str(claimed)),
    )
