"""A table of sealed rows for tests: a number in each, sealed under the key of its subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.runtime.database.protocol import Database, Session
from engine.runtime.rows import insert_many, select, update
from engine.runtime.schema.ddl import ddl
from engine.runtime.schema.operations import CreateTable
from engine.runtime.schema.tables import Column, PhysicalKind, Table
from engine.runtime.sovereignty.envelopes import key_version_of
from engine.runtime.sovereignty.keyring import SubjectRef
from engine.runtime.sovereignty.rewriting import Position, StoredEnvelope
from engine.runtime.sovereignty.vault import Sealed, Sealing, Vault

NAME = "kept"
TABLE = Table(
    NAME,
    (
        Column("id", PhysicalKind.INTEGER, nullable=False),
        Column("subject", PhysicalKind.INTEGER, nullable=False),
        Column("version", PhysicalKind.INTEGER, nullable=False),
        Column("content", PhysicalKind.BYTES, nullable=False),
    ),
)
COLUMNS = ("id", "subject", "version", "content")


@dataclass(frozen=True)
class SealedTable:
    """Satisfies SealedRows, and writes and reads the numbers."""

    vault: Vault

    def make(self, database: Database, rows: int, subjects: int) -> None:
        """So many rows of number 0, of so many subjects in turn."""

        def fill(session: Session) -> None:
            for statement in ddl(CreateTable(TABLE), session.dialect):
                session.execute(statement)
            sealings = [self._sealing(at, at % subjects, 1, 0) for at in range(rows)]
            envelopes = self.vault.seal_many(sealings)
            made = [
                {"id": at, "subject": at % subjects, "version": 1, "content": one} for at, one in enumerate(envelopes)
            ]
            insert_many(session, NAME, made)

        database.alter(fill)

    def set_number(self, database: Database, row: int, number: int) -> None:
        """Write a row as the product does: another version of it, sealed under the newest key."""

        def write(session: Session) -> None:
            _, subject, version, _ = self._row(session, row)
            envelope = self.vault.seal_many([self._sealing(row, subject, version + 1, number)])[0]
            changed = update(
                session, NAME, {"version": version + 1, "content": envelope}, {"id": row, "version": version}
            )
            assert changed == 1

        database.write(write)

    def number(self, database: Database, row: int) -> int:
        """The number of a row. Raises Tampered, KeyDestroyed."""

        def read(session: Session) -> int:
            one = self._stored(self._row(session, row)).sealed
            return int(self.vault.open(one.subject, one.place, one.envelope))

        return database.read(read)

    def versions(self, database: Database) -> dict[SubjectRef, set[int]]:
        """Under which versions of their keys the rows of subjects are sealed."""
        found: dict[SubjectRef, set[int]] = {}
        for one in database.read(lambda session: self.part(session, None, 1_000_000))[0]:
            found.setdefault(one.sealed.subject, set()).add(key_version_of(one.sealed.envelope, one.sealed.place))
        return found

    def part(
        self, session: Session, after: Position | None, limit: int
    ) -> tuple[Sequence[StoredEnvelope], Position | None]:
        where = {} if after is None else {"id >": after[0]}
        rows = select(session, NAME, COLUMNS, where, ("id",), limit)
        return [self._stored(row) for row in rows], (int(str(rows[-1][0])),) if len(rows) == limit else None

    def put(self, session: Session, stored: StoredEnvelope, envelope: bytes) -> bool:
        where = {"id": stored.row[0], "version": stored.sealed.place.row_version, "content": stored.sealed.envelope}
        return update(session, NAME, {"content": envelope}, where) == 1

    def _row(self, session: Session, row: int) -> tuple[int, int, int, bytes]:
        found = select(session, NAME, COLUMNS, {"id": row})[0]
        numbers = [int(str(one)) for one in found[:3]]
        content = found[3]
        assert isinstance(content, bytes | memoryview)
        return numbers[0], numbers[1], numbers[2], bytes(content)

    def _stored(self, row: Sequence[object]) -> StoredEnvelope:
        identity, subject, version = (int(str(one)) for one in row[:3])
        place = self.vault.place(NAME, identity, "G3", version)
        content = row[3]
        assert isinstance(content, bytes | memoryview)
        return StoredEnvelope((identity,), "content", "", Sealed(SubjectRef("person", subject), place, bytes(content)))

    def _sealing(self, row: int, subject: int, version: int, number: int) -> Sealing:
        return Sealing(SubjectRef("person", subject), self.vault.place(NAME, row, "G3", version), str(number).encode())
