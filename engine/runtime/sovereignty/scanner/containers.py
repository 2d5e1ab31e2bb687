"""Containers: what stands packed within a file: archives, office documents, compressed streams, those of PDF."""

from __future__ import annotations

import bz2
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

DEEPEST = 4
LARGEST = 512 << 20
_STREAM = re.compile(rb"stream\r?\n")
_GZIP = b"\x1f\x8b\x08"
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
Part = tuple[str, bytes]


def parts_of(name: str, content: bytes, deep: int = DEEPEST) -> Iterator[Part]:
    """The bytes themselves, and whatever is packed in them, each under the path that leads to it."""
    yield name, content
    if deep == 0:
        return
    for inner, unpacked in _unpacked(content):
        yield from parts_of(f"{name}!{inner}", unpacked, deep - 1)


def _unpacked(content: bytes) -> Iterator[Part]:
    if b"PK\x03\x04" in content[:4]:
        yield from _zipped(content)
    elif content.startswith(b"%PDF"):
        yield from _pdf_streams(content)
    elif content.startswith(b"BZh"):
        yield from _whole("bz2", lambda: bz2.decompress(content))
    elif content.startswith(b"\xfd7zXZ"):
        yield from _whole("xz", lambda: lzma.decompress(content))
    elif content[257:262] == b"ustar":
        yield from _tarred(content)
    else:
        yield from _gzip_members(content)


def _zipped(content: bytes) -> Iterator[Part]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for one in archive.infolist():
                if one.file_size > LARGEST:
                    continue
                yield f"{one.filename}?name", one.filename.encode()
                try:
                    yield one.filename, archive.read(one)
                except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError):
                    yield from _gzip_members(content)
    except (zipfile.BadZipFile, OSError, ValueError):
        return


def _tarred(content: bytes) -> Iterator[Part]:
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for one in archive:
                taken = archive.extractfile(one) if one.isfile() and one.size <= LARGEST else None
                if taken is not None:
                    yield one.name, taken.read()
    except (tarfile.TarError, OSError):
        return


def _pdf_streams(content: bytes) -> Iterator[Part]:
    """Streams inflated where they are deflated; texts written in hex are read."""
    for number, found in enumerate(_STREAM.finditer(content)):
        end = content.find(b"endstream", found.end())
        packed = content[found.end() : end if end >= 0 else len(content)]
        unpacked = _inflated(packed, zlib.MAX_WBITS)
        yield f"stream{number}", unpacked if unpacked is not None else packed
    for number, text in enumerate(re.findall(rb"<([0-9A-Fa-f\s]{8,})>", content)):
        digits = re.sub(rb"\s", b"", text)
        yield f"hex{number}", bytes.fromhex(digits[: len(digits) // 2 * 2].decode())


def _gzip_members(content: bytes) -> Iterator[Part]:
    """Compressed streams wherever they begin, also within bytes of another kind (a cell of a database)."""
    at = content.find(_GZIP)
    number = 0
    while at >= 0:
        unpacked = _inflated(content[at:], 16 + zlib.MAX_WBITS)
        if unpacked:
            yield f"gzip{number}", unpacked
            number += 1
        at = content.find(_GZIP, at + 1)


def _inflated(packed: bytes, bits: int) -> bytes | None:
    """What is packed, as far as it can be read; None for what is not."""
    stream = zlib.decompressobj(bits)
    try:
        return stream.decompress(packed, LARGEST) or None
    except zlib.error:
        return None


def _whole(name: str, unpack: object) -> Iterator[Part]:
    try:
        yield name, unpack()  # type: ignore[operator]
    except (OSError, EOFError, lzma.LZMAError, ValueError):
        return
