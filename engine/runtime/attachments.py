"""Attachments: files of records, kept on disk by the hash of their content, within one record's reach."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.diagnostics import DougongError, Message
from engine.model.access import Action
from engine.model.errors import NotFound
from engine.runtime.events import Aspect, tell_beside
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.query.rights import check_permitted
from engine.runtime.rows import insert, select, update
from engine.runtime.schema.tables import Column, Index, PhysicalKind, Table
from engine.runtime.work import Work

ATTACHMENT = "dougong_attachment"
LARGEST_FILE = 20_000_000
PASSING = ".part"
"""What a file is called beside its name until it is whole."""
ATTACHMENT_TABLE = Table(
    ATTACHMENT,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("entity", PhysicalKind.TEXT, nullable=False),
        Column("record", PhysicalKind.INTEGER, nullable=False),
        Column("filename", PhysicalKind.TEXT, nullable=False),
        Column("size", PhysicalKind.INTEGER, nullable=False),
        Column("content_hash", PhysicalKind.TEXT, nullable=False),
        Column("created_at", PhysicalKind.INTEGER, nullable=False),
        Column("created_by", PhysicalKind.INTEGER),
        Column("deleted_at", PhysicalKind.INTEGER),
    ),
    indexes=(Index("dougong_attachment__record", ("entity", "record")),),
)
COLUMNS = ("id", "entity", "record", "filename", "size", "content_hash", "created_at", "created_by")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]")


class BadFile(DougongError):
    """A file that cannot be attached."""

    code = "bad_file"
    status = 422


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a record."""

    id: int
    entity: str
    record: int
    filename: str
    size: int
    content_hash: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file as it is given."""

    filename: str
    content: bytes


def attach(work: Work, entity: str, record: int, file: NewFile) -> Attachment:
    """Attach a file; needs the right to update the record. Raises BadFile for an empty or too large one."""
    check_permitted(work, entity, record, Action.UPDATE)
    keep_file(work, entity, record, file)
    return list_attachments(work, entity, record)[-1]


def keep_file(work: Work, entity: str, record: int, file: NewFile) -> None:
    """Keep a file with a record, for a caller whose right to that was found elsewhere. Raises BadFile."""
    content = file.content
    if not content or len(content) > LARGEST_FILE:
        megabytes = LARGEST_FILE // 1_000_000
        raise BadFile(Message(f"文件应非空且不超过 {megabytes} MB", f"A file is not empty and at most {megabytes} MB"))
    digest = hashlib.sha256(content).hexdigest()
    _store(_path(work, entity, record, digest), content)
    row = {
        "id": work.ids.next(),
        "entity": entity,
        "record": record,
        "filename": safe_name(file.filename),
        "size": len(content),
        "content_hash": digest,
        "created_at": to_micros(work.context.now),
        "created_by": work.context.principal.user_id or None,
        "deleted_at": None,
    }
    insert(work.session, ATTACHMENT, row)
    tell_beside(work, entity, record, Aspect.FILE)


def has_content(work: Work, entity: str, record: int, content: bytes) -> bool:
    """Whether a record has a file with this content already."""
    where = {"entity": entity, "record": record, "content_hash": hashlib.sha256(content).hexdigest()}
    return bool(select(work.session, ATTACHMENT, ("id",), {**where, "deleted_at is null": None}, limit=1))


def has_attached(work: Work, entity: str, record: int, since: int) -> bool:
    """Whether the caller has attached a file to a record since an instant (microseconds), and it is still there."""
    where = {"entity": entity, "record": record, "created_by": work.context.principal.user_id, "created_at >=": since}
    return bool(select(work.session, ATTACHMENT, ("id",), {**where, "deleted_at is null": None}, limit=1))


def list_attachments(work: Work, entity: str, record: int) -> tuple[Attachment, ...]:
    """The files of a record that the reader may read."""
    check_permitted(work, entity, record, Action.READ)
    where = {"entity": entity, "record": record, "deleted_at is null": None}
    return tuple(_attachment(work, row) for row in select(work.session, ATTACHMENT, COLUMNS, where, ("id",)))


def read_attachment(work: Work, attachment: int) -> tuple[Attachment, bytes]:
    """A file with its content. Raises NotFound when its record is out of the reader's scope."""
    rows = select(work.session, ATTACHMENT, COLUMNS, {"id": attachment, "deleted_at is null": None})
    if not rows:
        raise NotFound
    found = _attachment(work, rows[0])
    check_permitted(work, found.entity, found.record, Action.READ)
    return found, _path(work, found.entity, found.record, found.content_hash).read_bytes()


def detach(work: Work, attachment: int) -> Attachment:
    """Take a file away from its record; needs the right to update the record."""
    found, _ = read_attachment(work, attachment)
    check_permitted(work, found.entity, found.record, Action.UPDATE)
    update(work.session, ATTACHMENT, {"deleted_at": to_micros(work.context.now)}, {"id": attachment})
    tell_beside(work, found.entity, found.record, Aspect.FILE)
    return found


def safe_name(filename: str) -> str:
    """A file name without path, control characters or anything that a file system or header takes amiss."""
    name = _UNSAFE.sub("_", filename.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    return name[-120:] or "file"


def file_name(entity: str, record: int, digest: str) -> str:
    """Where the content of an attachment lies below the data folder."""
    return f"files/{entity}/{record:019d}/{digest}"


def _path(work: Work, entity: str, record: int, digest: str) -> Path:
    return work.data_folder / file_name(entity, record, digest)


def _store(path: Path, content: bytes) -> None:
    """Old or new, never half: written beside and moved into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    beside = path.with_suffix(PASSING)
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _attachment(work: Work, row: Sequence[object]) -> Attachment:
    user = select(work.session, "dougong_user", ("name",), {"id": row[7]}) if row[7] is not None else []
    return Attachment(
        id=int(str(row[0])),
        entity=str(row[1]),
        record=int(str(row[2])),
        filename=str(row[3]),
        size=int(str(row[4])),
        content_hash=str(row[5]),
        created_at=from_micros(int(str(row[6]))),
        created_by=str(user[0][0]) if user else "—",
    )
