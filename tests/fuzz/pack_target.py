"""The reader of packs: a folder of files, of which any name and content is a stranger's, to documents and their shape."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from engine.dsl.document import Document
from engine.dsl.pack_reader import DocumentCache, list_pack, read_document
from engine.dsl.schema_check import check_schema

DECLARED: tuple[type[Exception], ...] = ()
Attempt = Callable[[bytes], list[Document]]
_PARTS = re.compile(rb"^=== (.*)$\n?", re.MULTILINE)


def attempt() -> Attempt:
    """Lines of === and a path stand before the content of each file."""
    held = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))

    def one(content: bytes) -> list[Document]:
        folder = held / "pack"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        _laid_out(folder, content)
        return list(_documents(folder))

    return one


def _laid_out(folder: Path, content: bytes) -> None:
    """The files, as far as the system can hold them: names of any bytes, in one folder below at most."""
    parts = _PARTS.split(content)
    for name, text in list(zip(parts[1::2], parts[2::2], strict=True))[:40]:
        steps = [one for one in name.split(b"/") if one not in {b"", b".", b".."}][-2:]
        place = folder
        try:
            for step in steps[:-1]:
                place = Path(str(place), step.decode("utf-8", "surrogateescape"))
                place.mkdir(exist_ok=True)
            Path(str(place), steps[-1].decode("utf-8", "surrogateescape")).write_bytes(text)
        except (OSError, ValueError, IndexError):
            continue


def _documents(folder: Path) -> Iterator[Document]:
    cache = DocumentCache()
    for file in list_pack(folder).files:
        document, problems, _ = read_document(file, cache)
        if not problems:
            check_schema(document)
        yield document


def _crash(right: Attempt) -> Attempt:
    """Falls over a key that is not ASCII."""

    def wrong(content: bytes) -> list[Document]:
        found = right(content)
        assert all(key.isascii() for one in found for key in one.data), "planted"
        return found

    return wrong


FAULTS: Mapping[str, Callable[[Attempt], Attempt]] = {"crash": _crash}
