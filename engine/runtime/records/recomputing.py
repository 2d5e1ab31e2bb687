"""Recomputing: the job that brings stored formulas of many rows up to date, a batch in a transaction."""

from __future__ import annotations

from engine.runtime.jobs import Job
from engine.runtime.records.changes import recompute
from engine.runtime.records.postponing import next_rows
from engine.runtime.work import Work

BATCH = 200


def recompute_step(work: Work, job: Job) -> int | None:
    """Recompute the next rows; what follows from them follows as after any write. Satisfies engine.runtime.jobs.Step."""
    entity = work.model.entities.get(job.about)
    rows = next_rows(work, job, BATCH) if entity is not None else ()
    if entity is not None:
        recompute(work, entity, rows)
    return rows[-1] if len(rows) == BATCH else None
