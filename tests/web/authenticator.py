"""An authenticator as phones have one: RFC 6238 written from its text, so that ours is not checked by itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from datetime import datetime


def code_at(secret: str, at: datetime, steps: int = 0, digits: int = 6) -> str:
    """The code of a secret (base32, spaces allowed) at an instant, or some steps of thirty seconds later."""
    key = base64.b32decode(secret.replace(" ", ""))
    counter = int(at.timestamp()) // 30 + steps
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)
