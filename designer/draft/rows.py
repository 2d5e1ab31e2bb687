"""Rows of the draft: which files differ from the live ones, their texts by hash, and the revision of it all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designer.draft.hashes import hash_of
from engine.runtime.database.protocol import Session
from engine.runtime.design_tables import DESIGN_DRAFT, DESIGN_HEAD, DESIGN_TEXT
from engine.runtime.instants import to_micros
from engine.runtime.rows import delete, insert, insert_first, select, update
from engine.runtime.work import Work

HEAD = 1
Conflict = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file of the draft: the hashes of the live text it came from and of its own (None: no such file), and what still
    has to be decided between the two."""

    file: str
    base: str | None
    hash: str | None
    rev: int
    conflicts: tuple[Conflict, ...] = ()


def locked_rev(session: Session) -> int:
    """The draft's revision, kept from being changed by others until the transaction ends."""
    found = select(session, DESIGN_HEAD, ("rev",), {"id": HEAD}, lock=True)
    if not found:
        insert_first(session, DESIGN_HEAD, {"id": HEAD, "rev": 0})
        return 0
    return int(str(found[0][0]))


def current_rev(session: Session) -> int:
    found = select(session, DESIGN_HEAD, ("rev",), {"id": HEAD})
    return int(str(found[0][0])) if found else 0


def next_rev(session: Session) -> int:
    """The revision that what is written now has; its row is locked already."""
    rev = current_rev(session) + 1
    update(session, DESIGN_HEAD, {"rev": rev}, {"id": HEAD})
    return rev


def draft_files(session: Session) -> dict[str, DraftFile]:
    """All files of the draft by name."""
    rows = select(session, DESIGN_DRAFT, ("file", "base", "hash", "rev", "conflicts"), order=("file",))
    return {str(row[0]): _draft_file(row) for row in rows}


def _draft_file(row: Sequence[object]) -> DraftFile:
    file, base, own, rev, conflicts = row
    listed = tuple(json.loads(str(conflicts))) if conflicts else ()
    return DraftFile(str(file), _text(base), _text(own), int(str(rev)), listed)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def keep_draft_file(work: Work, one: DraftFile) -> None:
    """Write a file of the draft down."""
    row = {
        "base": one.base,
        "hash": one.hash,
        "conflicts": json.dumps(one.conflicts, ensure_ascii=False) if one.conflicts else None,
        "rev": one.rev,
        "changed_at": to_micros(work.context.now),
        "changed_by": work.context.principal.user_id or None,
    }
    if not update(work.session, DESIGN_DRAFT, row, {"file": one.file}):
        insert(work.session, DESIGN_DRAFT, {"file": one.file, **row})


def drop_draft_file(session: Session, file: str) -> None:
    """The draft of a file is what is live."""
    delete(session, DESIGN_DRAFT, {"file": file})


def keep_text(session: Session, text: str) -> str:
    """Keep a text; its hash."""
    found = hash_of(text)
    if not select(session, DESIGN_TEXT, ("hash",), {"hash": found}):
        insert(session, DESIGN_TEXT, {"hash": found, "text": text})
    return found


def text_of(session: Session, known: str) -> str | None:
    """The text of a hash; None where it is not kept."""
    found = select(session, DESIGN_TEXT, ("text",), {"hash": known})
    return str(found[0][0]) if found else None
