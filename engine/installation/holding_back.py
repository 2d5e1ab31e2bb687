"""Holding back: where a release's packs do not go with a changed copy of one of them, the editions that did are served on.

A copy hides the newer edition of its pack, and another shipped pack of the release may need what is new there. The texts as
they were last published are kept with their version: those of the packs that have changed since are laid beside the copy, as
copies of their own, and each is offered in its newer edition like any other.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import structlog

from designer.draft.rows import keep_text, text_of
from designer.upgrading.bases import base_of, keep_edition, record_base
from engine.installation.kept_model import Shelf
from engine.installation.publishing.lock import sole_publisher
from engine.installation.publishing.staging import live_texts
from engine.installation.publishing.swapping import folder_of
from engine.installation.served import (
    DoesNotCompile,
    ServedModel,
    compiled_folders,
    installed_packs,
    is_shipped,
    own_packs,
    own_packs_folder,
    shipped_folder,
)
from engine.runtime.backup.writing import synchronise_folder
from engine.runtime.database.protocol import Database, Session
from engine.runtime.design_tables import PACK_BASE
from engine.runtime.design_versions import files_of, newest_version
from engine.runtime.release import recorded_release
from engine.runtime.schema.live import table_names
from engine.runtime.settings import Settings

log = structlog.get_logger("dougong.upgrading")
Texts = dict[str, dict[str, str]]


def compiled_installation(settings: Settings, database: Database, key: bytes) -> ServedModel:
    """The packs of an installation, ready to serve; with what has to be held back for them. Raises DoesNotCompile."""
    shelf = Shelf(settings.data, key)
    try:
        return compiled_folders(installed_packs(settings), shelf)
    except DoesNotCompile:
        if not _hold_back(settings, database):
            raise
    return compiled_folders(installed_packs(settings), shelf)


def _hold_back(settings: Settings, database: Database) -> bool:
    """Lay the last published texts of shipped packs beside the copies, if the packs compile with them; whether it did."""
    if not own_packs(settings.data):
        return False
    texts = database.read(lambda session: _last_published(session, settings))
    if not texts:
        return False
    with (
        sole_publisher(settings.data),
        tempfile.TemporaryDirectory(prefix="held-", dir=folder_of(settings.data)) as place,
    ):
        for files in texts.values():
            _lay(Path(place), files)
        folders = [Path(place) / one.name if one.name in texts else one for one in installed_packs(settings)]
        if ServedModel(folders).compile().model is None:
            return False
        database.write(lambda session: _record(session, texts))
        for pack in texts:
            shutil.move(Path(place) / pack, own_packs_folder(settings.data) / pack)
        synchronise_folder(own_packs_folder(settings.data))
    log.warning("packs of this release were held back", packs=", ".join(texts))
    return True


def _last_published(session: Session, settings: Settings) -> Texts:
    """The texts of the last version of those packs that are served as they are shipped and have changed since."""
    newest = newest_version(session) if PACK_BASE in table_names(session) else None
    if newest is None:
        return {}
    kept = files_of(session, newest.id)
    found: Texts = {}
    for folder in installed_packs(settings):
        files = {file: known for file, known in kept.items() if file.startswith(f"{folder.name}/")}
        texts = {file: text for file, known in files.items() if (text := text_of(session, known)) is not None}
        if is_shipped(folder, shipped_folder(settings)) and texts and texts != live_texts([folder]):
            found[folder.name] = texts
    return found


def _lay(place: Path, files: dict[str, str]) -> None:
    for file, text in files.items():
        path = place / file
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))


def _record(session: Session, texts: Texts) -> None:
    """Each is a copy of the edition that it was."""
    newest, release = newest_version(session), recorded_release(session)
    assert newest is not None
    for pack, files in texts.items():
        known = base_of(session, pack)
        if known is None or known.files != {file: keep_text(session, text) for file, text in files.items()}:
            record_base(session, newest.id, pack, keep_edition(session, release, files))
