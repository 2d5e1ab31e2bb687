"""Demonstrating: the jobs that make a demonstration and take it away, ordered on a page of administration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from engine.extensions import Clock
from engine.installation.demo import DemoOrder, load_demo, service_context
from engine.installation.demo_models import order_demo_models
from engine.installation.job_runner import Outside
from engine.installation.wiping import DependentRows, wipe
from engine.runtime.demo.marking import made_at
from engine.runtime.demo.ordering import MAKE, TAKE_AWAY
from engine.runtime.demo.progress import Progress
from engine.runtime.jobs import Job, StepFailed
from engine.runtime.settings import Settings
from engine.runtime.work import Workplace


class Demonstrator:
    """Makes and takes away, each in one transaction. Begun again after it was done, either finds nothing left to do."""

    def __init__(self, settings: Settings, clock: Clock, progress: Progress) -> None:
        self._settings = settings
        self._clock = clock
        self._progress = progress

    def steps(self) -> Mapping[str, Outside]:
        return {MAKE: self.make, TAKE_AWAY: self.take_away}

    def make(self, workplace: Workplace, job: Job, now: datetime) -> None:
        """Accounts with the known password are made in demo mode alone; else who asked stands for its people."""
        context = service_context(workplace, now, self._settings.zone)
        if workplace.read(context, lambda work: made_at(work.session)) is not None:
            return
        owner = None if self._settings.demo else int(str(job.payload["by"]))
        order = DemoOrder(self._settings.seed, bool(job.payload["full"]), job.about, owner)
        self._progress.begin(self._clock.monotonic())
        try:
            load_demo(workplace, context, order, lambda text: None, self._reach)
            workplace.write(context, order_demo_models)
        finally:
            self._progress.end()

    def take_away(self, workplace: Workplace, job: Job, now: datetime) -> None:
        """Raises StepFailed where real rows stand on made-up ones and are not to go with them."""
        context = service_context(workplace, now, self._settings.zone)
        dependents, people = bool(job.payload["dependents"]), bool(job.payload["keep_people"])
        try:
            workplace.write(context, partial(wipe, with_dependents=dependents, keep_people=people))
        except DependentRows as error:
            raise StepFailed(error.code, error.message, final=True) from None

    def _reach(self, share: float) -> None:
        self._progress.reach(share, self._clock.monotonic())
