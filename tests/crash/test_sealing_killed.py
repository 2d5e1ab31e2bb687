"""Sealing what stands, killed at its statements: the next start ends it, every value is what it was, none lies in the clear."""

from __future__ import annotations

import os
import shutil
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from runtime.sealing.deals import files
from runtime.sealing.shop import Shop
from runtime.textual import NOW

from tests.conftest import FixedClock
from tests.crash.serving import NURSERY
from tests.crash.stopping import MOMENTS, Death

STRIDE = 1 if os.environ.get("DOUGONG_EVERY_KILL") else 9
LATE = timedelta(hours=3)
"""After all that was written: a start needs a later moment than what it finds."""


def _sealed(folder: str, deal: int, death: Death) -> None:
    """The start that seals, in a process that dies on the way."""
    death.await_it()
    with Shop(Path(folder), "", FixedClock(NOW + LATE), deal).opened(files()):
        pass


def _killed(folder: Path, deal: int, death: Death) -> bool:
    child = NURSERY.Process(target=_sealed, args=(str(folder), deal, death))
    child.start()
    child.join(120)
    assert child.exitcode in {0, -signal.SIGKILL}, child.exitcode
    return child.exitcode != 0


@pytest.mark.one_database
@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_sealing_killed_at_any_statement_is_ended_by_the_next_start(tmp_path: Path, database_url: str) -> None:
    shop = Shop(tmp_path / "plain", "", FixedClock(NOW))
    with shop.opened(files(sealed=False)) as installation:
        shop.fill(installation)
    kills = 0
    for step in range(1, 10_000, STRIDE):
        here = tmp_path / "killed"
        shutil.copytree(shop.folder, here)
        alive = not _killed(here, shop.deal, Death(step, MOMENTS[step % len(MOMENTS)]))
        again = Shop(here, "", FixedClock(NOW + 2 * LATE), shop.deal)
        with again.opened(files()) as installation:
            again.check(installation)
            assert again.found() == [], step
        shutil.rmtree(here)
        if alive:
            break
        kills += 1
    assert kills >= 5
