"""Rewriting: rows sealed under a former key are sealed under the newest one, part by part, while everybody works on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.runtime.database.protocol import Database, Session
from engine.runtime.sovereignty.envelopes import Tampered, key_version_of
from engine.runtime.sovereignty.key_rows import SubjectRef
from engine.runtime.sovereignty.vault import Sealed, Sealing, Vault

RENEW = "renew_seals"
"""The kind of the job."""
PART = 200
"""Rows in one transaction."""
Position = tuple[int, ...]
"""Where a walk over rows stands: the key of the last row."""


@dataclass(frozen=True, slots=True)
class StoredEnvelope:
    """An envelope with the row, the column, and the name within it under which it lies."""

    row: Position
    column: str
    name: str
    sealed: Sealed


class SealedRows(Protocol):
    """Rows of a table that hold envelopes."""

    def part(
        self, session: Session, after: Position | None, limit: int
    ) -> tuple[Sequence[StoredEnvelope], Position | None]:
        """The envelopes of so many rows in the order of their keys, and the last row's key; None when there are no more."""
        ...

    def put(self, session: Session, stored: StoredEnvelope, envelope: bytes) -> bool:
        """Put an envelope in the place of the one that was read; False when that is not there any more."""
        ...


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What was done: envelopes sealed anew, and those that did not open and stay as they are."""

    envelopes: int = 0
    unreadable: int = 0


def rewrite(database: Database, vault: Vault, tables: Iterable[SealedRows], part: int = PART) -> Rewritten:
    """Seal all that lies under former keys anew. May be broken off anywhere and begun again: what is done stays done."""
    envelopes = unreadable = 0
    for rows in tables:
        for found in _parts(database, rows, part):
            done, lost = _rewrite_part(database, vault, rows, found)
            envelopes, unreadable = envelopes + done, unreadable + lost
    return Rewritten(envelopes, unreadable)


def versions_in_use(
    database: Database, tables: Iterable[SealedRows], part: int = 10 * PART
) -> frozenset[tuple[SubjectRef, int]]:
    """Every version of a data key that some row is sealed under: walks all rows."""
    return frozenset(
        (one.sealed.subject, version)
        for rows in tables
        for found in _parts(database, rows, part)
        for one in found
        if (version := _version(one)) is not None
    )


def _parts(database: Database, rows: SealedRows, size: int) -> Iterator[Sequence[StoredEnvelope]]:
    """The envelopes of a table part by part, each in a transaction of its own."""
    after: Position | None = None
    while True:
        found, after = database.read(lambda session, here=after: rows.part(session, here, size))  # type: ignore[misc]
        yield found
        if after is None:
            return


def _rewrite_part(
    database: Database, vault: Vault, rows: SealedRows, found: Collection[StoredEnvelope]
) -> tuple[int, int]:
    """How many were sealed anew, and how many do not open."""
    newest = vault.keyring.data_keys({(one.sealed.subject, None) for one in found})
    stale = [
        one
        for one in found
        if (key := newest[one.sealed.subject, None]) is not None and _version(one) not in {None, key[0]}
    ]
    if not stale:
        return 0, 0
    opened = vault.open_many([one.sealed for one in stale])
    readable = [(one, plain) for one, plain in zip(stale, opened, strict=True) if isinstance(plain, bytes)]
    again = vault.seal_many([Sealing(one.sealed.subject, one.sealed.place, plain) for one, plain in readable])
    changes = [(one, envelope) for (one, _), envelope in zip(readable, again, strict=True)]
    put = database.write(lambda session: sum(rows.put(session, one, envelope) for one, envelope in changes))
    return put, len(stale) - len(readable)


def _version(stored: StoredEnvelope) -> int | None:
    """The version of the key of an envelope; None for what is no envelope."""
    try:
        return key_version_of(stored.sealed.envelope, stored.sealed.place)
    except Tampered:
        return None
