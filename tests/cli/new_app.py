"""An application as `dougong new` makes it, installed."""

from __future__ import annotations

from pathlib import Path

from engine.application import Installation, bring_up_to_date, open_installation
from engine.cli import main
from engine.runtime.settings import Settings
from tests.conftest import FixedClock
from tests.web.site import NOW


def new_app(folder: Path, name: str, database_url: str) -> Installation:
    """Its definitions are in `folder / name`."""
    assert main(["new", name, "--folder", str(folder)]) == 0
    url = database_url if database_url.startswith("postgres") else ""
    settings = Settings(data=folder / "data", database=url, packs=str(folder / name), rate_limit=100_000)
    installation = open_installation(settings, FixedClock(NOW))
    bring_up_to_date(installation)
    return installation
