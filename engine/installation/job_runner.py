"""The job runner: a thread of the serving process that does what is due, step by step."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog

from engine.diagnostics import DougongError
from engine.extensions import Clock
from engine.model.context import Context, Principal
from engine.runtime.jobs import Job, Step, advance, any_due, bring_forward, claim, free_claims, put_off
from engine.runtime.records.postponing import RECOMPUTE
from engine.runtime.records.recomputing import recompute_step
from engine.runtime.records.starting_rows import TAKE_OVER, take_over_step
from engine.runtime.rollups.keeping import BUILD, FOLD, anything_to_keep, build_step, fold_step, plan_keeping
from engine.runtime.work import Work, Workplace
from engine.runtime.workflow.flow_driver import TIMER
from engine.runtime.workflow.flow_timers import timer_step

Outside = Callable[[Workplace, Job, datetime], None]
"""A job that opens transactions of its own; it may be begun again after it was broken off."""
NOTHING: Mapping[str, Outside] = MappingProxyType({})
STEPS: Mapping[str, Step] = {
    RECOMPUTE: recompute_step,
    BUILD: build_step,
    FOLD: fold_step,
    TIMER: timer_step,
    TAKE_OVER: take_over_step,
}
SET_BACK = timedelta(seconds=30)
"""A clock that is so far behind what has passed was set back."""
PAUSE = 1.0
"""Seconds between two looks at the jobs when nothing is due."""
HANDS = 4
"""Threads that do jobs."""
MOST_AWAY = 28
"""Threads that are taken on beside them, one for each that waits for the outside: a slow one keeps nobody waiting."""
log = structlog.get_logger("dougong.jobs")


class JobRunner:
    """Runs jobs until it is stopped; several processes may run at once, each job is claimed by one."""

    def __init__(self, workplace: Workplace, clock: Clock, zone: str, outside: Mapping[str, Outside] = NOTHING) -> None:
        self._workplace = workplace
        self._outside = outside
        self._clock = clock
        self._zone = zone
        self._stopped = threading.Event()
        self._ahead = clock.now() - timedelta(seconds=clock.monotonic())
        self._lock = threading.Lock()
        self._away = 0
        self._helpers: set[threading.Thread] = set()
        looks = (self.run_due, *(self._run_claimed for _ in range(HANDS - 1)))
        self._threads = [
            threading.Thread(target=self._work, args=(look,), name=f"jobs-{at}", daemon=True)
            for at, look in enumerate(looks)
        ]

    def start(self) -> None:
        """Begin, with what another process had claimed."""
        self.take_over()
        for thread in self._threads:
            thread.start()

    def take_over(self) -> None:
        """A SQLite database has one process, so what the one before had claimed is due."""
        database, now = self._workplace.database, self._clock.now()
        if database.dialect == "sqlite":
            database.write(lambda session: free_claims(session, now))

    def run_one(self) -> bool:
        """Do the step of the job that is due longest; False when none is."""
        return self._step()

    def stop(self) -> None:
        """Finish the steps at hand and end."""
        self._stopped.set()
        with self._lock:
            helpers = [*self._helpers]
        for thread in (*self._threads, *helpers):
            if thread.is_alive():
                thread.join(timeout=30)

    def run_due(self) -> int:
        """Do everything that is due now, what roll-ups need first asked for; the number of steps done."""
        self._heed_the_clock()
        self._plan()
        return self._run_claimed()

    def _run_claimed(self) -> int:
        """Do what is due, beside other threads and processes; the number of steps done."""
        done = 0
        while not self._stopped.is_set() and self._step():
            done += 1
        return done

    def _work(self, look: Callable[[], int]) -> None:
        while not self._stopped.wait(PAUSE):
            self._looked(look)

    def _looked(self, look: Callable[[], int]) -> None:
        try:
            look()
        except DougongError as error:
            log.warning("jobs wait", error=error.code)
        except Exception as error:
            log.error("jobs wait", exc_info=error)

    def _plan(self) -> None:
        database, model = self._workplace.database, self._workplace.models.current()
        if database.read(lambda session: anything_to_keep(session, model)):
            context = self._context("roll-ups", FOLD)
            database.reclaim(lambda session: plan_keeping(self._workplace.open(session, context)))

    def _heed_the_clock(self) -> None:
        """Times that were reckoned from a clock that has been set back are reckoned anew."""
        now = self._clock.now()
        ahead = now - timedelta(seconds=self._clock.monotonic())
        if ahead < self._ahead - SET_BACK:
            count = self._workplace.database.write(lambda session: bring_forward(session, now))
            log.warning("the clock was set back", jobs=count)
        self._ahead = ahead

    def _step(self) -> bool:
        """One step of the job that is due longest; False when none is."""
        now = self._clock.now()
        if not self._workplace.database.read(lambda session: any_due(session, now)):
            return False
        job = self._workplace.database.reclaim(lambda session: claim(session, now))
        if job is None:
            return False
        try:
            self._do(job, now)
        except DougongError as error:
            self._put_off(job, error)
        except Exception as error:
            self._put_off(job, type(error).__name__)
        return True

    def _do(self, job: Job, now: datetime) -> None:
        if job.kind in self._outside:
            with self._replaced():
                self._outside[job.kind](self._workplace, job, now)
            self._workplace.database.reclaim(lambda session: advance(session, job, None, now))
        else:
            self._workplace.write(self._context(str(job.id), job.kind), lambda work: self._advance(work, job))

    @contextmanager
    def _replaced(self) -> Iterator[None]:
        """Another thread looks for jobs while one of a started runner is away."""
        with self._lock:
            self._away += 1
            if (
                self._threads[0].is_alive()
                and len(self._helpers) < min(self._away, MOST_AWAY)
                and not self._stopped.is_set()
            ):
                helper = threading.Thread(target=self._help, name="jobs-helping", daemon=True)
                self._helpers.add(helper)
                helper.start()
        try:
            yield
        finally:
            with self._lock:
                self._away -= 1

    def _help(self) -> None:
        """Do jobs for as long as there are no more helpers than threads away."""
        while not self._stopped.is_set():
            self._looked(self._run_claimed)
            with self._lock:
                if len(self._helpers) > self._away:
                    self._helpers.discard(threading.current_thread())
                    return
            self._stopped.wait(PAUSE)

    def _advance(self, work: Work, job: Job) -> None:
        progress = STEPS[job.kind](work, job)
        advance(work.session, job, progress, self._clock.now())

    def _put_off(self, job: Job, error: DougongError | str) -> None:
        now = self._clock.now()
        dead = self._workplace.database.write(lambda session: put_off(session, job, error, now))
        problem = error if isinstance(error, str) else error.code
        log.warning("job put off", job=job.id, kind=job.kind, problem=problem, dead=dead)

    def _context(self, run: str, cause: str) -> Context:
        principal = Principal(0, "jobs", frozenset(), service="jobs")
        return Context(principal, self._clock.now(), zone=self._zone, run=run, cause=cause)
