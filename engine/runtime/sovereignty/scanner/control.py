"""The control: what nobody has erased, planted in every kind of place and every form, which the same search must find.

A search that finds nothing proves something only beside one that finds all of this.
"""

from __future__ import annotations

import gzip
import io
import secrets
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from engine.runtime.sovereignty.scanner.forms import forms_of
from engine.runtime.sovereignty.scanner.searching import Search

PLACES = ("plain", "gzip", "zip", "xlsx", "docx", "pdf", "cell", "blob")
"""The places in which every form is planted."""
_OFFICE = {"xlsx": "xl/sharedStrings.xml", "docx": "word/document.xml"}


def control_texts() -> tuple[str, ...]:
    """Five texts that stand nowhere: a number, a name, an address of mail, a code, a sentence."""
    drawn = secrets.SystemRandom()
    han = "".join(chr(drawn.randrange(0x9FA6 - 0x4E00) + 0x4E00) for _ in range(6))
    sentence = "".join(chr(drawn.randrange(0x9FA6 - 0x4E00) + 0x4E00) for _ in range(12))
    token = secrets.token_hex(6)
    number = f"1{drawn.randrange(3, 10)}{drawn.randrange(10**9):09d}"
    return number, han, f"{token}@{secrets.token_hex(3)}.example", f"K{token.upper()}7", f"{sentence}{token}"


def run_control(folder: Path, stores: Sequence[str]) -> tuple[int, list[str]]:
    """Plant and search; how many were planted, and what was not found."""
    texts = control_texts()
    planted = {
        *(_planted_forms(folder / "forms", texts)),
        *(_planted_stores(folder / "stores", texts, stores)),
        *(_planted_pages(folder / "pages", texts)),
    }
    search = Search(texts)
    search.folder(folder)
    found = {(target, form, _place(place)) for target, form, place in search.hits}
    missed = sorted(f"{form} in {place}" for target, form, place in planted if (target, form, place) not in found)
    return len(planted), missed


def _place(place: str) -> str:
    """The file in which something was found; of a database the table as well."""
    return place.partition("!")[0]


def _planted_forms(folder: Path, texts: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "cells.sqlite3")) as connection:
        connection.execute("CREATE TABLE planted (cell)")
        connection.execute("CREATE TABLE packed (cell)")
        for number, text in enumerate(texts):
            for form, patterns in forms_of(text).items():
                content = b"before \xff\xfe " + patterns[0] + b" after \xff"
                for place in PLACES:
                    name = f"{number}-{form}.{place}"
                    if place == "cell":
                        connection.execute("INSERT INTO planted VALUES (?)", (content,))
                        yield number, form, "forms/cells.sqlite3#planted"
                    elif place == "blob":
                        connection.execute("INSERT INTO packed VALUES (?)", (gzip.compress(content),))
                        yield number, form, "forms/cells.sqlite3#packed"
                    else:
                        (folder / name).write_bytes(_packed(place, content))
                        yield number, form, f"forms/{name}"
        connection.commit()


def _planted_stores(folder: Path, texts: Sequence[str], stores: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Each store by its name, as a table and as a folder."""
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "tables.sqlite3")) as connection:
        for store in stores:
            quoted = store.replace('"', '""')
            connection.execute(f'CREATE TABLE "{quoted}" (cell TEXT)')
            connection.execute(f'INSERT INTO "{quoted}" VALUES (?)', (f"x {texts[0]} y",))  # noqa: S608
            yield 0, "utf8", f"stores/tables.sqlite3#{store}"
            path = folder / store.replace("/", "_") / "planted"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(texts[1].encode())
            yield 1, "utf8", f"stores/{path.parent.name}/planted"
        connection.commit()


def _planted_pages(folder: Path, texts: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """What a database keeps of the deleted: free pages, its log, the segments of a full-text table; and numbers as numbers."""
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "free.sqlite3")) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE gone (cell TEXT)")
        connection.executemany("INSERT INTO gone VALUES (?)", ((f"{one} " * 300,) for one in texts))
        connection.commit()
        connection.execute("DROP TABLE gone")
        connection.commit()
    yield from ((at, "utf8", "pages/free.sqlite3") for at in range(len(texts)))
    with closing(sqlite3.connect(folder / "numbers.sqlite3")) as connection:
        connection.execute("CREATE TABLE numbers (whole INTEGER, broken REAL)")
        connection.execute("INSERT INTO numbers VALUES (?, ?)", (int(texts[0]), float(texts[0])))
        connection.commit()
    yield 0, "sqlite_number", "pages/numbers.sqlite3"
    with closing(sqlite3.connect(folder / "words.sqlite3")) as connection:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(cell)")
        connection.execute("INSERT INTO words VALUES (?)", (texts[3].casefold()[1:],))
        connection.commit()
    yield 3, "word", "pages/words.sqlite3#words?words"
    logged = sqlite3.connect(folder / "logged.sqlite3")
    logged.execute("PRAGMA journal_mode = WAL")
    logged.execute("CREATE TABLE kept (cell TEXT)")
    logged.execute("INSERT INTO kept VALUES (?)", (texts[4],))
    logged.commit()
    (folder / "copied.sqlite3-wal").write_bytes((folder / "logged.sqlite3-wal").read_bytes())
    logged.close()
    yield 4, "utf8", "pages/copied.sqlite3-wal"


def _packed(place: str, content: bytes) -> bytes:
    if place == "plain":
        return content
    if place == "gzip":
        return gzip.compress(content)
    if place == "pdf":
        return (
            b"%PDF-1.7\n1 0 obj\n<< /Filter /FlateDecode >>\nstream\n" + zlib.compress(content) + b"\nendstream\nendobj"
        )
    taken = io.BytesIO()
    with zipfile.ZipFile(taken, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_OFFICE.get(place, "inner.txt"), content)
    return taken.getvalue()
