"""App tests of what is about to be published, run in a child process while people look at the plan: first those that the change
can affect, whose result is shown at once, then the others leg by leg."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.extensions import Worker
from engine.installation.app_tests import FailedTest
from engine.installation.publishing.affected import Seen, TestName, affected_tests
from engine.installation.publishing.legs import Leg, run_leg
from engine.installation.publishing.plan import PublishPlan
from engine.installation.publishing.staging import stage
from engine.model.names import empty_map
from engine.runtime.settings import Settings

SECONDS, MEGABYTES = 600.0, 1_500
KEPT = 8
"""Results that are remembered."""
LEG = 24
"""Tests that are run before it is told how far it is."""
Say = Callable[[], Sequence[Path]]


@dataclass(frozen=True, slots=True)
class TestRun:
    """A run of tests: all of them, those that the change can affect, and how those ended that have; `stopped` says why it came
    to no end."""

    names: frozenset[TestName] = frozenset()
    affected: frozenset[TestName] = frozenset()
    done: Mapping[TestName, FailedTest | None] = field(default_factory=empty_map)
    stopped: Message | None = None
    begun: bool = False

    __test__ = False

    @property
    def ended(self) -> bool:
        return self.stopped is not None or (self.begun and self.names <= self.done.keys())

    @property
    def affected_ended(self) -> bool:
        """Whether those that the change can affect have ended, whatever the others do."""
        return self.ended or (self.begun and self.affected <= self.done.keys())

    @property
    def passed(self) -> int:
        return sum(one is None for one in self.done.values())

    @property
    def failed(self) -> tuple[FailedTest, ...]:
        return tuple(one for name in sorted(self.done) if (one := self.done[name]) is not None)


class TestRuns:
    """Runs the tests of plans, each set of definitions once."""

    __test__ = False

    def __init__(self, worker: Worker, settings: Settings, folders: Say) -> None:
        self._worker = worker
        self._settings = settings
        self._folders = folders
        self._runs: OrderedDict[str, TestRun] = OrderedDict()
        self._seen: Seen | None = None
        self._lock = threading.Lock()
        self._moved = threading.Condition(self._lock)

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

    def waited_for(self, plan: PublishPlan, seconds: float, affected: bool = False) -> TestRun:
        """The run of a plan's tests as it stands once it has ended (`affected`: once those have that the change can affect), or
        after so many seconds."""
        key, found = plan.after.model.fingerprint, self.of(plan)

        def ended() -> bool:
            run = self._runs.get(key, found)
            return run.affected_ended if affected else run.ended

        with self._moved:
            self._moved.wait_for(ended, seconds)
        return self.of(plan)

    def _run(self, key: str, plan: PublishPlan) -> None:
        names = _names(plan)
        affected = affected_tests(self._seen, plan.coming, plan.after, names)
        run = TestRun(names, affected, begun=True)
        self._tell(key, run)
        touched: dict[TestName, frozenset[str]] = {}
        try:
            with tempfile.TemporaryDirectory(prefix="dougong-tests-") as place:
                texts = {file: plan.coming.get(file) for file in plan.order.texts}
                staged = stage(Path(place), self._settings, self._folders(), texts, plan.stamp.id)
                legs = (*_legs(affected), *_legs(names - affected))
                for leg in legs:
                    found = self._worker.call(
                        run_leg, staged.compiled, leg, Path(place), seconds=SECONDS, megabytes=MEGABYTES
                    )
                    assert isinstance(found, Leg)
                    touched |= found.touched
                    run = replace(run, done={**run.done, **found.ended})
                    if leg != legs[-1]:
                        self._tell(key, run)
            known = self._seen.touched if self._seen is not None else {}
            failed = frozenset(name for name, one in run.done.items() if one is not None)
            self._seen = Seen(plan.coming, plan.after, {**known, **touched}, failed)
            self._tell(key, run)
        except DougongError as error:
            self._tell(key, replace(run, stopped=error.message))
        except OSError as error:
            self._tell(key, replace(run, stopped=_no_place(error)))

    def _tell(self, key: str, run: TestRun) -> None:
        with self._moved:
            self._runs[key] = run
            self._moved.notify_all()


def _no_place(error: OSError) -> Message:
    return Message(f"测试没有地方运行：{error.strerror}", f"There is no place to run the tests in: {error.strerror}")


def _names(plan: PublishPlan) -> frozenset[TestName]:
    """All tests of the packs that speak of the change."""
    suites, packs = plan.after.model.suites, set(plan.packs)
    return frozenset(
        (key, test.id) for key, suite in suites.items() if key.partition(".")[0] in packs for test in suite.tests
    )


def _legs(names: frozenset[TestName]) -> list[frozenset[TestName]]:
    """Tests in an order, some at a time: those of a suite together."""
    listed = sorted(names)
    return [frozenset(listed[at : at + LEG]) for at in range(0, len(listed), LEG)]
