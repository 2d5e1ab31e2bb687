"""Loading: the tables of a backup made and filled in an empty database, and proved to be those of the backup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.diagnostics import Message
from engine.runtime.attachments import ATTACHMENT
from engine.runtime.audit import AUDIT, HEAD
from engine.runtime.backup.lines import BadLine
from engine.runtime.backup.manifest import Manifest, StoredTable
from engine.runtime.backup.measured import Measured
from engine.runtime.backup.problems import BackupDamaged
from engine.runtime.backup.progress import Count, Tell, counting
from engine.runtime.backup.reading import Archive
from engine.runtime.backup.rows import load_rows, write_rows
from engine.runtime.database.errors import ConstraintViolation, ForeignKeyViolation
from engine.runtime.database.protocol import Database, Session
from engine.runtime.identity.tables import SESSION
from engine.runtime.schema.ddl import ddl
from engine.runtime.schema.fitting import Wanted, fit
from engine.runtime.schema.journal import (
    JOURNAL_TABLES,
    MIGRATION_TABLE,
    SCHEMA_TABLE,
    migrations,
    prepare_journal,
    recorded_schema,
)
from engine.runtime.schema.live import table_names
from engine.runtime.schema.operations import AddIndex, CreateTable
from engine.runtime.schema.tables import Table

NEEDED = (SCHEMA_TABLE, MIGRATION_TABLE, AUDIT, HEAD, ATTACHMENT, SESSION)
"""Without these it is no installation."""
_JOURNAL = frozenset(one.name for one in JOURNAL_TABLES)


def is_empty(session: Session) -> bool:
    """Whether nothing was ever set up in a database. In SQLite a writing session is needed."""
    names = set(table_names(session))
    return not names - _JOURNAL and (names != _JOURNAL or not (migrations(session) or recorded_schema(session).tables))


def fill(database: Database, archive: Archive, tell: Tell, after: Callable[[Session], None]) -> None:
    """Load all tables in one transaction and do what comes after them. Raises BackupDamaged."""

    def unit(session: Session) -> None:
        load(session, archive, tell)
        after(session)

    try:
        database.alter(unit)
    except ForeignKeyViolation as error:
        raise BackupDamaged(_broken("", error)) from None


def load(session: Session, archive: Archive, tell: Tell) -> None:
    """Make and fill all tables in one transaction, then read them back. Raises BackupDamaged."""
    manifest = archive.manifest
    lacking = [name for name in NEEDED if manifest.table(name) is None]
    if lacking:
        raise BackupDamaged(*(Message(f"缺少表 {name}", f"Table {name} is missing") for name in lacking))
    prepare_journal(session)
    done, total = 0, manifest.rows
    for stored in manifest.tables:
        _create(session, stored.table)
        _fill(session, archive, stored, counting(tell, stored.table.name, done, total))
        done += stored.rows
    for stored in manifest.tables:
        _finish(session, stored.table)
    _fit(session, manifest)
    changed = unlike(session, manifest)
    if changed:
        raise BackupDamaged(*changed)


def unlike(session: Session, manifest: Manifest) -> tuple[Message, ...]:
    """The tables of a database that are not, byte for byte, those of a manifest, and those that its record names besides."""
    named = recorded_schema(session).tables.keys()
    forgotten = sorted(name for name in named if manifest.table(name) is None)
    problems = [Message(f"缺少表 {name}", f"Table {name} is missing") for name in forgotten]
    for stored in manifest.tables:
        measured = Measured()
        rows = write_rows(session, stored.table, measured)
        if (rows, measured.digest) != (stored.rows, stored.file.sha256):
            name = stored.table.name
            problems.append(
                Message(
                    f"表 {name} 读回 {rows} 行，与清单({stored.rows} 行)不符",
                    f"Table {name} reads back as {rows} rows that are not those of the manifest ({stored.rows} rows)",
                )
            )
    return tuple(problems)


def _create(session: Session, table: Table) -> None:
    if table.name in _JOURNAL:
        return
    full_text = table.full_text and not _is_plain(session, table)
    for statement in ddl(CreateTable(replace(table, indexes=(), full_text=full_text)), session.dialect):
        session.execute(statement)


def _is_plain(session: Session, table: Table) -> bool:
    """A retired table of search tokens is not searched: PostgreSQL has taken its index away."""
    return session.dialect == "postgres" and table.name.startswith("_")


def _fill(session: Session, archive: Archive, stored: StoredTable, count: Count) -> None:
    name = stored.table.name
    try:
        rows = load_rows(session, stored.table, archive.lines(stored.file.name), count)
    except BadLine:
        raise BackupDamaged(
            Message(
                f"{stored.file.name} 中有一行不是表 {name} 的行", f"A line of {stored.file.name} is no row of {name}"
            )
        ) from None
    except ConstraintViolation as error:
        raise BackupDamaged(_broken(name, error)) from None
    if rows != stored.rows:
        raise BackupDamaged(
            Message(
                f"表 {name} 有 {rows} 行，清单说 {stored.rows}",
                f"Table {name} has {rows} rows, the manifest says {stored.rows}",
            )
        )


def _finish(session: Session, table: Table) -> None:
    """Indexes after the rows, which is faster."""
    try:
        for index in table.indexes:
            for statement in ddl(AddIndex(table.name, index), session.dialect):
                session.execute(statement)
    except ConstraintViolation as error:
        raise BackupDamaged(_broken(table.name, error)) from None


def _fit(session: Session, manifest: Manifest) -> None:
    try:
        fit(session, (Wanted(one.table, new=True) for one in manifest.tables if one.table.name not in _JOURNAL))
    except ConstraintViolation as error:
        raise BackupDamaged(_broken("", error)) from None


def _broken(table: str, error: ConstraintViolation) -> Message:
    where_zh, where_en = (f"表 {table} 中", f"Rows of {table}") if table else ("", "Some rows")
    if isinstance(error, ForeignKeyViolation):
        return Message(
            f"{where_zh}有的行引用不存在的行({error.constraint})",
            f"{where_en} point at rows that are not there ({error.constraint})",
        )
    return Message(f"{where_zh}有的行违反约束 {error.constraint}", f"{where_en} break constraint {error.constraint}")
