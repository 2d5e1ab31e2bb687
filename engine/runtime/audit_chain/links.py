"""Links of the chain: what of an entry is sealed, and the seal of each over the one before.

h(n) = SM3(h(n-1) || canonical(n)), both seals as 32 bytes; SM3: GB/T 32905-2016. The canonical form is JSON of what is not
empty, keys in order, without spaces. In place of the subject it holds a commitment, SM3(salt || subject): a subject that
must be forgotten is replaced by a pseudonym and its salt thrown away, and the chain still holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes

from engine.runtime.audit import TOLD

RULE = "sm3"
"""The rule of entries that the sealer numbers; none stands with those of earlier releases."""
FIRST = "0" * 64
SEALED = ("position", *(name for name in TOLD if name != "subject"), "rule", "digest", "commitment")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def canonical(row: Mapping[str, object]) -> bytes:
    """The bytes of an entry that are sealed."""
    return _ENCODER.encode({name: row[name] for name in SEALED if row[name] is not None}).encode()


def seal_after(previous: str, row: Mapping[str, object]) -> str:
    """The seal of an entry, in hexadecimal as the one before it."""
    return sm3(bytes.fromhex(previous), canonical(row))


def commitment(salt: str, subject: str) -> str:
    """What stands for a subject in the seal of its entry."""
    return sm3(bytes.fromhex(salt), subject.encode())


def sm3(*parts: bytes) -> str:
    """The SM3 of bytes one after another, in hexadecimal."""
    digest = hashes.Hash(hashes.SM3())
    for part in parts:
        digest.update(part)
    return digest.finalize().hex()
