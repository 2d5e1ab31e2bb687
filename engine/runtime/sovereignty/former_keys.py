"""Former keys: destroyed once no row is sealed under them, none of the backups that stand needs them, and their time is over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from engine.runtime.instants import from_micros, to_micros
from engine.runtime.sovereignty.key_rows import (
    INSTALLATION,
    FormerKey,
    SubjectRef,
    former_keys,
    newest_former,
    note_unused,
)
from engine.runtime.sovereignty.keyring import Keyring

PART = 1_000
"""Keys that are written to in one transaction."""


def last_renewed(keyring: Keyring) -> datetime | None:
    """When a data key last became a former one; None where there is no former one."""
    found = keyring.store.read(newest_former)
    return None if found is None else from_micros(found)


def note_use(keyring: Keyring, in_use: Collection[tuple[SubjectRef, int]], now: datetime) -> None:
    """Keep since when former versions are without rows; `in_use` was counted just now."""
    former = keyring.store.read(former_keys)
    used = [one for one in former if (one.subject, one.version) in in_use and one.unused_since is not None]
    unused = [one for one in former if (one.subject, one.version) not in in_use and one.unused_since is None]
    for keys, since in ((used, None), (unused, to_micros(now))):
        for at in range(0, len(keys), PART):
            keyring.store.write(partial(note_unused, keys=keys[at : at + PART], since=since))


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
    if gone:
        keyring.destroy_versions([(one.subject, one.version) for one in gone])
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
