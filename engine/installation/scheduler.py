"""The scheduler: a thread of the serving process that runs the sources whose time has come, and goes its rounds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import structlog

from engine.diagnostics import DougongError
from engine.runtime.sources.running import SourceOrder, SourceRunner
from engine.runtime.sources.schedule import due
from engine.runtime.sources.standing import standings
from engine.runtime.sources.tables import last_runs

PAUSE = 20.0
"""Seconds between two looks at the schedules."""
log = structlog.get_logger("dougong.sources")


class Scheduler:
    """Runs due sources one after another; of several processes the one that begins first runs a source, the others skip it.

    `rounds` are gone at each look: what is small and comes again.
    """

    def __init__(self, runner: SourceRunner, rounds: Sequence[Callable[[], object]]) -> None:
        self._runner = runner
        self._rounds = rounds
        self._since = runner.clock.now()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="schedule", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the run at hand and end."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    def run_due(self) -> tuple[str, ...]:
        """Run every source that is due now; their names."""
        names = self._due()
        for name in names:
            try:
                report = self._runner.run(SourceOrder(name))
                log.info("source ran", source=name, error=report.error)
            except DougongError as error:
                log.warning("source did not run", source=name, error=error.code)
        return names

    def _due(self) -> tuple[str, ...]:
        workplace, now = self._runner.workplace, self._runner.clock.now()
        self._since = min(self._since, now)  # the clock may have been set back
        scheduled = {one.name: one.schedule for one in workplace.models.current().sources.values() if one.schedule}
        last, stands = workplace.database.read(
            lambda session: (last_runs(session, scheduled, now), standings(session, scheduled))
        )
        return tuple(
            name
            for name, schedule in scheduled.items()
            if due(schedule, last[name].started if name in last else None, self._since, now, self._runner.zone)
            or ((again := stands[name].retry_at) is not None and again <= now)
        )

    def _work(self) -> None:
        while not self._stopped.wait(PAUSE):
            try:
                for one in self._rounds:
                    one()
                self.run_due()
            except DougongError as error:
                log.warning("schedules wait", error=error.code)
            except Exception as error:
                log.error("schedules wait", exc_info=error)
