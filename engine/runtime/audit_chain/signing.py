"""Signed heads: how long the chain is and its last seal, signed with Ed25519 (RFC 8032) under a key of the installation.

The private key follows from the installation's own (`cursor.key`), which lies beside the database and not in it: who can
write rows cannot sign heads. The public key is named in every head.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.runtime.instants import from_micros

FORMAT = "dougong-audit-1"
PURPOSE = b"audit heads"
LONGEST = 2000
"""Characters of a line that may be a head."""
LATEST = 250_000_000_000_000_000
"""Microseconds up to which an instant is one."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """That the chain had this length and this last seal at an instant (microseconds), by whom, and the proof of it."""

    position: int
    seal: str
    at: int
    key: str
    signature: str

    @property
    def when(self) -> datetime:
        return from_micros(self.at)

    @property
    def holds(self) -> bool:
        """Whether the signature is that of its key."""
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            public.verify(bytes.fromhex(self.signature), _signed(self.position, self.seal, self.at))
        except (InvalidSignature, ValueError):
            return False
        return True

    @property
    def line(self) -> str:
        """The head as one line of JSON, as anchors keep it and its code shows it."""
        return json.dumps(
            {
                "format": FORMAT,
                "position": self.position,
                "seal": self.seal,
                "at": self.at,
                "key": self.key,
                "signature": self.signature,
            },
            separators=(",", ":"),
        )


def sign_head(key: bytes, position: int, seal: str, at: int) -> SignedHead:
    """The head of a chain, signed under the key of an installation."""
    private = _private(key)
    signature = private.sign(_signed(position, seal, at)).hex()
    return SignedHead(position, seal, at, public_key(key), signature)


def public_key(key: bytes) -> str:
    """The public key of an installation's heads, in hexadecimal."""
    return _private(key).public_key().public_bytes_raw().hex()


def head_of(line: str) -> SignedHead | None:
    """The head that a line tells, None when it is none."""
    if len(line) > LONGEST:
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, Mapping) or found.get("format") != FORMAT:
        return None
    numbers = [found.get(name) for name in ("position", "at")]
    texts = [found.get(name) for name in ("seal", "key", "signature")]
    if not all(type(one) is int for one in numbers) or not all(isinstance(one, str) for one in texts):
        return None
    position, at = (int(str(one)) for one in numbers)
    return SignedHead(position, str(texts[0]), at, str(texts[1]), str(texts[2])) if 0 <= at < LATEST else None


def _signed(position: int, seal: str, at: int) -> bytes:
    return f"{FORMAT}\n{position}\n{seal}\n{at}".encode()


@lru_cache(maxsize=8)
def _private(key: bytes) -> Ed25519PrivateKey:
    seed = HKDF(hashes.SHA256(), 32, None, PURPOSE).derive(key)
    return Ed25519PrivateKey.from_private_bytes(seed)
