"""Versions: every set of definitions that was ever served by a publication, who made it, when, and what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.diagnostics import Message
from engine.runtime.database.protocol import Session
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import insert, select
from engine.runtime.schema.live import table_names
from engine.runtime.schema.tables import Column, PhysicalKind, Table

DESIGN_VERSION = "dougong_design_version"
DESIGN_VERSION_TABLE = Table(
    DESIGN_VERSION,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("at", PhysicalKind.INTEGER, nullable=False),
        Column("author", PhysicalKind.INTEGER),
        Column("sort", PhysicalKind.TEXT, nullable=False),
        Column("restores", PhysicalKind.INTEGER),
        Column("note", PhysicalKind.TEXT, nullable=False),
        Column("reason", PhysicalKind.TEXT, nullable=False),
        Column("words_zh", PhysicalKind.TEXT, nullable=False),
        Column("words_en", PhysicalKind.TEXT, nullable=False),
        Column("fingerprint", PhysicalKind.TEXT, nullable=False),
        Column("rev", PhysicalKind.INTEGER, nullable=False),
        Column("files", PhysicalKind.TEXT, nullable=False),
    ),
)
HEAD = ("id", "at", "author", "sort", "restores", "note", "reason", "words_zh", "words_en", "fingerprint", "rev")


class Sort(StrEnum):
    """How a version came to be: as it stood before the first publication, by one, by going back, or outside the designer."""

    FIRST = "first"
    PUBLISHED = "published"
    ROLLBACK = "rollback"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Version:
    """One version: `note` is its author's, `reason` why it was published with failing tests, `restores` the one that it went
    back to, `rev` the draft's revision that it took in."""

    id: int
    at: datetime
    author: int | None
    sort: Sort
    note: str
    words: Message
    fingerprint: str
    rev: int = 0
    reason: str = ""
    restores: int | None = None


def record_version(session: Session, version: Version, files: Mapping[str, str]) -> None:
    """Keep a version; `files` are the hashes of its texts by the names of their files."""
    insert(
        session,
        DESIGN_VERSION,
        {
            "id": version.id,
            "at": to_micros(version.at),
            "author": version.author,
            "sort": str(version.sort),
            "restores": version.restores,
            "note": version.note,
            "reason": version.reason,
            "words_zh": version.words.zh,
            "words_en": version.words.en,
            "fingerprint": version.fingerprint,
            "rev": version.rev,
            "files": json.dumps(dict(sorted(files.items()))),
        },
    )


def versions(session: Session, below: int | None = None, limit: int = 50) -> list[Version]:
    """Versions, newest first; `below` continues after one."""
    where = {} if below is None else {"id <": below}
    return [_version(row) for row in select(session, DESIGN_VERSION, HEAD, where, order=("-id",), limit=limit)]


def newest_version(session: Session) -> Version | None:
    """The version recorded last; None before the first publication."""
    if DESIGN_VERSION not in table_names(session):
        return None
    return next(iter(versions(session, limit=1)), None)


def newest_id(session: Session) -> int | None:
    """The version recorded last, by its id; None before the first publication."""
    found = select(session, DESIGN_VERSION, ("id",), order=("-id",), limit=1)
    return int(str(found[0][0])) if found else None


def is_recorded(session: Session, id: int) -> bool:
    """Whether a version is kept; of an installation that has no table for them, none is."""
    return DESIGN_VERSION in table_names(session) and version_of(session, id) is not None


def version_of(session: Session, id: int) -> Version | None:
    """One version."""
    return next((_version(row) for row in select(session, DESIGN_VERSION, HEAD, {"id": id})), None)


def files_of(session: Session, id: int) -> dict[str, str]:
    """The hashes of a version's texts by the names of their files; none of a version that is not there."""
    found = select(session, DESIGN_VERSION, ("files",), {"id": id})
    return {str(file): str(known) for file, known in json.loads(str(found[0][0])).items()} if found else {}


def version_before(session: Session, id: int) -> int | None:
    """The version that stood before another."""
    found = select(session, DESIGN_VERSION, ("id",), {"id <": id}, order=("-id",), limit=1)
    return int(str(found[0][0])) if found else None


def _version(row: Sequence[object]) -> Version:
    id, at, author, sort, restores, note, reason, zh, en, fingerprint, rev = row
    return Version(
        int(str(id)),
        from_micros(int(str(at))),
        None if author is None else int(str(author)),
        Sort(str(sort)),
        str(note),
        Message(str(zh), str(en)),
        str(fingerprint),
        int(str(rev)),
        str(reason),
        None if restores is None else int(str(restores)),
    )
