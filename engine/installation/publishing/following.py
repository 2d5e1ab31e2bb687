"""Following: a process serves what another one has published."""

from __future__ import annotations

import threading

import structlog

from engine.diagnostics import DougongError
from engine.installation.served import ServedModel, installed_packs
from engine.runtime.database.protocol import Database
from engine.runtime.design_versions import newest_id
from engine.runtime.settings import Settings

PAUSE = 0.3
"""Seconds between two looks."""
log = structlog.get_logger("dougong.publishing")


class Follower:
    """Looks for versions in a thread of its own. A database that one process alone can hold needs none."""

    def __init__(self, settings: Settings, database: Database, models: ServedModel) -> None:
        self._settings = settings
        self._database = database
        self._models = models
        self._known: int | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="publications", daemon=True)

    def start(self) -> None:
        if self._database.dialect == "postgres":
            self._known = self._database.read(newest_id)
            self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    def look(self) -> bool:
        """Serve what stands in the packs when there is a version that this process does not know; whether it did."""
        newest = self._database.read(newest_id)
        if newest == self._known:
            return False
        with self._models.changing:
            self._known = newest
            self._models.stand_on(installed_packs(self._settings))
            compilation = self._models.compile()
            if compilation.model is None or compilation.model.fingerprint == self._models.current().fingerprint:
                return False
            self._models.serve(compilation.model)
        return True

    def _work(self) -> None:
        while not self._stopped.wait(PAUSE):
            try:
                self.look()
            except DougongError as error:
                log.warning("publications wait", error=error.code)
            except Exception as error:
                log.error("publications wait", exc_info=error)
