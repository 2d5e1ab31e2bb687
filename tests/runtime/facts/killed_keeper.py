"""A process that keeps the copy of a ledger's facts in small steps, says so before each, and then waits to be killed."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from engine.application import open_installation
from engine.model.app import AppModel
from engine.runtime.facts import desk as desks
from engine.runtime.facts import feeding
from engine.runtime.facts.desk import FactDesk, FactSettings
from engine.runtime.facts.duckdb_engine import DuckDBEngine
from engine.runtime.settings import Settings
from tests.runtime.rollups.ledger import rows_only


class Announced(DuckDBEngine):
    """Says that it puts something before it does."""

    def put(self, parts, state) -> None:  # type: ignore[no-untyped-def]
        print("put", flush=True)
        super().put(parts, state)


class Served:
    """The model without roll-ups."""

    def __init__(self, model: AppModel) -> None:
        self._model = rows_only(model)

    def current(self) -> AppModel:
        return self._model


def main(folder: Path) -> None:
    feeding.ROWS_A_STEP, desks.A_STEP = 7, 3
    desks.open_engine = lambda name, place, memory: Announced(place, memory)
    settings = Settings(data=folder / "data", packs=str(folder / "packs" / "ledger"))
    opened = open_installation(settings)
    desk = FactDesk(
        FactSettings("duckdb"), opened.database, Served(opened.models.current()), opened.clock, settings.data
    )
    while desk.keep():
        pass
    print("done\n" * 9, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
