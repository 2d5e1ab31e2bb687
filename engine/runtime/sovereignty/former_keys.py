"""Former keys: destroyed once no row is sealed under them, none of the backups that stand needs them, and their time is over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from engine.runtime.instants import from_micros, to_micros
from engine.runtime.sovereignty.key_rows import INSTALLATION, FormerKey, SubjectRef, former_keys, note_unused
from engine.runtime.sovereignty.keyring import Keyring


def retired(keyring: Keyring) -> list[datetime]:
    """Since when each former version seals nothing new."""
    return [from_micros(one.since) for one in keyring.store.read(former_keys)]


def note_use(keyring: Keyring, in_use: Collection[tuple[SubjectRef, int]], now: datetime) -> None:
    """Keep since when former versions are without rows; `in_use` was counted just now."""
    for key in keyring.store.read(former_keys):
        used = (key.subject, key.version) in in_use
        if used is (key.unused_since is None):
            continue
        keyring.store.write(partial(note_unused, key=key, since=None if used else to_micros(now)))


def destroy_unused(
    keyring: Keyring, in_use: Collection[tuple[SubjectRef, int]], now: datetime, kept: timedelta, backups: Path
) -> int:
    """Destroy former versions without rows for longer than `kept`, and unless a backup stands that is from before; how many.

    Those of the installation stay: what is set aside for a while (drafts, lines of imports) is sealed under them too.
    """
    oldest = oldest_backup(backups)
    gone = [
        one
        for one in keyring.store.read(former_keys)
        if one.subject != INSTALLATION
        and (one.subject, one.version) not in in_use
        and _is_over(one, now - kept, oldest)
    ]
    for one in gone:
        keyring.destroy_version(one.subject, one.version)
    return len(gone)


def oldest_backup(folder: Path) -> datetime | None:
    """When the oldest of the backups in a folder was written."""
    times = [path.stat().st_mtime_ns // 1000 for path in folder.iterdir()] if folder.is_dir() else []
    return from_micros(min(times)) if times else None


def _is_over(key: FormerKey, before: datetime, oldest: datetime | None) -> bool:
    if key.unused_since is None:
        return False
    since = from_micros(key.unused_since)
    return since < before and (oldest is None or oldest >= since)
