"""A backup from before an erasure: without the ledger it is not restored, with it nobody comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.application import open_installation
from engine.cli.subjects import replay_erasures
from engine.diagnostics import DougongError
from engine.installation.backing_up import back_up
from engine.installation.restoring import RestoreOrder, restore
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.scanner.searching import Search
from engine.runtime.sovereignty.subjects.requests import RequestState
from tests.runtime.subjects.subject_world import opened_world, subject_world

pytestmark = pytest.mark.one_database


def quiet(*_: object) -> None:
    """Nobody hears how far it is."""


def test_nobody_who_was_erased_comes_back_with_a_backup(tmp_path: Path, database_url: str) -> None:
    with subject_world(tmp_path, database_url) as world:
        gone, stays = world.canaries
        request = world.asked(gone)
        saved = back_up(world.installation.settings, world.clock, tmp_path / "before.zip", tmp_path / "keys", quiet)
        assert world.approved(request).state is RequestState.DONE
        ledger, kept = world.ledger, world.digest(stays)

    order = RestoreOrder(saved.path, saved.keys)
    lost = Settings(data=tmp_path / "elsewhere" / "data", packs="")
    with pytest.raises(DougongError, match="Without it nothing is erased and no backup restored"):
        restore(lost, world.clock, order, quiet)
    assert not lost.data.exists(), "refused before anything was written"

    found = replace(lost, erase_ledger=str(ledger))
    restore(found, world.clock, order, quiet)
    with pytest.raises(DougongError, match="dougong subject replay"):
        open_installation(found)
    assert replay_erasures(found) == 1
    search = Search(gone.texts)
    search.folder(found.data, ("model.kept",))
    assert search.hits == set()
    with opened_world(found.data) as restored:
        assert restored.digest(stays) == kept
        assert restored.installation.database.read(lambda session: select(session, "customer", ("id",))) == [
            (stays.record,)
        ]
    assert replay_erasures(found) == 0


def test_a_ledger_that_was_altered_is_no_ledger(tmp_path: Path, database_url: str) -> None:
    with subject_world(tmp_path, database_url, subjects=1, plant=False) as world:
        assert world.erased(world.canaries[0]).state is RequestState.DONE
        lines = world.ledger.read_bytes().splitlines(keepends=True)
        world.ledger.write_bytes(lines[0] + lines[2])
        saved = back_up(world.installation.settings, world.clock, tmp_path / "after.zip", tmp_path / "keys", quiet)
        ledger = world.ledger
    order = RestoreOrder(saved.path, saved.keys)
    with pytest.raises(DougongError, match="is broken at line 2"):
        restore(Settings(data=tmp_path / "other" / "data", erase_ledger=str(ledger)), world.clock, order, quiet)
