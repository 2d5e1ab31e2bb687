"""Backing up: the whole installation as of one moment, while it serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.diagnostics import Message
from engine.dsl.pack_reader import list_pack
from engine.extensions import Clock
from engine.installation.backup_target import admit_target, register_backup
from engine.installation.kept_model import Shelf
from engine.installation.served import DoesNotCompile, compiled_folders, installed_packs, own_packs
from engine.model.sources import Destination
from engine.model.version import product_version
from engine.runtime.backup.keys import ESSENTIAL, installed_keys, refuse_taken, write_keys
from engine.runtime.backup.last import LastBackup, remember_backup
from engine.runtime.backup.manifest import (
    DEFINITIONS,
    MANIFEST,
    OWN_DEFINITIONS,
    Manifest,
    StoredFile,
    manifest_bytes,
    sealed,
)
from engine.runtime.backup.marker import refuse_unfinished
from engine.runtime.backup.problems import BackupImpossible
from engine.runtime.backup.progress import Tell
from engine.runtime.backup.saving import missing_attachments, save_file, save_folder, save_tables
from engine.runtime.backup.tables import standing_tables
from engine.runtime.backup.writing import ArchiveWriter, new_archive
from engine.runtime.database.protocol import Session
from engine.runtime.database.snapshot import snapshot
from engine.runtime.settings import Settings
from engine.runtime.stores import BACKUPS, Saving, entries_saved

SEALING_KEY = ESSENTIAL


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made: where, what is in it, and where its keys went if they were asked for."""

    path: Path
    manifest: Manifest
    keys: Path | None


def default_target(settings: Settings, clock: Clock) -> Path:
    """The place of a backup that was given none: named by its moment, in the data folder."""
    return settings.data / BACKUPS / f"dougong-{clock.now():%Y%m%dT%H%M%SZ}.zip"


def back_up(settings: Settings, clock: Clock, target: Path | None, keys: Path | None, tell: Tell) -> Backup:
    """Make a backup; the installation may serve meanwhile, and what it commits from now on is not in it.

    Raises BackupImpossible, EgressRefused, RestoreUnfinished, DatabaseUnavailable, OSError; then there is nothing at `target`.
    """
    refuse_unfinished(settings.data)
    installed = installed_keys(settings.data)
    if keys is not None:
        refuse_taken(keys)
        if not installed:
            raise BackupImpossible(Message(f"{settings.data} 中没有密钥", f"There are no keys in {settings.data}"))
    path = target or default_target(settings, clock)
    print_of_model, destinations = _installed_model(settings)
    with snapshot(settings.database_url) as session:
        goes_to = ""
        if target is None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        else:
            goes_to = admit_target(settings, session, destinations, target)
        with new_archive(path) as archive:
            manifest = _save(session, archive, settings, clock, tell, print_of_model)
            whole = sealed(manifest, installed.get(SEALING_KEY))
            with archive.entry(MANIFEST) as stream:
                stream.write(manifest_bytes(whole))
    if goes_to:
        register_backup(settings, goes_to, sum(one.size for one in whole.entries.values()))
    if keys is not None:
        write_keys(keys, installed)
    with suppress(OSError):  # the backup is made; that nobody can be told of it is no reason to say otherwise
        remember_backup(settings.data, LastBackup(datetime.fromisoformat(whole.instant), str(path)))
    return Backup(path, whole, keys)


def _save(
    session: Session, archive: ArchiveWriter, settings: Settings, clock: Clock, tell: Tell, fingerprint: str
) -> Manifest:
    """Rows first: a file is there before the row that names it."""
    instant = clock.now()
    standing = standing_tables(session)
    tables = save_tables(session, archive, standing.tables, tell)
    left_out = list(standing.left_out)
    files: list[StoredFile] = []
    for name in entries_saved(Saving.FILES):
        saved, unfit = save_folder(archive, settings.data / name, name, tell)
        files += saved
        left_out += unfit
    missing = missing_attachments(session, (one.name for one in files))
    files += _definitions(archive, installed_packs(settings), DEFINITIONS)
    files += _definitions(archive, own_packs(settings.data), OWN_DEFINITIONS)
    return Manifest(
        version=product_version(),
        instant=instant.isoformat(),
        dialect=session.dialect,
        fingerprint=fingerprint,
        tables=tables,
        files=tuple(files),
        left_out=tuple(left_out),
        missing=missing,
    )


def _definitions(archive: ArchiveWriter, packs: Sequence[Path], place: str) -> Iterator[StoredFile]:
    """The text of packs, below a place of the archive: of all that the installation serves, and again of its own, which a
    restore puts back where they were."""
    for folder in packs:
        for file in list_pack(folder).files:
            stored = save_file(archive, file.location, f"{place}/{file.file}")
            if stored is not None:
                yield stored


def fingerprint(settings: Settings) -> str:
    """The fingerprint of the installed definitions, empty when they do not compile."""
    return _installed_model(settings)[0]


def _installed_model(settings: Settings) -> tuple[str, Mapping[str, Destination]]:
    """The fingerprint of the installed definitions and the destinations in them; empty when they do not compile: data is
    saved all the same. Where they were compiled for it, the next start finds them kept."""
    key = installed_keys(settings.data).get(SEALING_KEY)
    try:
        model = compiled_folders(installed_packs(settings), Shelf(settings.data, key) if key else None).current()
    except DoesNotCompile:
        return "", {}
    return model.fingerprint, model.destinations
