"""Certificates: what was done for a request and how its absence was proved, signed, without a word of whom it was about."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

FORMAT = "dougong-erasure-1"
VERIFIER = Path(__file__).with_name("verify_certificate.py")
"""The one file that checks a certificate without us: it needs Python and nothing else."""


def signed(key: bytes, told: Mapping[str, object]) -> str:
    """The certificate as text: what is told, and the signature of the installation over its canonical form."""
    signing = _signing_key(key)
    content = {"format": FORMAT, **told}
    signature = signing.sign(canonical(content)).hex()
    return json.dumps(
        {"certificate": content, "public_key": public_key(key), "signature": signature},
        ensure_ascii=False,
        sort_keys=True,
        indent=1,
    )


def public_key(key: bytes) -> str:
    """The key that certificates of this installation are checked with, in hex: hand it over by another way than they go."""
    return _signing_key(key).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def pseudonym(key: bytes, entity: str, record: int) -> str:
    """What a certificate calls its subject: nobody without the installation's key finds whom it means."""
    return hmac.digest(key, f"subject\x00{entity}\x00{record}".encode(), "sha256").hex()[:32]


def canonical(told: Mapping[str, object]) -> bytes:
    """The bytes that are signed."""
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _signing_key(key: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hmac.digest(key, b"dougong certificate", "sha256"))
