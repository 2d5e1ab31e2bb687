"""Keeping roll-ups: building one from rows, a range of ids at a time, and folding what writes have appended since."""

from __future__ import annotations

from engine.model.app import AppModel
from engine.model.entities import Entity
from engine.model.rollups import Rollup, rollups_of
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import StatementCache
from engine.runtime.jobs import Job, enqueue, waiting_about
from engine.runtime.rollups.state import NOTHING_YET, counted_to, forget, forget_undeclared, remember, unbuilt
from engine.runtime.rollups.statements import counting, counting_all, folding
from engine.runtime.rows import delete, select
from engine.runtime.schema.aside import keep_unchanged, put_back, set_aside
from engine.runtime.storage.rollup_tables import ID, KEY, ROWS, SPLIT, rollup_tables
from engine.runtime.work import Work

BUILD, FOLD = "rollup_build", "rollup_fold"
ROWS_A_STEP = 20_000
DELTAS_A_STEP = 5_000
ENOUGH = 500
"""Deltas that wait before they are folded: fewer cost a reader less than a millisecond."""
LAST_ID = 2**63 - 1
ALL = "all rows in one step"
_COUNTING, _FOLDING = StatementCache(1000), StatementCache(1000)


def build_step(work: Work, job: Job) -> int | None:
    """Count the next rows of the job's entity. Satisfies engine.runtime.jobs.Step."""
    rollup = rollups_of(work.model).get(job.about)
    return build_next(work.session, work.model.entities[job.about], rollup) if rollup is not None else None


def fold_step(work: Work, job: Job) -> int | None:
    """Fold the oldest deltas of the job's entity. Satisfies engine.runtime.jobs.Step."""
    rollup = rollups_of(work.model).get(job.about)
    if rollup is None or not fold_next(work.session, work.model.entities[job.about], rollup):
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
    """Build every roll-up anew, after rows were loaded or removed past all sinks; a large one in one step."""
    for rollup in rollups_of(model).values():
        entity = model.entities[rollup.entity]
        if len(select(session, entity.name, ("id",), limit=ROWS_A_STEP)) == ROWS_A_STEP:
            _build_at_once(session, entity, rollup)
        else:
            build(session, entity, rollup)


def _build_at_once(session: Session, entity: Entity, rollup: Rollup) -> None:
    """From all rows in one step, while nobody else writes; the indexes of the cells are made once the cells are."""
    forget(session, rollup)
    keep_unchanged(session, entity.name)
    delete(session, rollup.deltas, {f"{ID} >=": 0})
    delete(session, rollup.cells, {f"{SPLIT} >=": ""})
    cells, _ = rollup_tables(entity, rollup)
    set_aside(session, cells.name, cells.indexes)
    statements = _COUNTING.get((rollup, session.dialect, ALL), lambda: counting_all(entity, rollup, session.dialect))
    for statement in statements:
        session.execute(statement)
    put_back(session, cells.name, cells.indexes)
    remember(session, rollup, LAST_ID, done=True)


def build_next(session: Session, entity: Entity, rollup: Rollup) -> int | None:
    """Count the next range of rows; the last id counted, None when the roll-up is built.

    What writes have appended about those rows is in what is counted, and goes. What they append later stays to be folded.
    """
    low = counted_to(session, rollup)
    if low is None:
        delete(session, rollup.cells, {f"{SPLIT} >=": ""})
        low = NOTHING_YET
    found = select(session, rollup.entity, ("id",), {"id >": low}, ("id",), ROWS_A_STEP)
    last = len(found) < ROWS_A_STEP
    high = LAST_ID if last else int(str(found[-1][0]))
    for statement in _COUNTING.get((rollup, session.dialect), lambda: counting(entity, rollup, session.dialect)):
        session.execute(statement, {"low": low, "high": high})
    remember(session, rollup, high, done=last)
    return None if last else high


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
