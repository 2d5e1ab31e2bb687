"""Restoring: an empty installation filled from a backup, whole or not served at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.diagnostics import Message
from engine.extensions import Clock
from engine.installation.backing_up import SEALING_KEY, fingerprint
from engine.installation.replaying import ledger_of_restore, mark_unreplayed
from engine.runtime.audit import WAITING, Act
from engine.runtime.audit_chain.earlier import go_on, is_earlier, newest_act, record, seal_anew
from engine.runtime.audit_chain.sealing import Sealer, release, seal_within
from engine.runtime.audit_chain.verifying import first_broken
from engine.runtime.backup.keys import ESSENTIAL, Keys, installed_keys, read_keys, write_private
from engine.runtime.backup.loading import fill, is_empty
from engine.runtime.backup.manifest import DEFINITIONS, OWN_DEFINITIONS, Manifest, is_sealed_by
from engine.runtime.backup.marker import mark, unfinished, unmark
from engine.runtime.backup.places import not_empty, refuse_no_room, refuse_occupied
from engine.runtime.backup.problems import BackupDamaged, WrongKeys
from engine.runtime.backup.progress import Tell
from engine.runtime.backup.reading import Archive, copy_entry, opened_archive, refuse_damage
from engine.runtime.backup.writing import synchronise_folder
from engine.runtime.database.open import is_postgres, open_database, sqlite_path
from engine.runtime.database.protocol import Database, Session
from engine.runtime.identifiers import IdSource, made_at
from engine.runtime.identity.sessions import end_every_session
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.stores import OWN_PACKS, Saving, entries_saved

RESTORED = "restore"


@dataclass(frozen=True, slots=True)
class RestoreOrder:
    """What is to be restored: the backup, the file of its keys, the folder that its definitions go to."""

    source: Path
    keys: Path | None = None
    definitions: Path | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored; whether its keys are others than before, and whether its definitions are the installed ones.

    `log_broken` is the entry from which the audit log did not hold when it was saved.
    """

    manifest: Manifest
    new_keys: bool
    same_definitions: bool
    log_broken: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """The data folder, and the keys that it is to have."""

    folder: Path
    keys: Keys | None


def restore(settings: Settings, clock: Clock, order: RestoreOrder, tell: Tell) -> Restored:
    """Fill an empty installation: files first, the database last and in one transaction, a marker around all of it.

    Raises BackupDamaged before anything is written, NotEmpty, WrongKeys, NoRoom, DatabaseInUse, DatabaseUnavailable, OSError.
    """
    with opened_archive(order.source) as archive:
        manifest = archive.manifest
        given = keys_of(order.keys, manifest) if order.keys else None
        ledger = ledger_of_restore(settings, archive)
        _refuse_places(settings, order, manifest)
        refuse_no_room(settings.data, manifest)
        refuse_damage(archive, tell)
        settings.data.mkdir(parents=True, exist_ok=True)
        database = open_database(settings.database_url)
        try:
            done = _is_done(database, manifest, settings.data)
            mark(settings.data, manifest.digest)
            if not done:
                _fill_all(database, archive, clock, _Place(settings.data, given), tell)
            broken = _broken(database.read(_last_restored))
        finally:
            database.close()
        if order.definitions is not None:
            _write_definitions(archive, order.definitions)
        if ledger is not None:
            mark_unreplayed(settings.data, ledger)
        unmark(settings.data)
    key = installed_keys(settings.data)[SEALING_KEY]
    return Restored(manifest, not is_sealed_by(manifest, key), fingerprint(settings) == manifest.fingerprint, broken)


def keys_of(path: Path, manifest: Manifest) -> Keys:
    """The keys of a file, which must be those of the backup. Raises WrongKeys."""
    keys = read_keys(path)
    if manifest.seal and not is_sealed_by(manifest, keys[SEALING_KEY]):
        raise WrongKeys(
            Message(
                f"{path} 中的密钥封印不了这份清单：密钥不是这个备份的，或清单被人改写过",
                f"The keys in {path} did not seal this manifest: they belong to another installation, or somebody wrote "
                "another manifest",
            )
        )
    return keys


def _refuse_places(settings: Settings, order: RestoreOrder, manifest: Manifest) -> None:
    begun = unfinished(settings.data)
    if begun is None:
        url = settings.database_url
        refuse_occupied(settings.data, "dougong.sqlite3" if is_postgres(url) else sqlite_path(url).name)
    elif begun != manifest.digest:
        raise not_empty(
            "这里有另一个备份的恢复没有完成", "The restore of another backup was begun here and not finished"
        )
    target = order.definitions
    if target is not None and target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise not_empty(f"{target} 不是空文件夹", f"{target} is no empty folder")


def _fill_all(database: Database, archive: Archive, clock: Clock, place: _Place, tell: Tell) -> None:
    """Files, keys, rows. What is certain to have failed is taken away again: the place was empty before."""
    standing = installed_keys(place.folder)
    try:
        _unpack(archive, _kept(archive.manifest), place.folder)
        _unpack_own_packs(archive, place.folder)
        key = _keys(place.folder, standing, place.keys)[SEALING_KEY]
        fill(database, archive, tell, lambda session: _sign(session, clock, archive.manifest, key))
    except (BackupDamaged, OSError):
        for name in (*entries_saved(Saving.FILES), OWN_DEFINITIONS, OWN_PACKS):
            shutil.rmtree(place.folder / name, ignore_errors=True)
        for name in installed_keys(place.folder).keys() - standing.keys():
            (place.folder / name).unlink()
        unmark(place.folder)
        raise


def _is_done(database: Database, manifest: Manifest, folder: Path) -> bool:
    """Whether the database was filled from this very backup by a restore that did not end. Raises NotEmpty for any other."""
    if database.write(is_empty):
        return False
    if unfinished(folder) == manifest.digest and _mark_of(manifest) in database.read(_last_restored):
        return True
    raise not_empty("数据库中已有数据", "The database holds something already")


def _last_restored(session: Session) -> str:
    act = newest_act(session)
    return act.subject if act is not None and act.action == RESTORED else ""


def _broken(subject: str) -> str:
    return subject.partition("chain=broken:")[2]


def _sign(session: Session, clock: Clock, manifest: Manifest, key: bytes) -> None:
    """Record the restore. Under another key everybody signs in again; the log goes on signed by it (that of an earlier
    release is sealed anew)."""
    known, earlier = is_sealed_by(manifest, key), is_earlier(session)
    broken = first_broken(session, key if known else None)
    if earlier and not known:
        seal_anew(session, key)
    elif broken is not None:
        go_on(session)
    if not known:
        end_every_session(session)
    chain = "held" if broken is None else f"broken:{broken}"
    subject = f"{_mark_of(manifest)} keys={'same' if known else 'new'} chain={chain}"
    record(session, _ids(session, clock, earlier), key, Act(clock.now(), RESTORED, subject=subject, address="console"))
    if not earlier:
        sealer = Sealer(RESTORED, key)
        seal_within(session, sealer, clock.now(), sign=True)
        release(session, sealer)


def _ids(session: Session, clock: Clock, earlier: bool) -> IdSource:
    """Identifiers after those of the entries that waited to be sealed when the backup was made."""
    last = [] if earlier else select(session, WAITING, ("id",), order=("-id",), limit=1)
    return IdSource(clock, after=made_at(int(str(last[0][0]))) if last else 0)


def _mark_of(manifest: Manifest) -> str:
    return f"backup={manifest.digest[:16]}"


def _kept(manifest: Manifest) -> Iterable[str]:
    return (file.name for folder in entries_saved(Saving.FILES) for file in manifest.under(folder))


def _unpack(archive: Archive, names: Iterable[str], folder: Path) -> None:
    """Write entries out below a folder, each on the disk when this returns."""
    folders = {folder}
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            copy_entry(archive, archive.manifest.entries[name], file)
            file.flush()
            os.fsync(file.fileno())
        folders |= {target.parent, *(one for one in target.parents if folder in one.parents)}
    for one in folders:
        synchronise_folder(one)


def _unpack_own_packs(archive: Archive, folder: Path) -> None:
    """The packs of the installation's own, whole before they stand where they are served from."""
    shutil.rmtree(folder / OWN_PACKS, ignore_errors=True)
    names = [file.name for file in archive.manifest.under(OWN_DEFINITIONS)]
    if names:
        _unpack(archive, names, folder)
        (folder / OWN_DEFINITIONS).rename(folder / OWN_PACKS)


def _keys(folder: Path, standing: Keys, given: Keys | None) -> Keys:
    """The keys that hold from now on: those given, those that stand here already, or new ones."""
    made = {ESSENTIAL: secrets.token_bytes(32)}
    keys = {**made, **standing, **(given or {})}
    for name, key in keys.items():
        if standing.get(name) != key:
            write_private(folder / name, key)
    return keys


def _write_definitions(archive: Archive, target: Path) -> None:
    """The packs of the backup as text, there whole or not at all."""
    passing = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        passing.mkdir(parents=True)
        _unpack(archive, (file.name for file in archive.manifest.under(DEFINITIONS)), passing)
        if target.is_dir():
            target.rmdir()  # an empty one
        (passing / DEFINITIONS).rename(target)
    finally:
        shutil.rmtree(passing, ignore_errors=True)
