"""Signatures of webhooks, out and in, as Standard Webhooks 1.0.0 has them: HMAC-SHA256 over identifier, second and body.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

ID, MOMENT, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX, VERSION = "whsec_", "v1"
TOLERANCE = timedelta(minutes=5)
"""How far the sender's clock may be off: older calls could be repeated by whoever overheard them."""


def signed_headers(secret: str, identity: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The three headers of a webhook. A repeated one keeps its identity and has a moment of its own."""
    moment = str(int(at.timestamp()))
    return {ID: identity, MOMENT: moment, SIGNATURE: f"{VERSION},{_seal(secret, identity, moment, body)}"}


def signature_fits(secret: str, headers: Mapping[str, str], now: datetime, body: bytes) -> bool:
    """Whether one of the signatures (a sender that changes its secret sends two) is of this body and of these minutes."""
    identity, moment = headers.get(ID, ""), headers.get(MOMENT, "")
    if not secret or not identity or not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        return False
    if abs(int(moment) - now.timestamp()) > TOLERANCE.total_seconds():
        return False
    wanted = f"{VERSION},{_seal(secret, identity, moment, body)}".encode()
    return any(hmac.compare_digest(wanted, one.encode()) for one in headers.get(SIGNATURE, "").split())


def _seal(secret: str, identity: str, moment: str, body: bytes) -> str:
    told = f"{identity}.{moment}.".encode() + body
    return base64.b64encode(hmac.new(_key(secret), told, hashlib.sha256).digest()).decode("ascii")


def _key(secret: str) -> bytes:
    """A secret with the prefix of the standard is in base64; another one is taken as it stands."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
