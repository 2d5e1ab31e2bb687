"""Saving: tables and files written into a backup that is being made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlglot import exp

from engine.runtime.attachments import ATTACHMENT, PASSING, file_name
from engine.runtime.backup.manifest import StoredFile, StoredTable, table_entry
from engine.runtime.backup.measured import parts
from engine.runtime.backup.names import is_safe
from engine.runtime.backup.progress import Tell, counting
from engine.runtime.backup.rows import write_rows
from engine.runtime.backup.writing import ArchiveWriter
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import compile_statement
from engine.runtime.schema.tables import Table


def save_tables(
    session: Session, archive: ArchiveWriter, tables: Iterable[Table], tell: Tell
) -> tuple[StoredTable, ...]:
    """Write the rows of tables, each into its entry."""
    saved = []
    for table in tables:
        name = table_entry(table.name)
        with archive.entry(name) as target:
            rows = write_rows(session, table, target, counting(tell, name))
        saved.append(StoredTable(table, rows, archive.written[-1]))
    return tuple(saved)


def save_folder(
    archive: ArchiveWriter, folder: Path, name: str, tell: Tell
) -> tuple[tuple[StoredFile, ...], list[str]]:
    """Write the files below a folder as entries below `name`, and say which were left out: links, and names no system bears.

    A file that goes while the backup is made is no longer there, and one that is not whole yet is not there yet.
    """
    saved: list[StoredFile] = []
    left_out: list[str] = []
    for path in _files(folder):
        entry = f"{name}/{path.relative_to(folder).as_posix()}"
        if path.is_symlink() or not path.is_file() or not is_safe(entry):
            left_out.append(ascii(entry)[1:-1])
            continue
        tell(entry, 0, 0)
        stored = save_file(archive, path, entry)
        if stored is not None:
            saved.append(stored)
    return tuple(saved), left_out


def save_file(archive: ArchiveWriter, path: Path, entry: str) -> StoredFile | None:
    """Write one file as an entry; None when it is gone by now."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    with file, archive.entry(entry) as target:
        for part in parts(file):
            target.write(part)
    return archive.written[-1]


def missing_attachments(session: Session, saved: Iterable[str]) -> tuple[str, ...]:
    """The files of attachments in the rows that are not among the saved entries."""
    names = set(saved)
    columns = (exp.column(one, quoted=True) for one in ("entity", "record", "content_hash"))
    living = exp.Is(this=exp.column("deleted_at", quoted=True), expression=exp.Null())
    select = exp.select(*columns).from_(exp.to_table(ATTACHMENT)).where(living)
    rows = session.stream(compile_statement(select, session.dialect))
    wanted = (file_name(str(entity), int(str(record)), str(digest)) for entity, record, digest in rows)
    return tuple(sorted({name for name in wanted if name not in names}))


def _files(folder: Path) -> Iterator[Path]:
    """Whatever stands below a folder and is no folder, in name order; passing files are not there."""
    for where, folders, names in os.walk(folder):
        linked = [name for name in folders if Path(where, name).is_symlink()]
        folders.sort()
        yield from (Path(where, name) for name in sorted([*names, *linked]) if not name.endswith(PASSING))
