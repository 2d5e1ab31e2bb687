"""The journal: every change of the draft with its author, in one order; what undo and redo stand on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.diagnostics import Message
from engine.runtime.database.protocol import Session
from engine.runtime.design_tables import DESIGN_JOURNAL
from engine.runtime.instants import from_micros, to_micros
from engine.runtime.rows import insert, select, update

Hashes = Mapping[str, tuple[str | None, str | None]]
"""Hashes of files before and after; None: there was no such file."""
NO_FILES = "{}"
"""The files of an act on data: such an act is live at once, and changes no text."""
COLUMNS = (
    "seq", "at", "author", "sort", "label_zh", "label_en", "command", "inverse", "files", "undoes", "undone",
)  # fmt: skip


class Sort(StrEnum):
    """What an entry is: an act of somebody, one taken back, one done again, or a change from outside."""

    ACT = "act"
    UNDO = "undo"
    REDO = "redo"
    OUTSIDE = "outside"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: `undoes` names the entry that it takes back or does again, `undone` the one that took it back."""

    seq: int
    at: datetime
    author: int | None
    sort: Sort
    label: Message
    command: Mapping[str, object]
    inverse: Mapping[str, object]
    files: Hashes
    undoes: int | None = None
    undone: int | None = None


def append(session: Session, one: Entry) -> None:
    """Write an entry down."""
    insert(
        session,
        DESIGN_JOURNAL,
        {
            "seq": one.seq,
            "at": to_micros(one.at),
            "author": one.author,
            "sort": str(one.sort),
            "label_zh": one.label.zh,
            "label_en": one.label.en,
            "command": json.dumps(one.command, ensure_ascii=False),
            "inverse": json.dumps(one.inverse, ensure_ascii=False),
            "files": json.dumps(one.files, ensure_ascii=False),
            "undoes": one.undoes,
            "undone": one.undone,
        },
    )


def mark_undone(session: Session, seq: int, by: int | None) -> None:
    """An entry was taken back by another, or (None) holds again."""
    update(session, DESIGN_JOURNAL, {"undone": by}, {"seq": seq})


def keep_inverse(session: Session, seq: int, inverse: Mapping[str, object]) -> None:
    """An act on data that was done again is taken back by other rows than at first."""
    update(session, DESIGN_JOURNAL, {"inverse": json.dumps(inverse, ensure_ascii=False)}, {"seq": seq})


def to_undo(session: Session, author: int, since: datetime) -> Entry | None:
    """The author's last act that holds: on definitions until it is published, on data from `since` on."""
    return _last_open(session, {"author": author, "sort": str(Sort.ACT), "undone is null": None}, since)


def to_redo(session: Session, author: int, since: datetime) -> Entry | None:
    """The author's last undo that nothing of theirs came after."""
    undo = _last_open(session, {"author": author, "sort": str(Sort.UNDO), "undone is null": None}, since)
    if undo is None or _last(session, {"author": author, "sort": str(Sort.ACT), "seq >": undo.seq}) is not None:
        return None
    return undo


def _last_open(session: Session, where: Mapping[str, object], since: datetime) -> Entry | None:
    drafted = _last(session, {**where, "files <>": NO_FILES, "seq >": _closed(session)})
    of_data = _last(session, {**where, "files": NO_FILES, "at >=": to_micros(since)})
    return max((one for one in (drafted, of_data) if one is not None), key=lambda one: one.seq, default=None)


def authors_since_published(session: Session) -> frozenset[int]:
    """Who has changed the draft since it was published last."""
    rows = select(session, DESIGN_JOURNAL, ("author",), {"seq >": _closed(session), "author is not null": None})
    return frozenset(int(str(row[0])) for row in rows)


def _closed(session: Session) -> int:
    """The entry up to which everything was published: going back behind it is a publication of its own."""
    found = select(session, DESIGN_JOURNAL, ("seq",), {"sort": str(Sort.PUBLISHED)}, order=("-seq",), limit=1)
    return int(str(found[0][0])) if found else 0


def _last(session: Session, where: Mapping[str, object]) -> Entry | None:
    found = select(session, DESIGN_JOURNAL, COLUMNS, where, order=("-seq",), limit=1)
    return _entry(found[0]) if found else None


def entry_of(session: Session, seq: int) -> Entry | None:
    return _last(session, {"seq": seq})


def newest(session: Session, limit: int, below: int | None = None) -> list[Entry]:
    """Entries, newest first; `below` goes on after one."""
    where = {} if below is None else {"seq <": below}
    return [_entry(row) for row in select(session, DESIGN_JOURNAL, COLUMNS, where, order=("-seq",), limit=limit)]


def since(session: Session, seq: int, limit: int) -> list[Entry]:
    """Entries after one, oldest first."""
    rows = select(session, DESIGN_JOURNAL, COLUMNS, {"seq >": seq}, order=("seq",), limit=limit)
    return [_entry(row) for row in rows]


def _entry(row: Sequence[object]) -> Entry:
    seq, at, author, sort, zh, en, command, inverse, files, undoes, undone = row
    return Entry(
        int(str(seq)),
        from_micros(int(str(at))),
        _number(author),
        Sort(str(sort)),
        Message(str(zh), str(en)),
        json.loads(str(command)),
        json.loads(str(inverse)),
        {file: (before, after) for file, (before, after) in json.loads(str(files)).items()},
        _number(undoes),
        _number(undone),
    )


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))
