"""Replaying: a backup from before an erasure brings nobody back. What the ledger says is erased again before anything opens.

A restore names the ledger in a marker in the data folder; while that stands, nothing is served.
"""

from __future__ import annotations

import json
from pathlib import Path

from engine.diagnostics import Message
from engine.runtime.backup.keys import write_private
from engine.runtime.backup.manifest import table_entry
from engine.runtime.backup.problems import RestoreUnfinished
from engine.runtime.backup.reading import Archive
from engine.runtime.backup.writing import synchronise_folder
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.subjects.ledger import ledger_path, read_ledger
from engine.runtime.sovereignty.subjects.running import Eraser
from engine.runtime.sovereignty.subjects.tables import LEDGER
from engine.runtime.stores import UNREPLAYED
from engine.runtime.work import Workplace


def ledger_of_restore(settings: Settings, archive: Archive) -> Path | None:
    """The ledger that a restore has to follow; None where there never was one. Raises LedgerUnusable: a backup that knows of
    a ledger is not restored without it, nor is any where the setting names one that is missing."""
    path, known = ledger_path(settings.data, settings.erase_ledger), _known(archive)
    if known is None and not settings.erase_ledger and not path.exists():
        return None
    read_ledger(path, known)
    return path


def mark_unreplayed(folder: Path, ledger: Path) -> None:
    """Nothing here is served until the ledger was followed."""
    write_private(folder / UNREPLAYED, str(ledger.absolute()).encode())


def refuse_unreplayed(folder: Path) -> None:
    """Raises RestoreUnfinished while erasures are to be repeated."""
    if (folder / UNREPLAYED).exists():
        raise RestoreUnfinished(
            Message(
                f"{folder} 是从备份恢复的，清除台账还没有重放，不能打开。请运行 dougong subject replay",
                f"{folder} was restored from a backup and the ledger of erasures was not followed yet, so it is not opened. Run dougong subject replay",
            )
        )


def replay(workplace: Workplace, folder: Path, eraser: Eraser) -> tuple[tuple[str, int], ...]:
    """Erase again every subject of the ledger that the backup brought back; which they were. Raises LedgerUnusable."""
    marker = folder / UNREPLAYED
    if not marker.exists():
        return ()
    ledger = read_ledger(Path(marker.read_text("utf-8")), None)
    entities = workplace.models.current().entities
    gone = tuple(
        (entity, record)
        for entity, record in ledger.subjects()
        if entity in entities and eraser.erase_again(workplace, entity, record)
    )
    marker.unlink()
    synchronise_folder(folder)
    return gone


def _known(archive: Archive) -> str | None:
    """The name of the ledger in a backup's rows."""
    if archive.manifest.table(LEDGER) is None:
        return None
    stored = archive.manifest.table(LEDGER)
    names = [one.name for one in stored.table.columns] if stored is not None else []
    for line in archive.lines(table_entry(LEDGER)):
        told = json.loads(line)
        return str(told["ledger"] if isinstance(told, dict) else told[names.index("ledger")])
    return None
