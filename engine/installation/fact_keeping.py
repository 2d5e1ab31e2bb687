"""Keeping facts: a thread of the serving process that makes the copy and brings it further, so that readers seldom have to."""

from __future__ import annotations

import threading

import structlog

from engine.diagnostics import DougongError
from engine.runtime.facts.desk import FactDesk

PAUSE = 1.0
"""Seconds between two looks at the event log."""
AGAIN = 20.0
"""Seconds after which a database that gave no answer is asked again."""
log = structlog.get_logger("dougong.facts")


class FactKeeper:
    """Keeps the copy of one process; without one it does nothing."""

    def __init__(self, desk: FactDesk | None) -> None:
        self._desk = desk
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="facts", daemon=True)

    def start(self) -> None:
        if self._desk is not None:
            self._thread.start()

    def stop(self) -> None:
        """Finish the step at hand, and let the copy go."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        if self._desk is not None:
            self._desk.close()

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._stopped.wait(self._step())

    def _step(self) -> float:
        """Seconds until the next one."""
        try:
            return 0.0 if self._desk is not None and self._desk.keep() else PAUSE
        except DougongError as error:
            log.warning("facts wait", error=error.code)
        except Exception as error:
            log.error("facts wait", exc_info=error)
        return AGAIN
