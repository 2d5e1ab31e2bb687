"""A process that is killed at its n-th statement: before it runs, while it runs, or after it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from engine.runtime.database.postgres_session import PostgresSession
from engine.runtime.database.sqlite_session import SqliteSession

BEFORE, INSIDE, AFTER = MOMENTS = ("before", "inside", "after")
INSTANT = 0.0002
"""Seconds after which a statement of another process is still under way."""
WRITES = ("execute", "execute_many")


@dataclass
class Death:
    """Comes at a statement, counted from 1, at a moment of it; never when the step is 0."""

    step: int
    moment: str = BEFORE
    passed: int = 0

    def about(self, statement: Callable[[], Any], session: Any) -> Any:
        self.passed += 1
        if self.passed != self.step:
            return statement()
        if self.moment == BEFORE:
            die()
        if self.moment == INSIDE:
            _die_soon(session)
        found = statement()
        die()
        return found

    def await_it(self) -> None:
        """Every statement of this process passes here from now on."""
        for kind in (SqliteSession, PostgresSession):
            for name in WRITES:
                setattr(kind, name, self._watched(getattr(kind, name)))

    def _watched(self, act: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(act)
        def watched(session: Any, *given: Any, **named: Any) -> Any:
            return self.about(lambda: act(session, *given, **named), session)

        return watched


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_soon(session: Any) -> None:
    """SQLite computes here and can be asked to tell of its steps; what a server does is met by an alarm."""
    if isinstance(session, SqliteSession):
        session.connection.set_progress_handler(die, 3)
        return
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, INSTANT)
