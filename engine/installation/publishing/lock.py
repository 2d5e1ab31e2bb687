"""One publication at a time on a data folder, and the end of one that was killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from engine.diagnostics import Message
from engine.installation.publishing.staging import CannotPublish
from engine.installation.publishing.swapping import folder_of, forget_staged, mark_of, swap_back, unmark
from engine.runtime.database.protocol import Database
from engine.runtime.database.sqlite_files import DatabaseInUse, SoleOwner
from engine.runtime.design_versions import is_recorded

log = structlog.get_logger("dougong.publishing")


@contextmanager
def sole_publisher(data: Path) -> Iterator[None]:
    """Nobody else publishes on this data folder meanwhile; a killed process lets go. Raises CannotPublish."""
    folder_of(data).mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        owner = SoleOwner(folder_of(data))
    except DatabaseInUse:
        raise CannotPublish(
            Message("有人正在发布，请稍候再试", "Somebody is publishing just now; try again in a moment")
        ) from None
    try:
        yield
    finally:
        owner.release()


def recover(data: Path, database: Database) -> bool:
    """End a publication whose process was killed: done where its version is recorded, else undone. Whether there was one."""
    if not folder_of(data).exists() or not any(folder_of(data).iterdir()):
        return False
    try:
        with sole_publisher(data):
            return recovered(data, database)
    except CannotPublish:  # it is under way in another process
        return False


def recovered(data: Path, database: Database) -> bool:
    """`recover`, for whoever publishes."""
    forget_staged(data)
    mark = mark_of(data)
    if mark is None:
        return False
    if database.read(lambda session: is_recorded(session, mark.version)):
        unmark(data)
        log.warning("publication was finished", version=mark.version)
    else:
        swap_back(data, mark)
        log.warning("publication was undone", version=mark.version)
    return True
