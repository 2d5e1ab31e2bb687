"""`dougong uninstall` killed at any step: at the next start the pack is there as it was, or gone with what was asked for its data."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from cli.killed_removal import TWO_DISKS
from cli.test_carrying import Terminal, filled, terminal

from engine.runtime.audit import newest
from engine.runtime.rows import select
from engine.runtime.schema.live import table_names
from engine.runtime.stores import REPLACED

__all__ = ["terminal"]
REMOVER = Path(__file__).with_name("killed_removal.py")
EVERY = "DOUGONG_EVERY_KILL" in os.environ
"""Every step, as `make crash` asks, or those after which most is left to do."""
UNDONE = (("set_aside", "after"), ("set_aside", "before"), ("carry_out", "before"))[: None if EVERY else 1]
FINISHED = (("carry_out", "after"), ("_record", "after"), ("purge_migration", "after"), ("unnote", "after"))[
    : None if EVERY else 1
]


def test_a_removal_killed_before_its_migration_has_not_happened_and_after_it_keeps_what_was_to_be_kept(
    terminal: Terminal,
) -> None:
    filled(terminal)
    before = terminal.rows("visit")
    for step, when in UNDONE:
        _killed(terminal, step, when, "--erase-data")
        assert terminal.rows("visit") == before, (step, when)
        assert (terminal.packs / "visits" / "entities" / "visit.yaml").exists()
        assert not (terminal.data / REPLACED / "removal.json").exists()
    assert _removals(terminal) == 0
    _killed(terminal, "carry_out", "after", "--keep-data")
    terminal.run("doctor")
    assert "visit" not in _tables(terminal)
    _return(terminal)
    assert terminal.rows("visit") == before


def test_a_removal_killed_after_its_migration_erases_what_was_to_be_erased(terminal: Terminal) -> None:
    for count, (step, when) in enumerate(FINISHED, start=1):
        _filled_again(terminal, count)
        _killed(terminal, step, when, "--erase-data")
        terminal.run("doctor", code=0)
        assert not [name for name in _tables(terminal) if "visit" in name], (step, when)
        assert not (terminal.packs / "visits").exists()
        assert _events(terminal) == 0
        assert _removals(terminal) == count, "it is on record once"


def test_a_pack_between_two_disks_is_whole_however_often_its_removal_and_the_start_after_it_are_killed(
    terminal: Terminal,
) -> None:
    """The start puts it back by copying, and is killed once the first file of the copy that was kept is gone."""
    filled(terminal)
    before, rows = _texts(terminal), terminal.rows("visit")
    for step, when in (("unlink", "after"), ("set_aside", "after")):
        _killed(terminal, step, when, "--erase-data", TWO_DISKS)
        _killed_in(terminal, "unlink", "after", TWO_DISKS, "doctor")
        assert terminal.rows("visit") == rows
        assert _texts(terminal) == before


def _texts(terminal: Terminal) -> dict[str, str]:
    files = [one for one in terminal.packs.rglob("*") if one.is_file()]
    return {str(one.relative_to(terminal.packs)): one.read_text("utf-8") for one in files}


def _killed(terminal: Terminal, step: str, when: str, fate: str, planted: str = "") -> None:
    _killed_in(terminal, step, when, planted, "uninstall", "visits", fate, "--yes")


def _killed_in(terminal: Terminal, step: str, when: str, planted: str, *command: str) -> None:
    words = ["--packs", str(terminal.packs), "--data", str(terminal.data), *command]
    done = subprocess.run(
        [sys.executable, str(REMOVER), step, when, *words],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | ({planted: "1"} if planted else {}),
    )
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]


def _filled_again(terminal: Terminal, count: int) -> None:
    if count == 1:
        filled(terminal)
        return
    _return(terminal)
    sheet = terminal.folder / "again.csv"
    sheet.write_text("note\nthird\n", "utf-8")
    terminal.run("import", "visit", str(sheet), "--user", "worker")


def _return(terminal: Terminal) -> None:
    """The pack is installed again from where its text was kept."""
    (kept,) = (terminal.data / REPLACED).glob("*/visits")
    shutil.move(kept, terminal.packs / "visits")
    terminal.run("apply")


def _tables(terminal: Terminal) -> tuple[str, ...]:
    installation = terminal.opened()
    found = tuple(installation.database.read(table_names))
    installation.database.close()
    return found


def _events(terminal: Terminal) -> int:
    installation = terminal.opened()
    found = installation.database.read(lambda session: select(session, "dougong_event", ("id",), {"entity": "visit"}))
    installation.database.close()
    return len(found)


def _removals(terminal: Terminal) -> int:
    installation = terminal.opened()
    acts = installation.database.read(lambda session: newest(session, limit=200))
    installation.database.close()
    return sum(one.act.action == "uninstall" for one in acts)
