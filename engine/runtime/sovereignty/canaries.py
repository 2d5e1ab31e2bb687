"""Canaries: a text of the installation's own that nobody has a reason to send; where it stands in what leaves, somebody reads
what they should not."""

from __future__ import annotations

import base64
import hmac
import io
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache

LENGTH = 20
MOST_UNPACKED = 50_000_000
"""Bytes that are looked at inside of packed content."""
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"


def canary_of(key: bytes) -> str:
    """The installation's canary: the same as long as its key is; empty without one."""
    if not key:
        return ""
    digest = hmac.digest(key, b"dougong egress canary", "sha256")
    return "DGC" + base64.b32encode(digest).decode("ascii")[:LENGTH]


def carries(content: bytes, key: bytes) -> bool:
    """Whether the canary stands in some bytes: as it is, in either case, in UTF-16, hex, base64, or packed by gzip or zip."""
    if not key or not content:
        return False
    return any(_has(part, key) for part in (content, *_unpacked(content)))


def _has(content: bytes, key: bytes) -> bool:
    exact, folded = _forms(canary_of(key))
    joined = content.translate(None, b"\r\n")  # base64 is broken into lines
    if any(one in joined for one in exact):
        return True
    lower = content.lower()
    return any(one in lower for one in folded)


@lru_cache(maxsize=4)
def _forms(canary: str) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Byte forms that are looked for as they are, and those looked for in either case."""
    plain = canary.encode("ascii")
    inner = [_inside_base64(plain, shift) for shift in range(3)]
    spread = [canary.lower().encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")]
    return tuple(inner), (*spread, plain.hex().encode("ascii"))


def _inside_base64(plain: bytes, shift: int) -> bytes:
    """The middle of a text in base64, whatever stands around it, when it begins at this place of three."""
    text = base64.b64encode(bytes(shift) + plain)
    first, last = (0, 2, 3)[shift], (len(plain) + shift) * 8 // 6
    return text[first:last]


def _unpacked(content: bytes) -> Iterator[bytes]:
    """What is packed in some bytes, up to a bound; what cannot be unpacked is nothing."""
    if content.startswith(_GZIP):
        try:
            yield zlib.decompressobj(wbits=31).decompress(content, MOST_UNPACKED)
        except zlib.error:
            return
    elif content.startswith(_ZIP):
        yield from _members(content)


def _members(content: bytes) -> Iterator[bytes]:
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for one in archive.infolist():
                if left <= 0:
                    return
                with archive.open(one) as member:
                    part = member.read(left)
                left -= len(part)
                yield part
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError):
        return
