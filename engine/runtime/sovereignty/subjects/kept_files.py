"""Files of the data folder: which of them hold a subject, and how it leaves each kind."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import zipfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.runtime.database.protocol import Session
from engine.runtime.modeling.model_files import MODELS, write_whole
from engine.runtime.modeling.model_tables import VERSION, VersionState, put_version
from engine.runtime.rows import select
from engine.runtime.sovereignty.subjects.buckets import Bucket, PlanLine
from engine.runtime.sovereignty.subjects.finding import SubjectRows
from engine.runtime.sovereignty.subjects.identifiers import Identifiers
from engine.runtime.stores import BACKUPS, FACTS
from engine.runtime.transfer.tables import SHEETS

FILES, INBOX = "files", "inbox"
ENCODINGS = ("utf-8", "gb18030")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
LARGEST_MEMBER = 200_000_000


def file_lines(session: Session, folder: Path, identifiers: Identifiers, rows: SubjectRows) -> Iterator[PlanLine]:
    """What is done to files. Raises OSError."""
    own = [
        path
        for entity, ids in rows.erased.items()
        for one in ids
        for path in _below(folder / FILES / entity / f"{one:019d}")
    ]
    yield PlanLine(FILES, Bucket.ERASABLE, "remove", _relative(folder, own))
    for path in _below(folder / INBOX):
        if holds(path, identifiers):
            act = "rewrite" if text_of(path) is not None else "remove"
            bucket = Bucket.PSEUDONYMISE if act == "rewrite" else Bucket.ERASABLE
            yield PlanLine(
                INBOX, bucket, act, _relative(folder, (path,)), "names_others_too" if act == "rewrite" else ""
            )
    yield PlanLine(
        SHEETS,
        Bucket.ERASABLE,
        "remove",
        _relative(folder, (one for one in _below(folder / SHEETS) if holds(one, identifiers))),
    )
    yield from _model_lines(session, folder, identifiers, rows)
    if (folder / FACTS).exists():
        yield PlanLine(FACTS, Bucket.ERASABLE, "remake", (FACTS,))
    kept = _relative(folder, _below(folder / BACKUPS))
    yield PlanLine(BACKUPS, Bucket.PROTECTED, "keep", kept, "erased_again_on_restore")


def _model_lines(session: Session, folder: Path, identifiers: Identifiers, rows: SubjectRows) -> Iterator[PlanLine]:
    every = rows.ids
    blocked, gone = list[str](), list[Path]()
    for identity, digest in select(session, VERSION, ("id", "content_hash")):
        if learnt_from_any(folder / MODELS / f"{digest}.rows", every):
            blocked.append(str(identity))
            gone += [path for path in _below(folder / MODELS) if path.name.startswith(f"{digest}.")]
    waiting = [one for one in _below(folder / MODELS / "waiting") if _waits_with(one, identifiers, every)]
    yield PlanLine(VERSION, Bucket.ERASABLE, "block", tuple(sorted(blocked)), "learnt_from_subject")
    yield PlanLine(MODELS, Bucket.ERASABLE, "remove", _relative(folder, (*gone, *waiting)))


def learnt_from_any(path: Path, records: frozenset[int]) -> bool:
    """Whether one of the rows is among those that went into a model."""
    found: array[int] = array("q")
    try:
        found.frombytes(path.read_bytes())
    except (OSError, ValueError):
        return False
    return not records.isdisjoint(found)


def _waits_with(path: Path, identifiers: Identifiers, records: frozenset[int]) -> bool:
    try:
        text = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
    except (OSError, EOFError):
        return False
    return identifiers.found_in(text) or any(f"{one}" in text for one in records)


def holds(path: Path, identifiers: Identifiers) -> bool:
    """Whether a file tells an identifier: as text, in whatever encoding, or within an archive."""
    return any(identifiers.found_in(text) for text in _texts_in(path.read_bytes()))


def text_of(path: Path) -> tuple[str, str] | None:
    """The text of a plain file and its encoding; None for one that is no text."""
    content = path.read_bytes()
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if marked is None and b"\x00" in content[:4096]:
        return None
    for encoding in (marked,) if marked is not None else ENCODINGS:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return None


def without_lines(text: str, identifiers: Identifiers) -> str:
    """A text without the lines that tell an identifier; the first line names the columns and is blotted instead."""
    head, *rest = text.splitlines(keepends=True) or [""]
    kept = [one for one in rest if not identifiers.found_in(one)]
    return "".join((identifiers.blotted(head), *kept))


@dataclass(frozen=True, slots=True)
class FileStores:
    """Applies what a plan says of files; each act may be repeated."""

    folder: Path
    identifiers: Identifiers
    drop_facts: Callable[[], None]

    def apply(self, store: str, act: str, keys: tuple[str, ...]) -> int:
        """Carry out one line; how many files it was about."""
        if act == "remake":
            self.drop_facts()
            shutil.rmtree(self.folder / FACTS, ignore_errors=True)
        for key in keys if act in ("remove", "rewrite") else ():
            path = self.folder / key
            if act == "remove":
                wipe(path)
            elif path.exists():
                self._rewrite(path)
        return len(keys)

    def _rewrite(self, path: Path) -> None:
        found = text_of(path)
        if found is None:
            wipe(path)
            return
        text, encoding = found
        kept = without_lines(text, self.identifiers)
        if kept != text:
            write_whole(path, kept.encode(encoding))


def block_versions(session: Session, keys: tuple[str, ...]) -> int:
    """Models that learnt from the subject answer no more."""
    for key in keys:
        put_version(session, int(key), VersionState.BLOCKED)
    return len(keys)


def wipe(path: Path) -> None:
    """Write over a file, then take it away, and its folder where that is empty."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        left = path.stat().st_size
        while left > 0:
            left -= file.write(b"\x00" * min(left, 1 << 20))
        file.flush()
        os.fsync(file.fileno())
    path.unlink(missing_ok=True)
    if not any(path.parent.iterdir()) and path.parent.name.isdecimal():
        path.parent.rmdir()


def _texts_in(content: bytes, deep: int = 2) -> Iterator[str]:
    if content.startswith(b"PK\x03\x04") and deep:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for one in archive.infolist():
                    if one.file_size <= LARGEST_MEMBER:
                        yield one.filename
                        yield from _texts_in(archive.read(one), deep - 1)
        except (zipfile.BadZipFile, OSError, RuntimeError):
            pass
    elif content.startswith(b"\x1f\x8b") and deep:
        with suppress(OSError, EOFError):
            yield from _texts_in(gzip.decompress(content), deep - 1)
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        yield content.decode(encoding, "ignore")


def _below(folder: Path) -> Iterator[Path]:
    if folder.exists():
        yield from sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink())


def _relative(folder: Path, paths: Iterator[Path] | tuple[Path, ...] | list[Path]) -> tuple[str, ...]:
    return tuple(sorted({one.relative_to(folder).as_posix() for one in paths}))
