"""App tests of what is about to be published, run in a child process while people look at the plan."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.extensions import Worker
from engine.installation.app_tests import FailedTest, TestOutcome, outcome_of
from engine.installation.publishing.plan import PublishPlan
from engine.installation.publishing.staging import stage
from engine.runtime.settings import Settings

SECONDS, MEGABYTES = 600.0, 1_500
KEPT = 8
"""Results that are remembered."""
Say = Callable[[], Sequence[Path]]


@dataclass(frozen=True, slots=True)
class TestRun:
    """A run of tests: under way while there is no outcome; `stopped` says why it came to none."""

    outcome: TestOutcome | None = None
    stopped: Message | None = None

    __test__ = False

    @property
    def ended(self) -> bool:
        return self.outcome is not None or self.stopped is not None

    @property
    def failed(self) -> tuple[FailedTest, ...]:
        return self.outcome.failed if self.outcome else ()


class TestRuns:
    """Runs the tests of plans, each set of definitions once."""

    __test__ = False

    def __init__(self, worker: Worker, settings: Settings, folders: Say) -> None:
        self._worker = worker
        self._settings = settings
        self._folders = folders
        self._runs: OrderedDict[str, TestRun] = OrderedDict()
        self._lock = threading.Lock()
        self._ended = threading.Condition(self._lock)

    def of(self, plan: PublishPlan) -> TestRun:
        """The run of a plan's tests, which begins when it is asked for first."""
        key = plan.after.model.fingerprint
        with self._lock:
            found = self._runs.get(key)
            if found is None:
                found = self._runs[key] = TestRun()
                while len(self._runs) > KEPT:
                    self._runs.popitem(last=False)
                threading.Thread(target=self._run, args=(key, plan), name="app tests", daemon=True).start()
        return found

    def waited_for(self, plan: PublishPlan, seconds: float) -> TestRun:
        """The run of a plan's tests as it stands once it has ended, or after so many seconds."""
        self.of(plan)
        with self._ended:
            self._ended.wait_for(lambda: self._runs[plan.after.model.fingerprint].ended, seconds)
        return self.of(plan)

    def _run(self, key: str, plan: PublishPlan) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="dougong-tests-") as place:
                texts = {file: plan.coming.get(file) for file in plan.order.texts}
                staged = stage(Path(place), self._settings, self._folders(), texts, plan.stamp.id)
                packs = frozenset(plan.packs)
                found = self._worker.call(outcome_of, staged.compiled, packs, seconds=SECONDS, megabytes=MEGABYTES)
            assert isinstance(found, TestOutcome)
            run = TestRun(found)
        except DougongError as error:
            run = TestRun(stopped=error.message)
        with self._ended:
            self._runs[key] = run
            self._ended.notify_all()
