"""Ciphers: SM4-GCM, HMAC-SM3 and PBKDF2 with SM3. The one place that builds SM4; no mode of our own, none unauthenticated."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB, GCM
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

KEY, NONCE, TAG = 16, 12, 16
"""Bytes of a key, a nonce and a tag."""
UNSUPPORTED = UnsupportedAlgorithm


class NotAuthentic(Exception):
    """The tag does not fit: another key, another place, or altered bytes."""


def seal(key: bytes, authenticated: bytes, plain: bytes) -> bytes:
    """SM4-GCM under a new random nonce: nonce, ciphertext, tag."""
    nonce = os.urandom(NONCE)
    return nonce + seal_under(key, nonce, authenticated, plain)


def seal_under(key: bytes, nonce: bytes, authenticated: bytes, plain: bytes) -> bytes:
    """SM4-GCM under a nonce that was never used with this key: ciphertext, tag."""
    encryptor = Cipher(SM4(key), GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(authenticated)
    return encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def unseal(key: bytes, authenticated: bytes, sealed: bytes) -> bytes:
    """What `seal` was given. Raises NotAuthentic."""
    if len(sealed) < NONCE + TAG:
        raise NotAuthentic
    decryptor = Cipher(SM4(key), GCM(sealed[:NONCE], sealed[-TAG:])).decryptor()
    decryptor.authenticate_additional_data(authenticated)
    plain = decryptor.update(sealed[NONCE:-TAG])
    try:
        return plain + decryptor.finalize()
    except InvalidTag:
        raise NotAuthentic from None


def block(key: bytes, plain: bytes) -> bytes:
    """One block of 16 bytes, for the published vectors alone."""
    encryptor = Cipher(SM4(key), ECB()).encryptor()
    return encryptor.update(plain) + encryptor.finalize()


def digest(content: bytes) -> bytes:
    """SM3."""
    made = Hash(SM3())
    made.update(content)
    return made.finalize()


def keyed(key: bytes) -> HMAC:
    """HMAC-SM3 with its key taken in; copy it for each text. A copy belongs to one thread."""
    return HMAC(key, SM3())


def keyed_digest(key: bytes, content: bytes) -> bytes:
    """HMAC-SM3."""
    made = keyed(key)
    made.update(content)
    return made.finalize()


def stretched(passphrase: str, salt: bytes, rounds: int) -> bytes:
    """A key of 16 bytes out of a passphrase: PBKDF2 with HMAC-SM3."""
    return PBKDF2HMAC(SM3(), KEY, salt, rounds).derive(passphrase.encode())
