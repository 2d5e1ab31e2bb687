"""Places: what must be so where a backup is to be unpacked or restored."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.diagnostics import Message
from engine.runtime.backup.keys import passing_name
from engine.runtime.backup.manifest import Manifest
from engine.runtime.backup.problems import NotEmpty
from engine.runtime.database.errors import DatabaseFull
from engine.runtime.sovereignty.key_store import KEYS
from engine.runtime.stores import BACKUPS, MODEL, UNFINISHED, Saving, entries_saved

GROWTH = 2
"""Rows with their indexes and the log of their writing take so many times the bytes of their lines."""


class NoRoom(DatabaseFull):
    """The disk has less room than what is in the backup."""

    code = "no_room"

    def __init__(self, folder: Path, needed: int, free: int) -> None:
        super().__init__()
        self.message = Message(
            f"{folder} 所在磁盘只剩 {free // 1_000_000} MB，备份展开约需 {needed // 1_000_000} MB",
            f"The disk of {folder} has {free // 1_000_000} MB left and the backup needs about {needed // 1_000_000} MB",
        )


def refuse_no_room(folder: Path, manifest: Manifest) -> None:
    """Raises NoRoom when what a backup unpacks to does not fit on the disk of a folder."""
    rows = sum(one.file.size for one in manifest.tables)
    needed = GROWTH * rows + sum(one.size for one in manifest.files)
    standing = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    free = shutil.disk_usage(standing).free
    if needed > free:
        raise NoRoom(folder, needed, free)


def refuse_occupied(folder: Path, database: str) -> None:
    """Raises NotEmpty when a data folder holds anything besides keys, backups, what makes itself again, and the database that
    starts with this name.
    """
    if not folder.exists():
        return
    private = {UNFINISHED, MODEL, *entries_saved(Saving.KEY)}
    allowed = {BACKUPS, *private, *map(passing_name, private)}
    empty = {name for name in entries_saved(Saving.FILES) if not _holds_files(folder / name)}
    found = {path.name for path in folder.iterdir()} - allowed - empty
    others = sorted(name for name in found if not name.startswith((database, KEYS)))
    if others:
        raise not_empty(f"{folder} 中已有：{'、'.join(others)}", f"{folder} holds {', '.join(others)}")


def not_empty(zh: str, en: str) -> NotEmpty:
    """Why a restore is refused, and what helps."""
    return NotEmpty(
        Message(
            f"恢复只能到一个空的安装。{zh}。请用 --data 给出一个空的数据文件夹(和一个空的数据库)，或先把现有数据移走",
            f"A restore needs an empty installation. {en}. Give an empty data folder by --data (and an empty database), or "
            "move what is there away first",
        )
    )


def _holds_files(folder: Path) -> bool:
    return not folder.is_dir() or any(not path.is_dir() for path in folder.rglob("*"))
