"""A removal under way: noted in a file before anything is touched, so that one whose process is killed is ended at the next start.

The migration decides. Where the journal has it, the pack is gone and what was asked for its data is done to its end; where it
has not, the definitions go back to where they lay and nothing has happened.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import structlog

from engine.diagnostics import DougongError, Message
from engine.runtime.attachments import ATTACHMENT
from engine.runtime.audit import CANARY, Act
from engine.runtime.audit_chain.earlier import record
from engine.runtime.comments.tables import COMMENT, TRACE
from engine.runtime.database.protocol import Database, Session
from engine.runtime.database.sqlite_files import DatabaseInUse, SoleOwner
from engine.runtime.events import EVENT
from engine.runtime.idempotency import KEY
from engine.runtime.identifiers import IdSource
from engine.runtime.instants import from_micros
from engine.runtime.jobs import JOB
from engine.runtime.moments import forget_moment, last_moment, remember_moment
from engine.runtime.notices import NOTICE
from engine.runtime.notifying.deliveries import DELIVERY
from engine.runtime.removed_packs import remember_removal
from engine.runtime.rows import delete
from engine.runtime.schema.journal import MIGRATION_TABLE, migrations
from engine.runtime.schema.live import table_names
from engine.runtime.schema.tombstones import purge_migration
from engine.runtime.sources.standing import forget_sources
from engine.runtime.stores import REPLACED
from engine.runtime.transfer.tables import forget_imports
from engine.runtime.versions import forget_field

ABOUT_RECORDS = (EVENT, ATTACHMENT, KEY, COMMENT, TRACE, NOTICE, DELIVERY, CANARY)
"""Tables of the kernel whose rows are about a record of an entity."""
MARK = "removal.json"
PART = ".part"
Recording = Callable[[Session, Act], None]
"""How the act is recorded."""
log = structlog.get_logger("dougong.removal")


class RemovalUnderWay(DougongError):
    """Another process removes a pack just now."""

    code = "removal_under_way"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Message("正在卸载另一个应用包，请稍候再试", "A pack is being removed just now; try again in a moment")
        )


@dataclass(frozen=True, slots=True)
class RemovalMark:
    """What a removal does, told by names alone: its migration and moment (microseconds), the pack's text as it lay and lies,
    whether its data is erased, its entities, the fields that it had added to others, and the tables that are kept."""

    migration: int
    at: int
    pack: str
    folder: str
    kept: str
    erase: bool
    entities: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]
    tables: tuple[str, ...]


@contextmanager
def sole_remover(data: Path) -> Iterator[None]:
    """Nobody else removes a pack of this data folder meanwhile; a killed process lets go. Raises RemovalUnderWay."""
    (data / REPLACED).mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        owner = SoleOwner(data / REPLACED)
    except DatabaseInUse:
        raise RemovalUnderWay from None
    try:
        yield
    finally:
        owner.release()


def note(data: Path, mark: RemovalMark) -> None:
    """Note what is about to be done; on the disk once this returns."""
    place = data / REPLACED / MARK
    with place.with_suffix(PART).open("w", encoding="utf-8") as file:
        json.dump(asdict(mark), file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    place.with_suffix(PART).replace(place)


def unnote(data: Path) -> None:
    (data / REPLACED / MARK).unlink(missing_ok=True)


def recover_removal(data: Path, database: Database, ids: IdSource, key: bytes) -> bool:
    """End a removal whose process was killed. Whether there was one. One that is under way is left to its process."""
    if not (data / REPLACED / MARK).exists():
        return False
    try:
        with sole_remover(data):
            mark = _noted(data)
            if mark is None:
                return False
            if take_back(data, database, mark):
                log.warning("removal was undone", pack=mark.pack)
            else:
                end_removal(data, database, lambda session, act: record(session, ids, key, act), mark)
                log.warning("removal was finished", pack=mark.pack)
            return True
    except RemovalUnderWay:
        return False


def take_back(data: Path, database: Database, mark: RemovalMark) -> bool:
    """Undo what was done before the migration; False where that is applied, and only the end is left to do."""
    if database.read(partial(_is_applied, migration=mark.migration)):
        return False
    _put_back(mark)
    unnote(data)
    return True


def end_removal(data: Path, database: Database, recording: Recording, mark: RemovalMark) -> None:
    """What follows the migration: all that was asked for the data, once and to its end, however often this is begun."""
    if mark.erase:
        purge_migration(database, mark.migration)
        for entity, field in mark.fields:
            database.write(partial(forget_field, entity=entity, field=field))
        _erase_files(data, mark.entities)
    database.write(lambda session: _record(session, recording, mark))
    unnote(data)
    database.write(lambda session: forget_moment(session, _name(mark)))


def set_aside(mark: RemovalMark) -> None:
    """The pack's text goes to where it is kept: whole there before anything of it is gone here."""
    _move(Path(mark.folder), Path(mark.kept))


def _put_back(mark: RemovalMark) -> None:
    """The pack's text lies where it lay, however far its moving had come."""
    folder, kept = Path(mark.folder), Path(mark.kept)
    for one in (folder, kept):
        shutil.rmtree(_part(one), ignore_errors=True)
    if kept.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _move(kept, folder)


def _move(source: Path, target: Path) -> None:
    """At every moment each of both is whole or not there: what comes and what goes has another name meanwhile."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if on_one_disk(source, target.parent):
        source.rename(target)
        return
    shutil.rmtree(_part(target), ignore_errors=True)
    shutil.copytree(source, _part(target), symlinks=True)
    _part(target).rename(target)
    source.rename(_part(source))
    shutil.rmtree(_part(source))


def on_one_disk(one: Path, other: Path) -> bool:
    """Whether what lies in one folder is moved to the other in one go."""
    return one.stat().st_dev == other.stat().st_dev


def _part(folder: Path) -> Path:
    return folder.with_name(folder.name + PART)


def _noted(data: Path) -> RemovalMark | None:
    place = data / REPLACED / MARK
    if not place.exists():
        return None
    found = json.loads(place.read_text("utf-8"))
    fields = tuple((str(entity), str(field)) for entity, field in found["fields"])
    return RemovalMark(
        **{**found, "entities": tuple(found["entities"]), "fields": fields, "tables": tuple(found["tables"])}
    )


def _is_applied(session: Session, migration: int) -> bool:
    return MIGRATION_TABLE in table_names(session) and any(one.id == migration for one in migrations(session))


def _record(session: Session, recording: Recording, mark: RemovalMark) -> None:
    """What the kernel keeps about the pack's records goes, or the tables that are kept are noted; and the act is on record."""
    if last_moment(session, _name(mark)) is not None:
        return
    if mark.erase:
        for entity in mark.entities:
            for table in ABOUT_RECORDS:
                delete(session, table, {"entity": entity})
            delete(session, JOB, {"about": entity})
            forget_sources(session, entity)
            forget_imports(session, entity)
    elif mark.tables:
        remember_removal(session, mark.migration, mark.pack, mark.tables)
    words = f"pack={mark.pack} data={'erased' if mark.erase else 'kept'}"
    recording(session, Act(from_micros(mark.at), "uninstall", subject=words, address="console"))
    remember_moment(session, _name(mark), from_micros(mark.at))


def _name(mark: RemovalMark) -> str:
    return f"removal {mark.migration}"


def _erase_files(data: Path, entities: Sequence[str]) -> None:
    for entity in entities:
        shutil.rmtree(data / "files" / entity, ignore_errors=True)
