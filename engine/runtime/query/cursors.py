"""Cursors: where a page of a list ended, encrypted and authenticated, bound to its reader and its list.

The same place in the same list has the same cursor: the nonce is a keyed hash of what is sealed, so it repeats only
where the whole text does, and an answer has no byte that its reader's rows do not explain.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import date
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.diagnostics import Message
from engine.model.errors import BadRequest

_NONCE = 12
_LONGEST = 8_000


def seal_cursor(key: bytes, binding: str, values: tuple[object, ...]) -> str:
    """A URL-safe text that only `open_cursor` with the same key and binding reads. Values: int, text, bool, date, None."""
    plain = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=_written).encode()
    nonce = _nonce(key, binding.encode(), plain)
    sealed = _cipher(key).encrypt(nonce, plain, binding.encode())
    return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode("ascii")


def open_cursor(key: bytes, binding: str, cursor: str, length: int) -> tuple[object, ...]:
    """The values of a cursor; raises BadRequest for one that is altered, foreign, or of another list."""
    if len(cursor) > _LONGEST:
        raise _bad_cursor()
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        plain = _cipher(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], binding.encode())
    except (binascii.Error, InvalidTag, ValueError):
        raise _bad_cursor() from None
    values = tuple(json.loads(plain, object_hook=_read))
    if len(values) != length:
        raise _bad_cursor()
    return values


def _written(value: object) -> object:
    if isinstance(value, date):
        return {"date": value.isoformat()}
    raise TypeError(f"a cursor holds no {type(value).__name__}")


def _read(written: dict[str, object]) -> object:
    return date.fromisoformat(str(written["date"]))


def _nonce(key: bytes, binding: bytes, plain: bytes) -> bytes:
    return hmac.digest(_nonce_key(key), len(binding).to_bytes(8) + binding + plain, "sha256")[:_NONCE]


@lru_cache(maxsize=4)
def _nonce_key(key: bytes) -> bytes:
    return hashlib.sha256(b"dougong cursor nonce\x00" + key).digest()


@lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(hashlib.sha256(b"dougong cursor\x00" + key).digest())


def _bad_cursor() -> BadRequest:
    return BadRequest(
        Message("这一页的链接已失效，请回到第一页", "This page link is no longer valid; start from the first page")
    )
