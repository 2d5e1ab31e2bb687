"""Secrets of sources that were typed on a page: sealed under the installation's key, each bound to its name."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.runtime.database.protocol import Session
from engine.runtime.instants import to_micros
from engine.runtime.rows import delete, insert, select
from engine.runtime.schema.tables import Column, PhysicalKind, Table

SOURCE_SECRET = "dougong_source_secret"
SOURCE_SECRET_TABLE = Table(
    SOURCE_SECRET,
    (
        Column("name", PhysicalKind.TEXT, nullable=False),
        Column("sealed", PhysicalKind.TEXT, nullable=False),
        Column("kept_at", PhysicalKind.INTEGER, nullable=False),
    ),
    primary_key=("name",),
)
LONGEST = 4_000
_NONCE = 12


def keep_secret(session: Session, key: bytes, name: str, value: str, now: datetime) -> None:
    """Keep the value of a secret in place of what was kept under its name."""
    nonce = os.urandom(_NONCE)
    sealed = nonce + AESGCM(_derived(key)).encrypt(nonce, value.encode(), name.encode())
    delete(session, SOURCE_SECRET, {"name": name})
    row = {"name": name, "sealed": base64.b64encode(sealed).decode("ascii"), "kept_at": to_micros(now)}
    insert(session, SOURCE_SECRET, row)


def kept_secret(session: Session, key: bytes, name: str) -> str | None:
    """The value of a secret; None where none is kept, or it was sealed under another key."""
    found = select(session, SOURCE_SECRET, ("sealed",), {"name": name})
    if not found:
        return None
    try:
        raw = base64.b64decode(str(found[0][0]))
        return AESGCM(_derived(key)).decrypt(raw[:_NONCE], raw[_NONCE:], name.encode()).decode()
    except (InvalidTag, ValueError, binascii.Error):
        return None


def kept_names(session: Session) -> frozenset[str]:
    """The names of secrets that are kept."""
    return frozenset(str(row[0]) for row in select(session, SOURCE_SECRET, ("name",)))


def _derived(key: bytes) -> bytes:
    return hmac.digest(key, b"dougong secrets of sources", "sha256")
