"""What is looked for: a subject's identifiers, sealed in a file until their absence is proved, then gone.

They are the very data that is erased, so no table and no log holds them; a killed run reads them here and goes on.
"""

from __future__ import annotations

import hmac
import json
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.diagnostics import DougongError, Message
from engine.runtime.modeling.model_files import write_whole
from engine.runtime.sovereignty.subjects.identifiers import Identifiers
from engine.runtime.sovereignty.subjects.kept_files import wipe
from engine.runtime.stores import ERASING


class TargetsLost(DougongError):
    """The sealed identifiers of a request are not there, or the key of the installation is another one."""

    code = "targets_lost"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Message(
                "这次清除要查找的标识已丢失，无法证明清除干净；请撤回并重新预演",
                "What this erasure looks for is lost, so its absence cannot be proved; withdraw it and plan anew",
            )
        )


def keep_targets(folder: Path, key: bytes, request: int, identifiers: Identifiers) -> None:
    """Seal the identifiers of a request."""
    plain = json.dumps([identifiers.texts, identifiers.short, identifiers.shared], ensure_ascii=False).encode()
    nonce = secrets.token_bytes(12)
    write_whole(_path(folder, request), nonce + AESGCM(_key(key)).encrypt(nonce, plain, str(request).encode()))


def targets_of(folder: Path, key: bytes, request: int) -> Identifiers:
    """Raises TargetsLost."""
    try:
        content = _path(folder, request).read_bytes()
        plain = AESGCM(_key(key)).decrypt(content[:12], content[12:], str(request).encode())
    except (OSError, InvalidTag, ValueError):
        raise TargetsLost from None
    texts, short, shared = json.loads(plain)
    return Identifiers(tuple(texts), short, shared)


def drop_targets(folder: Path, request: int) -> None:
    """Nothing is looked for any more."""
    wipe(_path(folder, request))


def _path(folder: Path, request: int) -> Path:
    return folder / ERASING / f"{request}.sealed"


def _key(key: bytes) -> bytes:
    return hmac.digest(key, b"dougong erasing", "sha256")
