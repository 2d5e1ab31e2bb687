"""Reads of guarded fields: one entry a page, with the digest of the rows that were read, on the way out of the request.

Whoever answers a request adds one line to a file of the data folder, which a kill of the process cannot take back, and waits
for no database. The sealer takes the files in, each once. A power cut can take the lines of the last moments, for which the
page had not been written to the disk.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from engine.runtime.audit import READ, TAKEN, TOLD, WAITING, Act, act_of
from engine.runtime.audit_chain.canary_rows import CanaryRead
from engine.runtime.audit_chain.links import sm3
from engine.runtime.database.protocol import Database, Row, Session
from engine.runtime.identifiers import IdSource, encode_id
from engine.runtime.instants import to_micros
from engine.runtime.rows import delete, insert, insert_rows, select
from engine.runtime.sightings import Sighting

SUFFIX = ".jsonl"
MOST_NAMED = 12
"""Fields that an entry names at most; further ones are counted."""
COLUMNS = ("id", *TOLD, "digest")
Tripping = Callable[[Session, Sequence[CanaryRead]], object]
"""What follows from reads in the transaction that takes them in."""


def read_act(act: Act, sightings: Sequence[Sighting]) -> Act:
    """The act of reading guarded fields; `act` says who asked, when and from where."""
    return replace(act, action=READ, subject=read_subject(sightings), digest=read_digest(sightings))


def read_subject(sightings: Sequence[Sighting]) -> str:
    """What was read, in codes: entities, how many rows, which fields."""
    entities = sorted({one.entity for one in sightings})
    rows = {(one.entity, *row) for one in sightings for row in one.rows}
    fields = sorted({f"{one.entity}.{path}" for one in sightings for path in one.fields})
    more = f"+{len(fields) - MOST_NAMED}" if len(fields) > MOST_NAMED else ""
    return f"entities={','.join(entities)} rows={len(rows)} fields={','.join(fields[:MOST_NAMED])}{more}"


def read_digest(sightings: Sequence[Sighting]) -> str:
    """The SM3 of the rows: a line each, entity, identifier and version, in order, each once."""
    lines = sorted({f"{one.entity} {encode_id(id)} {version}" for one in sightings for id, version in one.rows})
    return sm3("\n".join(lines).encode())


class ReadSpool:
    """The file that one process adds reads to, and the taking in of all that such files hold."""

    def __init__(self, folder: Path, ids: IdSource, tripping: Tripping | None = None) -> None:
        self._folder = folder
        self._ids = ids
        self._tripping = tripping
        self._lock, self._taking = threading.Lock(), threading.Lock()
        self._descriptor: int | None = None

    def note(self, act: Act, sightings: Sequence[Sighting] = ()) -> None:
        """Keep a read, so that a kill of the process does not lose it. Raises OSError when the disk takes no more."""
        told = (
            to_micros(act.at),
            act.actor,
            act.viewing_as,
            act.action,
            act.subject,
            act.outcome,
            act.address,
            act.request,
        )
        rows = sorted({(one.entity, id) for one in sightings for id, _ in one.rows})
        line = json.dumps([self._ids.next(), *told, act.digest, rows], ensure_ascii=False).encode() + b"\n"
        with self._lock:
            if self._descriptor is None:
                self._descriptor = self._opened()
            if os.write(self._descriptor, line) != len(line):
                self._close()
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def take(self, database: Database) -> int:
        """Take in what was noted, here and by processes that have ended; how many reads."""
        with self._taking:
            with self._lock:
                self._close()
            if not self._folder.is_dir():
                return 0
            return sum(self._taken(database, path) for path in sorted(self._folder.glob(f"*{SUFFIX}")))

    def _opened(self) -> int:
        """A file of our own that nobody takes in while we hold it."""
        self._folder.mkdir(exist_ok=True)
        while True:
            path = self._folder / f"{secrets.token_hex(8)}{SUFFIX}"
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return descriptor
            os.close(descriptor)

    def _take_in(self, session: Session, name: str, noted: Sequence[Row]) -> None:
        if not noted or select(session, TAKEN, ("name",), {"name": name}):
            return
        insert_rows(session, WAITING, COLUMNS, [row[:-1] for row in noted])
        insert(session, TAKEN, {"name": name})
        if self._tripping is not None:
            self._tripping(session, [CanaryRead(act_of(row[1:9]), _rows_read(row[-1])) for row in noted])

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _taken(self, database: Database, path: Path) -> int:
        """The reads of a file, once: the transaction that takes them in remembers its name until the file is gone."""
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                rows = [row for line in file if (row := _row(line)) is not None]
                database.write(partial(self._take_in, name=path.name, noted=rows))
                path.unlink()
        except (BlockingIOError, FileNotFoundError):
            return 0
        database.write(lambda session: delete(session, TAKEN, {"name": path.name}))
        return len(rows)


def _row(line: bytes) -> Row | None:
    """The values of a line, None for one that a full disk left half."""
    try:
        values = json.loads(line)
    except ValueError:
        return None
    return tuple(values) if isinstance(values, list) and len(values) == len(COLUMNS) + 1 else None


def _rows_read(noted: object) -> frozenset[tuple[str, int]]:
    assert isinstance(noted, list)
    return frozenset((str(entity), int(id)) for entity, id in noted)
