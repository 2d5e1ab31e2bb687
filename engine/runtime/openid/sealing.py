"""Sealing: what a browser carries between two steps of a sign-in, unreadable and unalterable without our key."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


def sealed(key: bytes, purpose: str, values: Mapping[str, str], until: datetime) -> str:
    """The values as text for a cookie or a column, good for one purpose until a time."""
    body = json.dumps({"values": dict(values), "until": until.timestamp()}, ensure_ascii=False).encode()
    nonce = os.urandom(_NONCE)
    return base64.urlsafe_b64encode(nonce + AESGCM(_derived(key)).encrypt(nonce, body, purpose.encode())).decode(
        "ascii"
    )


def unsealed(key: bytes, purpose: str, text: str, now: datetime) -> Mapping[str, str] | None:
    """What was sealed, None for what is not ours, was altered, or has ended."""
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii"))
        found = json.loads(AESGCM(_derived(key)).decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode()))
    except (InvalidTag, ValueError, binascii.Error):
        return None
    values: Mapping[str, str] = found["values"]
    return values if datetime.fromtimestamp(found["until"], now.tzinfo) > now else None


def ends(now: datetime, minutes: int) -> datetime:
    return now + timedelta(minutes=minutes)


def _derived(key: bytes) -> bytes:
    return hmac.digest(key, b"dougong sign-in by a provider", "sha256")
