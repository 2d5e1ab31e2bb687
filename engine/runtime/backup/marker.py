"""The marker: a file in the data folder from before the first byte of a restore until after its last."""

from __future__ import annotations

from pathlib import Path

from engine.diagnostics import Message
from engine.runtime.backup.keys import write_private
from engine.runtime.backup.problems import RestoreUnfinished
from engine.runtime.backup.writing import synchronise_folder
from engine.runtime.stores import UNFINISHED


def refuse_unfinished(folder: Path) -> None:
    """Raises RestoreUnfinished while a restore into this data folder has not ended."""
    if (folder / UNFINISHED).exists():
        raise RestoreUnfinished(
            Message(
                f"恢复没有完成，{folder} 中的数据不完整。请再运行一次 dougong restore(用同一个备份)，或清空数据文件夹和数据库后重来",
                f"A restore was not finished and the data in {folder} is not whole. Run dougong restore again with the same "
                "backup, or empty the data folder and the database and start over",
            )
        )


def unfinished(folder: Path) -> str | None:
    """The digest of the backup whose restore was begun here and did not end."""
    path = folder / UNFINISHED
    return path.read_text("ascii", errors="replace").strip() if path.exists() else None


def mark(folder: Path, digest: str) -> None:
    """Nothing here is whole from now on."""
    write_private(folder / UNFINISHED, digest.encode("ascii"))


def unmark(folder: Path) -> None:
    """Everything here is whole."""
    (folder / UNFINISHED).unlink()
    synchronise_folder(folder)
