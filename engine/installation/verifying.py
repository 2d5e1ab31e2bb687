"""Verifying a backup: every byte against the manifest, then a restore into a database that is thrown away."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from engine.diagnostics import Message
from engine.installation.backing_up import SEALING_KEY
from engine.installation.restoring import keys_of
from engine.runtime.audit_chain.verifying import first_broken
from engine.runtime.backup.loading import fill
from engine.runtime.backup.manifest import Manifest
from engine.runtime.backup.places import refuse_no_room
from engine.runtime.backup.problems import BackupDamaged
from engine.runtime.backup.progress import Tell
from engine.runtime.backup.reading import Archive, opened_archive, refuse_damage
from engine.runtime.backup.saving import missing_attachments
from engine.runtime.database.protocol import Session
from engine.runtime.database.sqlite import SqliteDatabase

_HASH = re.compile(r"/[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True)
class Verified:
    """A backup that is whole: what is in it, and whether its seals were checked with the keys."""

    manifest: Manifest
    seals_checked: bool


def verify(source: Path, keys: Path | None, tell: Tell) -> Verified:
    """Check a backup without touching the installation. Raises BackupDamaged with everything found, WrongKeys, NoRoom, OSError."""
    with opened_archive(source) as archive:
        refuse_no_room(Path(tempfile.gettempdir()), archive.manifest)
        refuse_damage(archive, tell)
        key = keys_of(keys, archive.manifest)[SEALING_KEY] if keys else None
        with tempfile.TemporaryDirectory(prefix="dougong-verify-") as folder:
            _restore_for_trial(archive, Path(folder), key, tell)
        return Verified(archive.manifest, key is not None)


def _restore_for_trial(archive: Archive, folder: Path, key: bytes | None, tell: Tell) -> None:
    database = SqliteDatabase(folder / "trial.sqlite3")
    try:
        fill(database, archive, tell, lambda session: _check(session, archive.manifest, key))
    finally:
        database.close()


def _check(session: Session, manifest: Manifest, key: bytes | None) -> None:
    """What the rows say of each other: the chain of the audit log, and the files of attachments."""
    problems = []
    broken = first_broken(session, key)
    if broken is not None:
        problems.append(
            Message(f"审计日志从第 {broken} 条起不成链", f"The chain of the audit log is broken from entry {broken}")
        )
    missing = missing_attachments(session, manifest.entries)
    problems += [
        Message(f"缺少附件 {name}", f"Attachment {name} is missing") for name in missing if name not in manifest.missing
    ]
    problems += [
        Message(f"附件 {file.name} 的内容与其摘要不符", f"Attachment {file.name} does not hold what its name says")
        for file in manifest.under("files")
        if _HASH.search(file.name) and not file.name.endswith(f"/{file.sha256}")
    ]
    if problems:
        raise BackupDamaged(*problems)
