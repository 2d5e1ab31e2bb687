"""Keeping roll-ups: what is not built is built, and what writes have appended since is folded."""

from __future__ import annotations

from engine.model.app import AppModel
from engine.model.entities import Entity
from engine.model.rollups import Rollup, rollups_of
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import StatementCache
from engine.runtime.facts.epoch import begin_epoch
from engine.runtime.jobs import Job, enqueue, waiting_about
from engine.runtime.rollups.building import ROWS_A_STEP, build_next
from engine.runtime.rollups.state import built_cells, forget, forget_undeclared, unbuilt
from engine.runtime.rollups.statements import folding
from engine.runtime.rows import delete, select
from engine.runtime.storage.rollup_tables import ID, KEY, ROWS, SPLIT
from engine.runtime.work import Work

BUILD, FOLD = "rollup_build", "rollup_fold"
DELTAS_A_STEP = 5_000
ENOUGH = 500
"""Deltas that wait before they are folded: fewer cost a reader less than a millisecond."""
_FOLDING = StatementCache(1000)


def build_step(work: Work, job: Job) -> int | None:
    """Count the next rows of the job's entity. Satisfies engine.runtime.jobs.Step."""
    rollup = rollups_of(work.model).get(job.about)
    return build_next(work.session, work.model.entities[job.about], rollup) if rollup is not None else None


def fold_step(work: Work, job: Job) -> int | None:
    """Fold the oldest deltas of the job's entity. Satisfies engine.runtime.jobs.Step.

    Not while it is built anew: what a delta is about may not have been counted yet.
    """
    rollup = rollups_of(work.model).get(job.about)
    if rollup is None or rollup.cells not in built_cells(work.session):
        return None
    if not fold_next(work.session, work.model.entities[job.about], rollup):
        return None
    return job.progress + 1


def plan_keeping(work: Work) -> None:
    """A job for every roll-up that is not built or has enough to fold, unless one waits already."""
    unready = {one.entity for one in unbuilt(work.session, work.model)}
    for rollup in rollups_of(work.model).values():
        kind = BUILD if rollup.entity in unready else FOLD if _enough(work.session, rollup) else None
        if kind is not None and not waiting_about(work.session, rollup.entity, kind):
            enqueue(work, kind, rollup.entity, {})


def anything_to_keep(session: Session, model: AppModel) -> bool:
    """Whether `plan_keeping` would find something, told without writing."""
    return bool(unbuilt(session, model)) or any(_enough(session, one) for one in rollups_of(model).values())


def build(session: Session, entity: Entity, rollup: Rollup) -> None:
    """Build a roll-up from its start, at once."""
    forget(session, rollup)
    while build_next(session, entity, rollup) is not None:
        pass


def build_small(session: Session, model: AppModel) -> None:
    """Build every roll-up of a model that one step is enough for; what other models had is forgotten."""
    forget_undeclared(session, model)
    for rollup in unbuilt(session, model):
        if len(select(session, rollup.entity, ("id",), order=("id",), limit=ROWS_A_STEP)) < ROWS_A_STEP:
            build(session, model.entities[rollup.entity], rollup)


def build_loaded(session: Session, model: AppModel) -> None:
    """Build every roll-up anew, after rows were loaded or removed past all sinks; copies of facts are made anew too."""
    begin_epoch(session)
    for rollup in rollups_of(model).values():
        build(session, model.entities[rollup.entity], rollup)


def fold_next(session: Session, entity: Entity, rollup: Rollup) -> bool:
    """Fold at most `DELTAS_A_STEP` deltas into cells; whether there may be more."""
    found = select(session, rollup.deltas, (ID,), order=(ID,), limit=DELTAS_A_STEP)
    if not found:
        return False
    high = {"high": found[-1][0]}
    statements = _FOLDING.get((rollup, session.dialect), lambda: folding(entity, rollup, session.dialect))
    emptied = session.rows(statements.emptied, high)
    for statement in statements.others:
        session.execute(statement, high)
    for split, key in emptied:
        delete(session, rollup.cells, {SPLIT: split, KEY: key, ROWS: 0})
    return len(found) == DELTAS_A_STEP


def _enough(session: Session, rollup: Rollup) -> bool:
    return len(select(session, rollup.deltas, (ID,), order=(ID,), limit=ENOUGH)) == ENOUGH
