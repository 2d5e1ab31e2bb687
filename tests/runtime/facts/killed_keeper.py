"""A process that keeps the copy of a ledger's facts in small steps, and kills itself within one: between rows and note, or after both."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from engine.application import open_installation
from engine.runtime.facts import desk as desks
from engine.runtime.facts import feeding
from engine.runtime.facts.desk import FactDesk, FactSettings
from engine.runtime.facts.duckdb_engine import DuckDBEngine
from engine.runtime.settings import Settings
from engine.runtime.work import OneModel
from tests.runtime.rollups.ledger import rows_only


class Killed(DuckDBEngine):
    """Ends, as by a power cut, once it has done a part of its putting for the last time that it may."""

    def __init__(self, folder: Path, memory: int, part: str, times: int) -> None:
        self._part, self._times = part, times
        super().__init__(folder, memory)

    def _note(self, state: str) -> None:
        self._count("rows")
        super()._note(state)
        self._count("note")

    def _count(self, part: str) -> None:
        self._times -= part == self._part
        if self._times == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: Path, part: str, times: int) -> None:
    feeding.ROWS_A_STEP, desks.A_STEP = 7, 3
    desks.open_engine = lambda name, place, memory: Killed(place, memory, part, times)
    settings = Settings(data=folder / "data", packs=str(folder / "packs" / "ledger"))
    opened = open_installation(settings)
    served = OneModel(rows_only(opened.models.current()))
    desk = FactDesk(FactSettings("duckdb"), opened.database, served, opened.clock, settings.data)
    while desk.keep():
        pass


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
