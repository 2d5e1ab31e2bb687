"""Pages of SQLite files: numbers in records, values that run over several pages, free pages and pages of the log.

The raw bytes of the file are searched besides; this finds what no run of bytes tells.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

MAGIC = b"SQLite format 3\x00"
WAL_MAGICS = (0x377F0682, 0x377F0683)
_SIZES = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}


def is_database(content: bytes) -> bool:
    return content.startswith(MAGIC)


def is_log(content: bytes) -> bool:
    return len(content) >= 32 and struct.unpack(">I", content[:4])[0] in WAL_MAGICS


def pages_of(content: bytes) -> Iterator[bytes]:
    """The pages of a database, or those in the frames of a log, old ones too."""
    if is_database(content):
        size = struct.unpack(">H", content[16:18])[0]
        size = 65536 if size == 1 else size
        if size >= 512:
            yield from (content[at : at + size] for at in range(0, len(content), size))
    elif is_log(content):
        size = struct.unpack(">I", content[8:12])[0]
        if 512 <= size <= 65536:
            yield from (content[at + 24 : at + 24 + size] for at in range(32, len(content) - 24, size + 24))


def numbers_in(content: bytes) -> Iterator[int]:
    """The whole numbers in the cells of all leaves, floats without a fraction too."""
    for number, page in enumerate(pages_of(content)):
        head = 100 if number == 0 and is_database(content) else 0
        if len(page) > head + 8 and page[head] in (0x0D, 0x0A):
            with suppress(IndexError, struct.error, ValueError):
                yield from _leaf(page, head)


def cells_of(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every value of every table as it is read, whole over its overflow pages: texts, bytes and numbers as text."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection,
    ):
        connection.text_factory = bytes
        names = [
            bytes(row[0]).decode() for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for name in names:
            with suppress(sqlite3.Error):
                yield name, _table(connection, name)


def words_of(path: Path) -> Iterator[tuple[str, bytes]]:
    """The words that full-text tables know, by table, one a line."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection,
    ):
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%USING fts5%'")]
        for at, name in enumerate(tables):
            quoted = name.replace("'", "''")
            with suppress(sqlite3.Error):
                connection.execute(f"CREATE VIRTUAL TABLE temp.words{at} USING fts5vocab('main', '{quoted}', 'row')")
                words = connection.execute(f"SELECT term FROM temp.words{at}")  # noqa: S608
                yield f"{name}?words", "\n".join(str(row[0]) for row in words).encode()


def _table(connection: sqlite3.Connection, name: str) -> bytes:
    quoted = name.replace('"', '""')
    lines: list[bytes] = []
    for row in connection.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608
        lines += (one if isinstance(one, bytes) else str(one).encode() for one in row if one is not None)
    return b"\n".join(lines)


def _leaf(page: bytes, head: int) -> Iterator[int]:
    table = page[head] == 0x0D
    for place in struct.iter_unpack(
        ">H", page[head + 8 : head + 8 + 2 * struct.unpack(">H", page[head + 3 : head + 5])[0]]
    ):
        at = place[0]
        _, at = _varint(page, at)
        if table:
            _, at = _varint(page, at)
        with suppress(IndexError, struct.error):
            yield from _record(page, at)


def _record(page: bytes, at: int) -> Iterator[int]:
    size, kinds_at = _varint(page, at)
    body = at + size
    while kinds_at < at + size:
        kind, kinds_at = _varint(page, kinds_at)
        length = _SIZES.get(kind, (kind - 12) // 2 if kind >= 12 else 0)
        if kind in (4, 5, 6):
            yield int.from_bytes(page[body : body + length], "big", signed=True)
        elif kind == 7 and body + 8 <= len(page):
            value = struct.unpack(">d", page[body : body + 8])[0]
            if abs(value) < 1e18 and value == int(value):
                yield int(value)
        body += length


def _varint(page: bytes, at: int) -> tuple[int, int]:
    number = 0
    for step in range(8):
        byte = page[at + step]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, at + step + 1
    return number << 8 | page[at + 8], at + 9
