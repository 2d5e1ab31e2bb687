"""Forms: the ways in which a text may stand in a file, each with the bytes to look for.

This package proves that something is absent. It imports nothing of the product and shares no code with what erases.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from urllib.parse import quote

LEAST = 6
"""Bytes that a pattern must have: shorter ones stand everywhere."""
LEAST_TAILED = 10
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
SEPARATED = ("-", " ", ".")


def forms_of(text: str) -> dict[str, tuple[bytes, ...]]:
    """The patterns of a text by the name of the form. Forms that say the same bytes as an earlier one are left out."""
    found: dict[str, tuple[bytes, ...]] = {}
    seen: set[bytes] = set()
    for name, pattern in _all(text):
        if len(pattern) >= LEAST and pattern not in seen:
            seen.add(pattern)
            found[name] = (*found.get(name, ()), pattern)
    return found


def _all(text: str) -> Iterator[tuple[str, bytes]]:
    yield "utf8", text.encode()
    for name, changed in (("lower", text.casefold()), ("upper", text.upper()), ("wide", text.translate(_WIDE))):
        yield name, changed.encode()
    yield "utf16le", text.encode("utf-16-le")
    yield "utf16be", text.encode("utf-16-be")
    yield "utf32le", text.encode("utf-32-le")
    yield "gb18030", text.encode("gb18030")
    yield "reversed", text[::-1].encode()
    units = [one for (one,) in struct.iter_unpack(">H", text.encode("utf-16-be"))]
    yield "json_lower", "".join(f"\\u{one:04x}" for one in units).encode()
    yield "json_upper", "".join(f"\\u{one:04X}" for one in units).encode()
    if not text.isascii():
        yield "json_mixed", _json_mixed(text)
    yield "percent", quote(text, safe="").encode()
    yield "percent_all", "".join(f"%{one:02X}" for one in text.encode()).encode()
    yield "html", "".join(f"&#{ord(one)};" for one in text).encode()
    yield "html_hex", "".join(f"&#x{ord(one):x};" for one in text).encode()
    yield "hex", text.encode().hex().encode()
    yield "hex_upper", text.encode().hex().upper().encode()
    yield "octal", "".join(f"\\{one:03o}" for one in text.encode()).encode()
    yield from _base64(text.encode())
    yield from _separated(text)
    yield from _numbers(text)
    yield from _tails(text)


def _json_mixed(text: str) -> bytes:
    return "".join(
        one
        if one.isascii()
        else "".join(f"\\u{unit:04x}" for (unit,) in struct.iter_unpack(">H", one.encode("utf-16-be")))
        for one in text
    ).encode()


def _base64(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The middle of its three alignments: what stands before and after changes the ends."""
    for shift in range(3):
        encoded = base64.b64encode(b"\x00" * shift + content)
        begin = (0, 2, 3)[shift]
        end = len(encoded) - (0, 3, 2)[(shift + len(content)) % 3]
        yield f"base64_{shift}", encoded[begin:end]


def _separated(text: str) -> Iterator[tuple[str, bytes]]:
    """A number in groups as people write it."""
    if text.isdecimal() and len(text) >= 8:
        for sign in SEPARATED:
            for cuts in ((3, 7), (4, 8), (3, 6)):
                parts = [text[a:b] for a, b in zip((0, *cuts), (*cuts, len(text)), strict=True)]
                yield "separated", sign.join(parts).encode()


def _numbers(text: str) -> Iterator[tuple[str, bytes]]:
    """A number as a number: whole ones of eight bytes, floats, and the six bytes that SQLite keeps."""
    if not text.isdecimal() or not 9 <= len(text) <= 18 or text.startswith("0"):
        return
    number = int(text)
    yield "int64le", struct.pack("<q", number)
    yield "int64be", struct.pack(">q", number)
    yield "float64le", struct.pack("<d", number)
    yield "float64be", struct.pack(">d", number)


def _tails(text: str) -> Iterator[tuple[str, bytes]]:
    """What a prefix-compressed index leaves of a word: its ends. A short end of a running number stands in many words and
    tells nobody, so there are none of words under ten signs."""
    if text.isascii() and any(one.isdigit() for one in text) and len(text) >= LEAST_TAILED:
        yield from (("tail", text.casefold().encode()[at:]) for at in range(1, len(text) // 4 + 1))
