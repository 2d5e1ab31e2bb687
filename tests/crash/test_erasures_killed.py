"""An erasure whose process is killed after any store goes on in the next one and ends as one that nobody disturbed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from engine.runtime.sovereignty.scanner.searching import Search
from engine.runtime.sovereignty.subjects.deciding import approve
from engine.runtime.sovereignty.subjects.requests import RequestState, request_of
from tests.crash.serving import NURSERY, PATIENCE
from tests.runtime.subjects.subject_world import OFFICERS, opened_world, subject_world

POINTS = ("intent", "rows", "keys", "files", "imports", "inbox", "models", "residue", "proof")
"""After what the process is killed: after the ledger, after each store, after the proof."""


def killed_while_erasing(data: Path, request: int, point: str, hours: float = 0.0) -> None:
    """A process that goes on with an erasure and is killed after a store."""

    def moment(store: str) -> None:
        if store == point:
            os.kill(os.getpid(), signal.SIGKILL)

    with opened_world(data, hours=hours) as world:
        world.eraser_moment = moment
        world.carried_on(request)


@pytest.mark.one_database
def test_an_erasure_killed_after_any_store_ends_like_one_that_was_not(tmp_path: Path) -> None:
    with subject_world(tmp_path, "", subjects=1) as world:
        gone, data = world.canaries[0], world.data
        request = world.asked(gone)
        world.by(OFFICERS[1], lambda work: approve(work, request.id, request.digest or ""))
    killed = 0
    for point in POINTS:
        process = NURSERY.Process(target=killed_while_erasing, args=(data, request.id, point))
        process.start()
        process.join(PATIENCE)
        killed += process.exitcode == -signal.SIGKILL
        with opened_world(data) as world:
            state = world.installation.database.read(lambda session: request_of(session, request.id)).state
        assert state is RequestState.RUNNING, point
    assert killed == len(POINTS)
    with opened_world(data) as world:
        ended = world.carried_on(request.id)
        assert (ended.state, ended.problem) == (RequestState.DONE, None)
        search = Search(gone.texts)
        search.folder(data, ("model.kept",))
        assert search.hits == set()
        assert world.ledger.read_text().count('"intent"') == world.ledger.read_text().count('"done"') == 1
        assert not list((data / "erasing").iterdir())
