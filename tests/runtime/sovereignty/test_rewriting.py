"""Rows under former keys are rewritten while everybody works on, and former keys go only when nothing needs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from engine.runtime.database.protocol import Database
from engine.runtime.rows import update
from engine.runtime.sovereignty.former_keys import destroy_unused, note_use
from engine.runtime.sovereignty.keyring import KeyDestroyed, SubjectRef
from engine.runtime.sovereignty.rewriting import rewrite, versions_in_use
from tests.runtime.sovereignty.key_desk import KeyDesk, MovedClock
from tests.runtime.sovereignty.sealed_table import NAME, SealedTable

PERSONS = [SubjectRef("person", record) for record in range(4)]


def test_rows_come_under_the_newest_key(tmp_path: Path, database: Database) -> None:
    with KeyDesk(tmp_path, "", MovedClock()).vault() as vault:
        table = SealedTable(vault)
        table.make(database, 50, 4)
        assert rewrite(database, vault, [table], part=7).envelopes == 0
        vault.keyring.rotate(PERSONS[1])
        vault.keyring.rotate(PERSONS[1])
        vault.keyring.rotate(PERSONS[2])
        table.set_number(database, 1, 77)
        assert table.versions(database)[PERSONS[1]] == {1, 3}
        done = rewrite(database, vault, [table], part=7)
        assert (done.envelopes, done.unreadable) == (25 - 1, 0)
        assert table.versions(database) == {PERSONS[0]: {1}, PERSONS[1]: {3}, PERSONS[2]: {2}, PERSONS[3]: {1}}
        assert [table.number(database, row) for row in range(3)] == [0, 77, 0]


def test_what_was_written_meanwhile_is_not_undone(tmp_path: Path, database: Database) -> None:
    """Between the reading of a part and its writing a row is written: it stays as it was written."""
    with KeyDesk(tmp_path, "", MovedClock()).vault() as vault:
        table = SealedTable(vault)
        table.make(database, 10, 1)
        vault.keyring.rotate(PERSONS[0])
        found, _ = database.read(lambda session: table.part(session, None, 100))
        table.set_number(database, 3, 5)
        stale = next(one for one in found if one.row == (3,))
        assert not database.write(lambda session: table.put(session, stale, b"anything"))
        assert rewrite(database, vault, [table]).envelopes == 9
        assert table.number(database, 3) == 5


def test_a_row_that_does_not_open_stays_and_is_counted(tmp_path: Path, database: Database) -> None:
    with KeyDesk(tmp_path, "", MovedClock()).vault() as vault:
        table = SealedTable(vault)
        table.make(database, 10, 1)
        database.write(lambda session: update(session, NAME, {"content": b"\x01\x01\x00\x01" + bytes(40)}, {"id": 2}))
        vault.keyring.rotate(PERSONS[0])
        done = rewrite(database, vault, [table])
        assert (done.envelopes, done.unreadable) == (9, 1)
        assert (PERSONS[0], 1) in versions_in_use(database, [table]), "the key stays while a row may need it"


def test_a_former_key_is_destroyed_when_nothing_needs_it(tmp_path: Path, database: Database) -> None:
    desk, backups, kept = KeyDesk(tmp_path, "", MovedClock()), tmp_path / "backups", timedelta(days=30)
    with desk.vault() as vault:
        table, keyring = SealedTable(vault), vault.keyring
        table.make(database, 10, 2)
        keyring.rotate(PERSONS[0])
        backups.mkdir()

        def night(days: int) -> int:
            desk.clock.ahead = timedelta(days=days)
            in_use = versions_in_use(database, [table])
            note_use(keyring, in_use, desk.clock.now())
            return destroy_unused(keyring, in_use, desk.clock.now(), kept, backups)

        assert night(100) == 0, "rows are sealed under it"
        rewrite(database, vault, [table])
        assert night(101) == 0, "its time is not over"
        (backups / "old.zip").touch()
        assert night(140) == 0, "a backup from before is there"
        (backups / "old.zip").unlink()
        assert night(141) == 1
        assert keyring.counts().former == 0
        with pytest.raises(KeyDestroyed):
            keyring.data_key(PERSONS[0], 1)
        assert [table.number(database, row) for row in range(10)] == [0] * 10


def test_killed_at_any_moment_no_row_is_lost(tmp_path: Path, database_url: str) -> None:
    """A short form; a hundred kills in `make prove`."""
    told = rotation_killed(tmp_path, database_url, 8)
    assert told["failed"] == []
    assert (told["lost"], told["unreadable"], told["old"]) == (0, 0, 0)
    assert told["written"] > 0
    assert told["versions"] > 1
    assert told["keks"] == 1


def rotation_killed(folder: Path, url: str, kills: int, seed: int = 7) -> dict[str, object]:
    command = [
        sys.executable,
        "-m",
        "tests.runtime.sovereignty.rotation_killed",
        str(folder),
        url,
        str(kills),
        str(seed),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=500, env={**os.environ})
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, object] = json.loads(done.stdout)
    return found
