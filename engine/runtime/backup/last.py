"""The last backup: when it was made and where it went, kept beside the data, because what is backed up is only read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.runtime.stores import BACKUPS

LAST = "last.json"


@dataclass(frozen=True, slots=True)
class LastBackup:
    """When a backup was made, and to which place."""

    at: datetime
    place: str


def remember_backup(data: Path, backup: LastBackup) -> None:
    """Write it down, whole or not at all. Raises OSError."""
    folder = data / BACKUPS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    passing = folder / f".{LAST}.part"
    passing.write_text(json.dumps({"at": backup.at.isoformat(), "place": backup.place}, ensure_ascii=False), "utf-8")
    passing.replace(folder / LAST)


def last_backup(data: Path) -> LastBackup | None:
    """The backup that was made last from this data folder, None when none is known."""
    try:
        read = json.loads((data / BACKUPS / LAST).read_text("utf-8"))
        at = datetime.fromisoformat(read["at"])
        return LastBackup(at if at.tzinfo else at.replace(tzinfo=UTC), str(read["place"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
