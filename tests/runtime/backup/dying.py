"""A backup or a restore that is killed at its n-th step: whatever it does to files, and every table that it is at."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from runtime.backup.backup_world import Place

_FILE_ACTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"}
_WRITING = os.O_WRONLY | os.O_RDWR
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["engine.installation.restoring", "engine.application"])


@dataclass
class Death:
    """Comes at a step, counted from 1."""

    step: int
    every: int
    passed: int = 0
    told: int = 0

    def come(self) -> None:
        self.passed += 1
        if self.passed == self.step:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(self, event: str, given: tuple[object, ...]) -> None:
        """The interpreter's own audit hook."""
        if event in _FILE_ACTS or (event == "open" and isinstance(given[2], int) and given[2] & _WRITING):
            self.come()

    def tell(self, name: str, done: int, total: int) -> None:
        self.told += 1
        if self.told % self.every == 0:
            self.come()


def _backing_up(death: Death, place: Place, target: Path) -> None:
    place.backup(target.name, keys="keys." + target.name, tell=death.tell)


def _restoring(death: Death, place: Place, source: Path) -> None:
    place.restore(source, tell=death.tell)


def _child(act: str, death: Death, place: Place, path: Path) -> None:
    sys.addaudithook(death.hear)
    {"backup": _backing_up, "restore": _restoring}[act](death, place, path)


def _sent(here: Place) -> Place:
    """The place as another process can be given it: a frozen map does not travel."""
    return replace(here, settings=replace(here.settings, sources=dict(here.settings.sources)))


def deaths(
    act: str, place: Callable[[int], Place], path: Path, every: int = 12, stride: int = 1
) -> Iterator[tuple[int, Place]]:
    """Do it once for every step (or every so many) at which it can be killed, each time in its place, until it ends alive.

    Of the tables that it tells of, only each `every`-th is a step.
    """
    for step in range(1, 1000, stride):
        here = place(step)
        child = _SERVER.Process(target=_child, args=(act, Death(step, every), _sent(here), path))
        child.start()
        child.join()
        if child.exitcode == 0:
            return
        assert child.exitcode == -signal.SIGKILL
        yield step, here
    raise AssertionError("it never ends")
