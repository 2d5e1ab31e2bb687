"""Postponing: stored formulas of more rows than a writer should wait for are left to a job, committed with the write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.runtime.jobs import Job, enqueue
from engine.runtime.records.computing import Dependent, Route, graph_of, rows_reached
from engine.runtime.rows import select
from engine.runtime.work import Work

RECOMPUTE = "recompute"
MOST_AT_ONCE = 1000
"""Rows reached by one change that are still recomputed in its own transaction."""

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a change reaches from: the row, its field, its values before and after."""

    entity: str
    record: int
    field: str
    before: Values
    after: Values


def reached_at_once(work: Work, record: int, values: tuple[Values, Values], route: Route) -> tuple[int, ...] | None:
    """The rows to recompute now, from a changed row with `values` before and after; None when there are too many."""
    found = rows_reached(work, record, values, route, most=MOST_AT_ONCE + 1)
    return found if len(found) <= MOST_AT_ONCE else None


def postpone(work: Work, late: Sequence[tuple[Reach, Dependent]]) -> None:
    """A job for each entity whose rows are reached; one job for all its fields that read the same row."""
    jobs: dict[tuple[str, str, int], list[tuple[Reach, Dependent]]] = {}
    for reach, dependent in late:
        jobs.setdefault((dependent.entity, reach.entity, reach.record), []).append((reach, dependent))
    for (about, entity, record), found in jobs.items():
        named = {one.route[0].field for _, one in found if one.route[0].up}
        payload = {
            "entity": entity,
            "record": record,
            "fields": sorted({reach.field for reach, _ in found}),
            "before": {name: found[0][0].before.get(name) for name in sorted(named)},
            "after": {name: found[0][0].after.get(name) for name in sorted(named)},
        }
        enqueue(work, RECOMPUTE, about, payload)


def next_rows(work: Work, job: Job, most: int) -> tuple[int, ...]:
    """The next rows of a job's entity that its change reaches, or of all that it has, in order of ids."""
    payload = job.payload
    if payload.get("all"):
        found = select(
            work.session, job.about, ("id",), {"id >": job.progress, "deleted_at is null": None}, ("id",), limit=most
        )
        return tuple(int(str(row[0])) for row in found)
    entity, record = str(payload["entity"]), int(str(payload["record"]))
    before, after, fields = payload["before"], payload["after"], payload["fields"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert isinstance(fields, list)
    graph = graph_of(work.model)
    reached = {
        row
        for field in fields
        for dependent in graph.dependents.get((entity, str(field)), ())
        if dependent.entity == job.about and dependent.route
        for row in rows_reached(work, record, (before, after), dependent.route, above=job.progress, most=most)
    }
    return tuple(sorted(reached)[:most])
